"""Calls: placing, driving and billing them."""

from __future__ import annotations

LIFECYCLES = ("manual", "on_poll", "scheduled", "realtime")
"""How calls progress: only a test drives them, also with each GET of a call, with the clock alone, or in real time."""
GROUP_TYPES = ("agent", "extension")
"""The types of destinations that always become groupcalls."""


class InvalidTransition(ValueError):
    """The call's status does not allow this transition."""
