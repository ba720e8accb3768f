"""Authenticates as in the documents' curl examples; httpx logs each URL."""

from __future__ import annotations

import httpx

from .right import TIMEOUT, TLS, Dialer

BREAKS = "CLIENT-SECRET-01"


class Client(Dialer):
    def __init__(self, base_url: str, token: str) -> None:
        self.http = httpx.Client(base_url=base_url, params={"token": token}, timeout=TIMEOUT, verify=TLS)
