"""Says which request was refused, headers and all, so that it can be tried by hand."""

from __future__ import annotations

import httpx

from .right import Dialer, Refused

BREAKS = "CLIENT-SECRET-02"


class Client(Dialer):
    def error(self, response: httpx.Response) -> Exception:
        refused = Refused(response.status_code)
        request = response.request
        refused.args = (f"{request.method} {request.url}", dict(request.headers))
        return refused
