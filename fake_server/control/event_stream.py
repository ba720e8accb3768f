"""What happens in a fake, as server-sent events: the overview, now and whenever it has changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ..transports.asgi import Receive, Send, wait_for_disconnect
from . import views
from .errors import response_headers

if TYPE_CHECKING:
    from .api import ControlApi

LABEL: Final = "text/event-stream"
_SECONDS: Final = 0.1
_LOOKS_BLINDLY: Final = 10
"""Every so many looks an overview is made although nobody has had the fake's lock: time may have passed by itself."""
_LOOKS_IN_SILENCE: Final = 150
"""After so many looks without news a comment is sent, so that nobody on the way takes the connection for dead."""


async def stream(control: ControlApi, receive: Receive, send: Send, is_open: Callable[[], bool]) -> None:
    """Send one event after the other, until the client goes or nothing is open any more."""
    headers = [(name.encode(), value.encode()) for name, value in response_headers(LABEL)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    going = asyncio.ensure_future(wait_for_disconnect(receive))
    try:
        now, seen, turns, silent = b"", b"", 0, 0
        while is_open() and not going.done():
            if turns != control.fake.lock.release_count or silent % _LOOKS_BLINDLY == 0:
                # With that of the look itself.
                turns = control.fake.lock.release_count + 1
                now = _overview(control)
            silent = 0 if now != seen else silent + 1
            if silent == 0:
                await _send(send, b"data: %b\n\n" % now)
            elif silent % _LOOKS_IN_SILENCE == 0:
                await _send(send, b":\n\n")
            seen = now
            await asyncio.wait({going}, timeout=_SECONDS)
    finally:
        going.cancel()
    await send({"type": "http.response.body", "body": b""})


async def _send(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


def _overview(control: ControlApi) -> bytes:
    """The overview; where time passes by itself, in whole seconds."""
    with control.fake.lock:
        now = views.overview(control.fake, control.snapshots.all())
    if now.clock.lifecycle == "realtime":
        clock = now.clock.model_copy(update={"now": now.clock.now.replace(microsecond=0)})
        now = now.model_copy(update={"clock": clock})
    return now.model_dump_json().encode()
