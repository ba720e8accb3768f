"""A pytest plugin with an in-process fake of the VoIPbin API: test client code without placing calls."""

import sys

if "_pytest.assertion.rewrite" in sys.modules:
    from .plain_imports import PlainImports

    sys.meta_path.insert(0, PlainImports(__name__))

from .fakes import fake_voipbin
from .guard.expected_attempts import expect_blocked

__all__ = ["expect_blocked", "fake_voipbin"]
