"""The part of FakeVoipbin that has WebSockets. What implements them is imported when the first one is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .events.dispatcher import Webhooks
from .world.world import World

if TYPE_CHECKING:
    from .websockets.hub import WebSockets

_SERVICE_RESTART: Final = 1012
"""The close code of WebSockets whose fake begins anew."""


class WebSocketOwner:
    """The part of FakeVoipbin that has WebSockets."""

    world: World
    webhooks: Webhooks
    _websockets: WebSockets | None = None

    @property
    def websockets(self) -> WebSockets:
        """The WebSockets that clients have opened: their subscriptions, their messages and their faults."""
        if self._websockets is None:
            from .websockets.hub import WebSockets

            # A test may ask for them while a server opens the first one.
            with self.world.lock:
                if self._websockets is None:
                    self._websockets = self.webhooks.subscribers = WebSockets(self.world)
        return self._websockets

    def close_websockets(self, code: int, reason: str) -> None:
        """Close all WebSockets with a close frame, as a server does that ends."""
        if self._websockets is not None:
            self._websockets.close_all(code, reason)

    @property
    def _websocket_count(self) -> int:
        """The number of WebSockets that clients have opened."""
        return len(self._websockets or ())

    def _forget_websockets(self, count: int, reason: str) -> None:
        """Close and forget all WebSockets but the first `count` ones."""
        if self._websockets is not None:
            self._websockets.forget(count, _SERVICE_RESTART, reason)

    def _websocket_summary(self) -> str:
        """Return a line about the WebSockets; an empty text if there were none."""
        return "" if self._websockets is None else self._websockets.summary()

    def _untriggered_websocket_faults(self) -> list[str]:
        """Return the WebSocket faults that have never applied."""
        return [] if self._websockets is None else self._websockets.faults.untriggered
