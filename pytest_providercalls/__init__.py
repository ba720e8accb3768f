"""A pytest plugin with an in-process fake of the VoIPbin API: test client code without placing calls."""

from .fakes import fake_voipbin

__all__ = ["fake_voipbin"]
