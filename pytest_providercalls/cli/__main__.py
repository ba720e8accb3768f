"""Makes `python -m pytest_providercalls.cli` the same as `providercalls`."""

import sys

from . import main

sys.exit(main())
