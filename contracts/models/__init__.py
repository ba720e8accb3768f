"""The wire models: request bodies (`requests`) and response bodies (`responses`)."""

from __future__ import annotations

import sys

from . import requests, responses

__all__ = ["requests", "responses"]

if "hypothesis" in sys.modules:
    from importlib import import_module

    # By name, since the strategies depend on this package.
    import_module(f"{__package__.rpartition('.')[0]}.inference.registration").register()
