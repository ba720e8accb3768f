"""Tells its caller VoIPbin's own reason."""

from __future__ import annotations

import httpx

from .right import Dialer, Refused

BREAKS = "CLIENT-ERR-03"


class Client(Dialer):
    def error(self, response: httpx.Response) -> Exception:
        refused = Refused(response.status_code)
        refused.args = (response.json()["error"]["reason"],)
        return refused
