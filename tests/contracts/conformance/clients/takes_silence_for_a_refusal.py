"""Has a status for everything: no answer is as good as a 400."""

from __future__ import annotations

from typing import Any

import httpx

from .right import Dialer, OutcomeUnknown, Refused

BREAKS = "CLIENT-ERR-04"


class Client(Dialer):
    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            return super().send(method, path, **options)
        except OutcomeUnknown as error:
            raise Refused(400) from error
