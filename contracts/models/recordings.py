"""The wire model of a recording."""

from __future__ import annotations

from typing import Annotated

from .responses import OMIT_EMPTY_ALWAYS, OMIT_EMPTY_ON_SERVERS, Time, Uuid, WireModel


class Recording(WireModel):
    """A recording of a call (bin-call-manager/models/recording/webhook.go)."""

    id: Uuid
    customer_id: Uuid
    owner_type: str
    owner_id: Uuid
    activeflow_id: Uuid
    reference_type: Annotated[str, OMIT_EMPTY_ON_SERVERS] = ""
    reference_id: Uuid
    status: Annotated[str, OMIT_EMPTY_ON_SERVERS] = ""
    format: Annotated[str, OMIT_EMPTY_ON_SERVERS] = ""
    on_end_flow_id: Uuid
    tm_start: Annotated[Time | None, OMIT_EMPTY_ALWAYS] = None
    tm_end: Annotated[Time | None, OMIT_EMPTY_ALWAYS] = None
    tm_create: Annotated[Time | None, OMIT_EMPTY_ALWAYS] = None
    tm_update: Annotated[Time | None, OMIT_EMPTY_ALWAYS] = None
    tm_delete: Annotated[Time | None, OMIT_EMPTY_ALWAYS] = None
