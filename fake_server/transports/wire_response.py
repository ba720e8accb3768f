"""What reaches the client of a response: all of it, a part, or a connection error."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

from ...contracts.http import Response

Failure = Literal["", "refused", "closed", "reset"]
NEVER = math.inf


class WireResponse(NamedTuple):
    """What a transport sends to the client.

    After `delay` seconds (NEVER: not at all) the transport sends the `response`. If its Content-Length exceeds its
    body, the connection is `closed` after the body. Without a response the connection fails as `connection_error`
    states: `closed`, `reset`, or `refused`, which means that it was never established after that delay.
    """

    response: Response | None = None
    delay: float = 0.0
    connection_error: Failure = ""


def replace_body(own: Response, body: bytes) -> Response:
    """Return a response with another body."""
    headers = [pair for pair in own.headers if pair[0].lower() != "content-length"]
    return Response(own.status, (*headers, ("Content-Length", str(len(body)))), body)
