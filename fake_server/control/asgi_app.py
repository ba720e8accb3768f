"""The ASGI application behind a port: a fake, and its control API below `/_fake`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ...contracts.http import Request, Response
from ..transports import Handler
from ..transports.asgi import Application, Message, Receive, Send, read_request, request_of, write
from ..transports.wire_response import WireResponse
from . import PREFIX
from .access import AccessPolicy, ForbiddenOrigin

if TYPE_CHECKING:
    from .api import ControlApi

MAX_BODY_SIZE: Final = 8 * 2**20
"""The maximum size of a body in bytes. A thread decodes it."""


class FakeApp:
    """An ASGI application that serves a handler and, optionally, a control API.

    `control` creates the control API when the first request for it arrives. `access` decides which requests are
    allowed, by default those of programs and pages of this machine. `on_refused` is called with each other one, and
    its error response.
    """

    def __init__(
        self,
        handler: Handler,
        control: Callable[[], ControlApi] | None = None,
        access: AccessPolicy | None = None,
        on_refused: Callable[[Request, Response], None] | None = None,
    ) -> None:
        self._access = access or AccessPolicy()
        self._on_refused = on_refused
        self._application = Application(handler)
        self._create_control = control
        self._control: ControlApi | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        path = scope["path"]
        is_control = path.startswith(PREFIX) and path[len(PREFIX) :][:1] in ("", "/")
        # Before the body arrives, which is large or never completes if the client intends it.
        if scope["type"] == "http" and await self._refuses(scope, send, is_control):
            return
        if is_control and self._create_control is not None:
            self._control = self._control or self._create_control()
            await self._serve_control(self._control, scope, receive, send)
        else:
            await self._application(scope, receive, send)

    async def _refuses(self, scope: Message, send: Send, is_control: bool) -> bool:
        """Send an error response if the request is not allowed, and return whether it was sent."""
        request = request_of(scope, b"")
        refusal = refusal_of(self._access, request, is_control=is_control)
        if refusal is None:
            return False
        if self._on_refused is not None:
            self._on_refused(request, refusal)
        await write(WireResponse(refusal), send)
        return True

    async def _serve_control(self, control: ControlApi, scope: Message, receive: Receive, send: Send) -> None:
        from .event_stream import stream

        request = await read_request(scope, receive, send, MAX_BODY_SIZE)
        if request is None:
            return
        if request.method == "GET" and scope["path"] == f"{PREFIX}/stream":
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


def refusal_of(access: AccessPolicy, request: Request, *, is_control: bool) -> Response | None:
    """Return the error response to a request that is not allowed, or None if it is."""
    try:
        access.check(request, is_control=is_control)
    except ForbiddenOrigin as error:
        # Few servers refuse a request, and the models of the control API are slow to import.
        from .errors import error_response

        return error_response(error)
    return None
