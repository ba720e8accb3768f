"""Server-sent events: the current overview of a fake, and a new one whenever it has changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final
from weakref import WeakKeyDictionary

from ...contracts.redaction import redact_values
from ..transports.asgi import Receive, Send, wait_for_disconnect
from . import views
from .controlled_fake import ControlledFake
from .errors import response_headers

CONTENT_TYPE: Final = "text/event-stream"
_POLL_SECONDS: Final = 0.1
_POLLS_PER_FORCED_OVERVIEW: Final = 10
"""After this many polls an overview is built even if nothing has used the fake: real time may have passed."""
_POLLS_PER_COMMENT: Final = 150
"""After this many polls without a change a comment is sent, so that no proxy closes the connection as idle."""


class _Latest:
    """The latest overview of a fake, for all of its streams: a change costs one overview, not one for each stream."""

    def __init__(self) -> None:
        self.event = b""
        self.number = 0
        """The number of overviews so far."""
        self._overview = b""
        self._release_count = -1

    def update(self, controlled: ControlledFake, seen: int) -> None:
        """Build an overview if the fake was used, or if a stream that has seen all of them forces a new one."""
        if controlled.fake.lock.release_count == self._release_count and self.number != seen:
            return
        # Plus one, because building the overview releases the lock, too.
        self._release_count = controlled.fake.lock.release_count + 1
        self.number += 1
        overview = _overview(controlled)
        if overview != self._overview:
            self._overview = overview
            self.event = b"data: %b\n\n" % redact_values(overview.decode()).encode()


_LATEST: Final = WeakKeyDictionary[ControlledFake, _Latest]()


async def stream(controlled: ControlledFake, receive: Receive, send: Send, is_open: Callable[[], bool]) -> None:
    """Send events until the client disconnects or `is_open` returns false."""
    headers = [(name.encode(), value.encode()) for name, value in response_headers(CONTENT_TYPE)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    disconnect = asyncio.ensure_future(wait_for_disconnect(receive))
    latest = _LATEST.setdefault(controlled, _Latest())
    try:
        sent, seen, unchanged = b"", latest.number, 0
        while is_open() and not disconnect.done():
            latest.update(controlled, seen if unchanged % _POLLS_PER_FORCED_OVERVIEW == 0 else -1)
            seen, event = latest.number, latest.event
            unchanged = 0 if event != sent else unchanged + 1
            if unchanged == 0:
                await _send(send, event)
            elif unchanged % _POLLS_PER_COMMENT == 0:
                await _send(send, b":\n\n")
            sent = event
            await asyncio.wait({disconnect}, timeout=_POLL_SECONDS)
    finally:
        disconnect.cancel()
    await send({"type": "http.response.body", "body": b""})


async def _send(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


def _overview(controlled: ControlledFake) -> bytes:
    """Return the overview as JSON. In real time the clock is cut to seconds, so that not every poll is a change."""
    with controlled.fake.lock:
        overview = views.overview(controlled)
    if overview.clock.lifecycle == "realtime":
        clock = overview.clock.model_copy(update={"now": overview.clock.now.replace(microsecond=0)})
        overview = overview.model_copy(update={"clock": clock})
    return overview.model_dump_json().encode()
