"""Raises the error for a 400 when no response arrives."""

from __future__ import annotations

from typing import Any

import httpx

from ..correct import Dialer, OutcomeUnknown, Refused

BREAKS = "CLIENT-ERR-04"


class Client(Dialer):
    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            return super().send(method, path, **options)
        except OutcomeUnknown as error:
            raise Refused(400) from error
