"""The header X-Fake-Note: what the journal says of a request, in its response, for clients in any language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from ..contracts.http import Request
from ..contracts.visible_text import visible_line

if TYPE_CHECKING:
    from .core import FakeVoipbin
    from .transports import Handler
    from .transports.wire_response import WireResponse

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

    def __init__(self, fake: FakeVoipbin, handler: Handler | None = None, *, always: bool = False) -> None:
        self.always = always
        self._fake = fake
        self._handler = handler or fake

    def respond(self, request: Request, /) -> WireResponse:
        """Return the response of the handler, with its notes if they are requested."""
        if not (self.always or any(name.lower() == _NAME for name, _ in request.headers)):
            return self._handler.respond(request)
        with self._fake.lock:
            wire_response = self._handler.respond(request)
            notes = self._fake.requests[-1].remarks()
        response = wire_response.response
        if response is None:
            return wire_response
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
