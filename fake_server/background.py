"""What goes on in a fake while nobody asks: its real time passes, and its webhooks are delivered."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .core import FakeVoipbin

_SECONDS: Final = 0.1
_SECONDS_TO_END: Final = 1.0


@contextmanager
def background_worker(fake: FakeVoipbin) -> Iterator[None]:
    """Have a thread see to it, for a server whose own thread must not wait for those who receive webhooks."""
    ended = threading.Event()
    # A daemon: one who receives webhooks may hold it for long.
    thread = threading.Thread(target=_beat, args=(fake, ended), name="voipbin-heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(_SECONDS_TO_END)


def _beat(fake: FakeVoipbin, ended: threading.Event) -> None:
    while not ended.wait(_SECONDS):
        fake.clock.sync()
        fake.webhooks.deliver()
