"""What stands behind a port: a fake, and beside it, below `/_fake`, its control API."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Final

from ..transports import Handler
from ..transports.asgi import Application, Message, Receive, Send, body_of, request_of, write

if TYPE_CHECKING:
    from .api import Control

PREFIX: Final = "/_fake"


class Site:
    """An ASGI application: a handler, and the control API that `control` makes when it is asked for first."""

    def __init__(self, handler: Handler, control: Callable[[], Control]) -> None:
        self._application = Application(handler)
        self._make = control
        self._open = True

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["path"].startswith(PREFIX) and self._open and scope["path"][len(PREFIX) :][:1] in ("", "/"):
            await self._beside(scope, receive, send)
        else:
            await self._application(scope, receive, send)

    async def _beside(self, scope: Message, receive: Receive, send: Send) -> None:
        from .stream import stream

        body = await body_of(receive)
        if body is None:
            return
        request = request_of(scope, body)
        if request.method == "GET" and scope["path"] == f"{PREFIX}/stream" and self._control.welcomes(request):
            await stream(self._control, receive, send, lambda: self._open)
        else:
            # What is done may take long, and may wait for those who receive webhooks.
            await write(await asyncio.to_thread(self._control.deliver, request), send)

    @cached_property
    def _control(self) -> Control:
        return self._make()

    def close(self, handler: Handler) -> None:
        """From now on another handler answers everything, and streams end. To be called between requests."""
        self._open = False
        self._application.handler = handler
