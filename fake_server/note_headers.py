"""The header X-Fake-Note: what the journal says of a request, in its response, for clients in any language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from ..contracts.http import Request
from ..contracts.visible_text import visible_line

if TYPE_CHECKING:
    from .core import FakeVoipbin
    from .transports import UpgradingHandler
    from .transports.wire_response import WireResponse
    from .websockets.connection import OpenedConnection, Wire

HEADER: Final = "X-Fake-Note"
_NAME: Final = HEADER.lower()
_MAX_SIZE: Final = 8192
"""The maximum size of all notes of a response: some clients, such as Node, refuse headers above 16 KiB."""
_MORE: Final = "more notes are in the journal: GET /_fake/journal"


class NoteHeaders:
    """A handler that adds a header per note to the response of a request that has this header itself, or of any.

    VoIPbin ignores the header of a request, and never sends one. `handler` passes requests on to the fake, and may
    be the fake itself.
    """

    def __init__(self, fake: FakeVoipbin, handler: UpgradingHandler | None = None, *, always: bool = False) -> None:
        self.always = always
        self.clock = fake.clock
        self._fake = fake
        self._handler = handler or fake

    def respond(self, request: Request, /) -> WireResponse:
        """Return the response of the handler, with its notes if they are requested."""
        if not self._requested(request):
            return self._handler.respond(request)
        with self._fake.lock:
            return self._with_notes(self._handler.respond(request))

    def connect(self, request: Request, wire: Wire, /) -> tuple[WireResponse, OpenedConnection | None]:
        """Return the same for a handshake, and the WebSocket if it succeeds."""
        if not self._requested(request):
            return self._handler.connect(request, wire)
        with self._fake.lock:
            wire_response, connection = self._handler.connect(request, wire)
            return self._with_notes(wire_response), connection

    def _requested(self, request: Request) -> bool:
        return self.always or any(name.lower() == _NAME for name, _ in request.headers)

    def _with_notes(self, wire_response: WireResponse) -> WireResponse:
        """Add the notes on the newest request to its response, if it has one."""
        response = wire_response.response
        if response is None:
            return wire_response
        notes = self._fake.requests[-1].remarks()
        headers = (*response.headers, *((HEADER, note) for note in _shortened(notes)))
        return wire_response._replace(response=response._replace(headers=headers))


def _shortened(notes: Iterable[str]) -> Iterator[str]:
    """Yield each note as the value of a header, up to the maximum size of all."""
    size = 0
    for note in notes:
        value = visible_line(note).replace("\t", " ").encode("ascii", "backslashreplace").decode("ascii")
        size += len(HEADER) + len(value)
        if size > _MAX_SIZE - len(_MORE):
            yield _MORE
            return
        yield value
