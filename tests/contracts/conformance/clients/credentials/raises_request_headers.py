"""Raises errors that contain the request and its headers, so that it can be repeated by hand."""

from __future__ import annotations

import httpx

from ..correct import Dialer, Refused

BREAKS = "CLIENT-SECRET-02"


class Client(Dialer):
    def error_for(self, response: httpx.Response) -> Exception:
        refused = Refused(response.status_code)
        request = response.request
        refused.args = (f"{request.method} {request.url}", dict(request.headers))
        return refused
