"""Reads the reason from the body of every error response."""

from __future__ import annotations

import httpx

from ..correct import Dialer, Refused

BREAKS = "CLIENT-ERR-03"


class Client(Dialer):
    def error_for(self, response: httpx.Response) -> Exception:
        refused = Refused(response.status_code)
        refused.args = (response.json()["error"]["reason"],)
        return refused
