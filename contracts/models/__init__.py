"""The wire models: request bodies (`requests`) and response bodies (`responses`)."""

from __future__ import annotations

from . import requests, responses

__all__ = ["requests", "responses"]
