"""What decides the order in which the requests of concurrent clients are handled, while a test tries other orders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from ...contracts.http import Request

Handled = TypeVar("Handled")


class Scheduler(Protocol):
    """Runs the tasks or threads of a client in an order of its own.

    In-process transports pass it each request, with a function that handles the request. The scheduler may let other
    tasks or threads run before it calls the function, and again before it returns the result.
    """

    def exchange(self, request: Request, handle: Callable[[], Handled], /) -> Handled: ...

    async def exchange_async(self, request: Request, handle: Callable[[], Handled], /) -> Handled: ...

    def sleep(self, seconds: float, /) -> None: ...
