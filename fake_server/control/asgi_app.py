"""The ASGI application behind a port: a fake, and its control API below `/_fake`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..transports import Handler
from ..transports.asgi import Application, Message, Receive, Send, read_request, write
from . import PREFIX

if TYPE_CHECKING:
    from .api import ControlApi


class FakeApp:
    """An ASGI application that serves a handler and, optionally, a control API.

    `control` creates the control API when the first request for it arrives.
    """

    def __init__(self, handler: Handler, control: Callable[[], ControlApi] | None = None) -> None:
        self._application = Application(handler)
        self._create_control = control
        self._control: ControlApi | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path.startswith(PREFIX) and self._create_control is not None and path[len(PREFIX) :][:1] in ("", "/"):
            self._control = self._control or self._create_control()
            await self._serve_control(self._control, scope, receive, send)
        else:
            await self._application(scope, receive, send)

    async def _serve_control(self, control: ControlApi, scope: Message, receive: Receive, send: Send) -> None:
        from .event_stream import stream

        request = await read_request(scope, receive, send)
        if request is None:
            return
        if request.method == "GET" and scope["path"] == f"{PREFIX}/stream" and control.accepts_origin(request):
            await stream(control.controlled, receive, send, lambda: self._create_control is not None)
        else:
            # In a thread: an operation may take long, and may wait for webhook receivers.
            await write(await asyncio.to_thread(control.respond, request), send)

    def serve(self, handler: Handler) -> None:
        """Serve requests with another handler from now on. Call it between requests."""
        self._application.handler = handler

    def close(self, handler: Handler) -> None:
        """Serve everything with another handler from now on, and end all streams. Call it between requests."""
        self._create_control = None
        self.serve(handler)
