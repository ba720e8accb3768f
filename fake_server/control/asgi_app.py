"""What stands behind a port: a fake, and beside it, below `/_fake`, its control API."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ..transports import Handler
from ..transports.asgi import Application, Message, Receive, Send, read_request, write

if TYPE_CHECKING:
    from .api import ControlApi

PREFIX: Final = "/_fake"


class FakeApp:
    """An ASGI application: a handler, and the control API, if any, that `control` makes when it is asked for first."""

    def __init__(self, handler: Handler, control: Callable[[], ControlApi] | None = None) -> None:
        self._application = Application(handler)
        self._make = control
        self._control: ControlApi | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path.startswith(PREFIX) and self._make is not None and path[len(PREFIX) :][:1] in ("", "/"):
            self._control = self._control or self._make()
            await self._beside(self._control, scope, receive, send)
        else:
            await self._application(scope, receive, send)

    async def _beside(self, control: ControlApi, scope: Message, receive: Receive, send: Send) -> None:
        from .event_stream import stream

        request = await read_request(scope, receive, send)
        if request is None:
            return
        if request.method == "GET" and scope["path"] == f"{PREFIX}/stream" and control.accepts_origin(request):
            await stream(control, receive, send, lambda: self._make is not None)
        else:
            # What is done may take long, and may wait for those who receive webhooks.
            await write(await asyncio.to_thread(control.respond, request), send)

    def close(self, handler: Handler) -> None:
        """From now on another handler answers everything, and streams end. To be called between requests."""
        self._make = None
        self._application.handler = handler
