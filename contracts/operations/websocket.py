"""The operation that opens the WebSocket."""

from __future__ import annotations

from ..models.websocket import SwitchingProtocols
from ..rules.telephony import websocket
from . import shared_rules as groups
from .operation import Operation

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/v1.0/ws",
        "Subscribe to events over a WebSocket",
        SwitchingProtocols,
        (
            *groups.CREDENTIAL,
            websocket.connection_is_upgraded,
            websocket.upgrade_is_websocket,
            websocket.version_is_13,
            websocket.key_has_16_bytes,
        ),
        statuses=(101, 200),
    ),
)
