"""The wire models: what a client sends (`requests`), what the API answers (`answers`)."""

from __future__ import annotations

from . import answers, requests

__all__ = ["answers", "requests"]
