"""Authenticates like the documented curl examples; httpx logs every URL."""

from __future__ import annotations

import httpx

from ..correct import TIMEOUT, TLS, Dialer

BREAKS = "CLIENT-SECRET-01"


class Client(Dialer):
    def __init__(self, base_url: str, token: str) -> None:
        self.http = httpx.Client(base_url=base_url, params={"token": token}, timeout=TIMEOUT, verify=TLS)
