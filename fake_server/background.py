"""Background work of a served fake: advance real time and deliver webhooks between requests."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .core import FakeVoipbin

_INTERVAL: Final = 0.1
_STOP_TIMEOUT: Final = 1.0


@contextmanager
def background_worker(fake: FakeVoipbin) -> Iterator[None]:
    """Run the background work in a thread, because a server's own thread must not wait for webhook receivers."""
    stopped = threading.Event()
    # A daemon, because a webhook receiver may block it for long.
    thread = threading.Thread(target=_work, args=(fake, stopped), name="voipbin-background", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join(_STOP_TIMEOUT)


def _work(fake: FakeVoipbin, stopped: threading.Event) -> None:
    while not stopped.wait(_INTERVAL):
        fake.clock.sync()
        fake.webhooks.deliver()
