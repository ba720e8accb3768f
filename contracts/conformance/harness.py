"""The harness around one client under test: a fake behind the client's transport. Test frameworks implement it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Literal, NamedTuple, Protocol

from ..http import Request, Response
from ..identity import Identity

Transport = Literal["in-process", "http", "tls"]
"""How a client reaches the fake: `in-process` for httpx and httpx2, `http` for any client by a URL on loopback, `tls`
for any Python client over TLS at VoIPbin's own address."""


class RunawayClient(BaseException):
    """A client never stops sending requests. Not an Exception, because such a client may well catch those."""


class Fake(Protocol):
    """The part of FakeVoipbin that checks use."""

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
    """A request that the client sent: its time by the client's own clock, and its journal entry."""

    at: float
    entry: Any


class Harness(Protocol):
    """A fresh fake that one client at a time talks to."""

    @property
    def fake(self) -> Fake: ...

    base_url: str
    virtual_time: bool
    """Whether the client uses the fake's clock, so that waiting takes no real time."""
    sent: list[SentRequest]
    """The client's requests, without those of the checks."""
    on_request: Callable[[Request], Request] | None
    """Is called with each request before the fake handles it, and returns the request to handle."""
    on_response: Callable[[Request, Any], Any] | None
    """Is called with the JSON of each response with status 200, and returns the JSON to send."""

    def connections(self) -> int:
        """Return how many connections the client has left open."""
        ...


class HarnessFactory(Protocol):
    """Opens harnesses. Raises the test framework's own exceptions if a transport is unavailable."""

    def open(self, transport: Transport) -> AbstractContextManager[Harness]: ...
