"""A pytest plugin with an in-process fake of the VoIPbin API: test client code without placing calls."""

from .fakes import fake_voipbin
from .guard.expected_attempts import expect_blocked

__all__ = ["expect_blocked", "fake_voipbin"]
