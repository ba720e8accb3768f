"""The control API under `/_fake/`: tests in any language, and people, control a fake from outside its process."""

from __future__ import annotations

from typing import Final

PREFIX: Final = "/_fake"
"""Every path of the control API starts with this."""
