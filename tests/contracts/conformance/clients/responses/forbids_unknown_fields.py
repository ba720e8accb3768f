"""Parses records with a strict model, which forbids unknown fields."""

from __future__ import annotations

from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict

from ..correct import Dialer

BREAKS = "CLIENT-READ-01"


class Record(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str
    customer_id: str
    provider_id: str
    flow_id: str
    source: Any = None
    destinations: list[Any] = []
    anonymous: str = "auto"
    call_ids: list[str] = []
    groupcall_ids: list[str] = []
    tm_create: str | None = None
    tm_update: str | None = None
    tm_delete: str | None = None


class Client(Dialer):
    def parse(self, response: httpx.Response) -> Any:
        body = super().parse(response)
        return Record(**body).model_dump() if "call_ids" in body else body
