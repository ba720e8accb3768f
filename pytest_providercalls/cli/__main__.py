"""`python -m pytest_providercalls.cli` is `providercalls`."""

import sys

from . import main

sys.exit(main())
