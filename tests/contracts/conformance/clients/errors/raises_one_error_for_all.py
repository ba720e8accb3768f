"""Raises the same error type for each refusal; only the text has the status."""

from __future__ import annotations

import httpx

from ..correct import Dialer, DialerError

BREAKS = "CLIENT-ERR-02"


class Client(Dialer):
    def error_for(self, response: httpx.Response) -> Exception:
        return DialerError(f"VoIPbin refused the call ({response.status_code})")
