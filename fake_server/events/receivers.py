"""Who receives webhooks: a function, an app, or a server on this machine; to httpx each is a transport."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from ...contracts.loopback import is_loopback

_CONNECTIONS = httpx.Timeout(30, connect=10)
"""How long a server on this machine may take, in real seconds (flows.md 4.3)."""
_REDIRECTS = 3
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook as a function receives it. `headers` may be asked for in any case."""

    method: str
    url: str
    headers: httpx.Headers
    body: bytes

    def json(self) -> Any:
        """The body read as JSON. Raises ValueError when it is none."""
        return json.loads(self.body)

    def __repr__(self) -> str:
        # The headers and the query may hold credentials of the receiver's.
        return f"<Webhook {self.method} {self.url.partition('?')[0]}, {len(self.body)} bytes>"


Transport = httpx.BaseTransport | httpx.AsyncBaseTransport
Mounts = tuple[tuple[str, Transport], ...]
"""The receivers by what the URLs begin with that lead to them, the longest first."""
Receiver = str | Callable[..., Any]
"""A URL on this machine; a function of a Webhook, sync or async, that answers a status (None is 200); or an app."""


class Undeliverable(Exception):
    """A URL leads to no receiver."""


def transport_of(receiver: Receiver) -> Transport:
    """The transport that leads to a receiver. Raises TypeError for what is none, ValueError for a URL elsewhere."""
    if isinstance(receiver, str):
        return _Loopback(_origin(receiver))
    if not callable(receiver):
        raise TypeError(f"{receiver!r} receives no webhooks: give a function, an ASGI or a WSGI app, or a URL")
    wanted = _arguments(receiver)
    if wanted == 3:
        return _Asgi(receiver)
    if wanted == 2:
        return httpx.WSGITransport(receiver)
    if wanted > 3:
        raise TypeError(f"{receiver!r} wants {wanted} arguments; a function that receives webhooks is given one")
    return _AsyncFunction(receiver) if _is_async(receiver) else _Function(receiver)


def _arguments(receiver: Callable[..., Any]) -> int:
    """How many arguments must be given: three to an ASGI app, two to a WSGI app, at most one to a function."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    try:
        parameters = inspect.signature(receiver).parameters.values()
    except ValueError:
        # Some built-in functions do not say.
        return 1
    return sum(one.kind in kinds and one.default is inspect.Parameter.empty for one in parameters)


def _is_async(receiver: Callable[..., Any]) -> bool:
    return inspect.iscoroutinefunction(receiver) or inspect.iscoroutinefunction(type(receiver).__call__)


def _origin(url: str) -> httpx.URL:
    found = _url(url)
    if not is_loopback(found.host) or found.path != "/":
        raise ValueError(
            f"{url!r} cannot be a receiver: give scheme, host and port of a server on this machine, such as"
            " http://127.0.0.1:8080; a path is taken from the webhook's own URL"
        )
    return found


def prefix(uri: str) -> str:
    """What the URLs begin with that lead to a receiver, in one spelling, without a query. ValueError for no URL."""
    return _spelt(_url(uri))


def _url(uri: str) -> httpx.URL:
    try:
        url = httpx.URL(uri)
    except (httpx.InvalidURL, TypeError) as why:
        raise ValueError(f"{uri!r} is no URL: {why}") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError(f"{uri!r} is no URL of a webhook: that has http or https, and a host")
    return url


def _spelt(url: httpx.URL) -> str:
    port = "" if url.port in (None, _PORTS[url.scheme]) else f":{url.port}"
    return f"{url.scheme}://{url.host}{port}{url.path.rstrip('/')}"


def _find(mounts: Mounts, url: httpx.URL) -> Transport:
    """Where a URL leads: to the receiver with the longest prefix, or to this machine."""
    spelt = _spelt(url)
    for beginning, receiver in mounts:
        if spelt == beginning or spelt.startswith(f"{beginning}/"):
            return receiver
    if is_loopback(url.host):
        return _Loopback()
    raise Undeliverable(
        f"no receiver is mounted at {_spelt(url.copy_with(path='/'))}, and only this machine is ever connected to;"
        " voipbin.webhooks.mount() mounts one"
    )


class _Function(httpx.BaseTransport):
    def __init__(self, function: Callable[[Webhook], Any]) -> None:
        self._function = function

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return _answer(self._function(_webhook(request)))


class _AsyncFunction(httpx.AsyncBaseTransport):
    def __init__(self, function: Callable[[Webhook], Any]) -> None:
        self._function = function

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return _answer(await self._function(_webhook(request)))


def _webhook(request: httpx.Request) -> Webhook:
    return Webhook(request.method, str(request.url), request.headers, request.read())


def _answer(status: object) -> httpx.Response:
    if status is None:
        return httpx.Response(200)
    if not isinstance(status, int) or isinstance(status, bool) or not 100 <= status <= 999:
        raise TypeError(f"a receiver answers a status or None, not {type(status).__name__}")
    return httpx.Response(status)


class _Asgi(httpx.ASGITransport):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.stream = _Whole(request.read())
        return await super().handle_async_request(request)


class _Whole(httpx.AsyncByteStream):
    """A body that may be left unread: httpx's own is an async generator, of which trio then complains."""

    def __init__(self, body: bytes) -> None:
        self._parts = iter([body])

    def __aiter__(self) -> _Whole:
        return self

    async def __anext__(self) -> bytes:
        for part in self._parts:
            return part
        raise StopAsyncIteration


class _Loopback(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A server on this machine, whatever its certificate; with an origin it stands in for the host of the URL."""

    # A connection for each request, closed at once: nothing is left open when the test is over.

    def __init__(self, origin: httpx.URL | None = None) -> None:
        self._origin = origin

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with httpx.HTTPTransport(verify=False) as transport:
            response = transport.handle_request(self._redirected(request))
            response.read()
            return response

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        async with httpx.AsyncHTTPTransport(verify=False) as transport:
            response = await transport.handle_async_request(self._redirected(request))
            await response.aread()
            return response

    def _redirected(self, request: httpx.Request) -> httpx.Request:
        origin = self._origin
        if origin is None:
            return request
        url = request.url.copy_with(scheme=origin.scheme, host=origin.host, port=origin.port)
        return httpx.Request(
            request.method, url, headers=request.headers.raw, content=request.read(), extensions=request.extensions
        )


class _Router(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Takes each request to where its URL leads, also after a redirect."""

    def __init__(self, mounts: Mounts) -> None:
        self._mounts = mounts

    def _leads_to(self, url: httpx.URL) -> Transport:
        try:
            return _find(self._mounts, url)
        except Undeliverable as why:
            # The first URL led somewhere: this is a redirect's.
            raise httpx.ConnectError(str(why)) from None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        receiver = self._leads_to(request.url)
        if isinstance(receiver, httpx.BaseTransport):
            return _bare(receiver.handle_request(request))
        return asyncio.run(_received(receiver, request))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        receiver = self._leads_to(request.url)
        if isinstance(receiver, httpx.AsyncBaseTransport):
            return await _received(receiver, request)
        return _bare(receiver.handle_request(request))


async def _received(receiver: httpx.AsyncBaseTransport, request: httpx.Request) -> httpx.Response:
    return _bare(await receiver.handle_async_request(request))


def _bare(response: httpx.Response) -> httpx.Response:
    """An answer without its body, which nobody reads."""
    location = response.headers.get("location")
    return httpx.Response(response.status_code, headers={} if location is None else {"location": location})


_OPTIONS: dict[str, Any] = {
    "timeout": _CONNECTIONS,
    "follow_redirects": True,
    "max_redirects": _REDIRECTS,
    "trust_env": False,
}


def request_of(mounts: Mounts, method: str, url: str, headers: list[tuple[str, str]], body: bytes) -> httpx.Request:
    """A request of which every header is said; without a method it is a GET, as in Go.

    Raises Undeliverable where the URL leads to no receiver.
    """
    try:
        _find(mounts, _url(url))
    except ValueError as why:
        raise Undeliverable(str(why)) from None
    return httpx.Request(method or "GET", url, headers=headers, content=body)


def deliver(mounts: Mounts, request: httpx.Request) -> int:
    """Send a request to where its URL leads, and return the status that was answered in the end.

    Raises whatever goes wrong on the way, or in the receiver. An async receiver gets a loop of its own, for which the
    thread must have none.
    """
    with httpx.Client(transport=_Router(mounts), **_OPTIONS) as client:
        return client.send(request).status_code


async def deliver_async(mounts: Mounts, request: httpx.Request) -> int:
    """The same on the loop that runs, with async receivers and sockets on it too."""
    async with httpx.AsyncClient(transport=_Router(mounts), **_OPTIONS) as client:
        return (await client.send(request)).status_code
