"""The wire models: what a client sends (`requests`), what the API answers (`answers`)."""

from __future__ import annotations

from . import requests, responses

__all__ = ["requests", "responses"]
