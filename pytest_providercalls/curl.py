"""pycurl beside `voipbin_tls`: libcurl looks names up and trusts certificates by itself, so each handle is told."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from .fake_server.core import HOST
from .fake_server.server import Listener


def lead(patches: pytest.MonkeyPatch, listener: Listener, bundle: Path) -> None:
    """Have every handle that is made from now on take a listener for VoIPbin's host, and trust a file of certificates.

    Does nothing where there is no pycurl.
    """
    try:
        pycurl = import_module("pycurl")
    except ImportError:
        return
    patches.setattr(pycurl, "Curl", _led(pycurl, f"{HOST}:443:{listener.host}:{listener.port}", str(bundle)))


def _led(pycurl: Any, there: str, bundle: str) -> type[Any]:
    class Curl(pycurl.Curl):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self._lead()

        def reset(self) -> None:
            super().reset()
            self._lead()

        def setopt(self, option: int, value: Any) -> Any:
            # Clients bring a file of their own, for libcurl has none on many systems.
            return super().setopt(option, bundle if option == pycurl.CAINFO else value)

        def _lead(self) -> None:
            # The name in the URL stays, and so do SNI and the check of the certificate's name.
            super().setopt(pycurl.CONNECT_TO, [there])
            super().setopt(pycurl.CAINFO, bundle)

    return Curl
