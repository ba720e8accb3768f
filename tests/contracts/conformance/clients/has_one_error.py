"""Has an error with a good text for everything that VoIPbin refuses."""

from __future__ import annotations

import httpx

from .right import Dialer, DialerError

BREAKS = "CLIENT-ERR-02"


class Client(Dialer):
    def error(self, response: httpx.Response) -> Exception:
        return DialerError(f"VoIPbin refused the call ({response.status_code})")
