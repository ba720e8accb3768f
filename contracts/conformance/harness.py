"""Where a client is tried: a fake behind whatever the client talks through. What these are is not known here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Literal, NamedTuple, Protocol

from ..http import Request, Response
from ..identity import Identity

Transport = Literal["in-process", "http", "tls"]
"""How a client reaches the fake: an httpx or httpx2 client as it is; any client by a URL on loopback; any Python client
over TLS at VoIPbin's own address."""


class RunawayClient(BaseException):
    """A client asks for ever. Not an Exception, since a client that asks for ever may well catch those."""


class Fake(Protocol):
    """What is used of a FakeVoipbin."""

    @property
    def requests(self) -> list[Any]: ...
    @property
    def calls(self) -> Mapping[str, Any]: ...
    @property
    def providercalls(self) -> Mapping[str, Any]: ...
    @property
    def provider(self) -> Any: ...
    @property
    def super_admin(self) -> Identity: ...
    @property
    def faults(self) -> Any: ...

    def handle(self, request: Request, /) -> Response: ...
    def placed(self) -> list[Any]: ...
    def ladder(self, call: Any, /) -> str: ...
    def snapshot(self) -> Any: ...
    def restore(self, snapshot: Any, /) -> None: ...


class SentRequest(NamedTuple):
    """A request of the client's: when it came, by the client's own clock, and its page in the fake's journal."""

    at: float
    entry: Any


class Harness(Protocol):
    """A fresh fake that one client at a time talks to."""

    @property
    def fake(self) -> Fake: ...

    base_url: str
    virtual_time: bool
    """Whether the client's time is the fake's, so that nothing waits."""
    sent: list[SentRequest]
    """What the client has sent. A test's own requests are not in it."""
    on_request: Callable[[Request], Request] | None
    """Sees, and may change, each request before the fake does."""
    on_response: Callable[[Request, Any], Any] | None
    """Sees, and may change, the JSON of each answer of 200."""

    def connections(self) -> int:
        """How many connections the client has left open."""
        ...


class HarnessFactory(Protocol):
    """Opens stages. Raises what a test framework raises for what cannot be had."""

    def open(self, wire: Transport) -> AbstractContextManager[Harness]: ...
