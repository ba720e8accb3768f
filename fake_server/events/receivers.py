"""Receivers of webhooks: a function, an app, or a server on this machine. For httpx, each is a transport."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import httpx

from ...contracts.light_imports import Value, dataclass
from ...contracts.loopback import is_loopback

_CONNECTIONS = httpx.Timeout(30, connect=10)
"""The timeouts for a server on this machine, in real seconds (flows.md 4.3)."""
_REDIRECTS = 3
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Webhook(Value):
    """A webhook as a function receives it. The names of `headers` are case-insensitive."""

    method: str
    url: str
    headers: httpx.Headers
    body: bytes

    def json(self) -> Any:
        """Return the body parsed as JSON. Raises ValueError if it is not valid JSON."""
        return json.loads(self.body)

    def __repr__(self) -> str:
        # The headers and the query may contain the receiver's credentials.
        return f"<Webhook {self.method} {self.url.partition('?')[0]}, {len(self.body)} bytes>"


class _EventWebhook(Webhook):
    """A webhook that is serialised and signed when it is read. Many functions only look at some.

    That of an activeflow shows all executed actions: writing all of them in each webhook takes quadratic time.
    """

    _build: Callable[[], httpx.Request]

    def __init__(self, request: httpx.Request) -> None:
        fields = {"method": request.method, "url": str(request.url), "_build": request.extensions[_BUILD]}
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    @cached_property
    def _request(self) -> httpx.Request:
        return self._build()

    @property
    def headers(self) -> httpx.Headers:
        return self._request.headers

    @property
    def body(self) -> bytes:
        return self._request.read()


_BUILD = "providercalls_build"
"""The extension of a request to a function: it returns the whole request."""
Transport = httpx.BaseTransport | httpx.AsyncBaseTransport
Mounts = tuple[tuple[str, Transport], ...]
"""The receivers by URL prefix, the longest prefix first."""
Receiver = str | Callable[..., Any]
"""A URL on this machine; a function of a Webhook, sync or async, that returns a status (None: 200); or an app."""


class Undeliverable(Exception):
    """No receiver is mounted at a URL."""


class DeliveryTimeout(Exception):
    """A server on this machine does not respond to a webhook in time."""

    def __init__(self, request: httpx.Request, phase: str) -> None:
        url, seconds = request.url, request.extensions["timeout"][phase]
        super().__init__(
            f"{url.host}:{url.port or _PORTS[url.scheme]} did not respond within {seconds:g} s of real time. A server"
            " with one thread cannot receive a webhook while it waits for its own request to the fake: use more threads"
        )


@contextmanager
def _timeouts_explained(request: httpx.Request) -> Iterator[None]:
    """Raise DeliveryTimeout for a timeout of this connection; a receiver's own client may raise others."""
    try:
        yield
    except httpx.TimeoutException as error:
        raise DeliveryTimeout(request, "connect" if isinstance(error, httpx.ConnectTimeout) else "read") from error


def transport_of(receiver: Receiver) -> Transport:
    """Return the transport to a receiver. Raises TypeError for any other object, ValueError for a remote URL."""
    if isinstance(receiver, str):
        return _Loopback(_origin(receiver))
    if not callable(receiver):
        raise TypeError(f"{receiver!r} is not a receiver; expected a function, an ASGI or WSGI app, or a URL")
    required = _arguments(receiver)
    if required == 3:
        return _Asgi(receiver)
    if required == 2:
        return httpx.WSGITransport(receiver)
    if required > 3:
        raise TypeError(f"{receiver!r} requires {required} arguments; a receiver function is called with one")
    return _AsyncFunction(receiver) if _is_async(receiver) else _Function(receiver)


def _arguments(receiver: Callable[..., Any]) -> int:
    """Count the required arguments: three for an ASGI app, two for a WSGI app, at most one for a function."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    try:
        parameters = inspect.signature(receiver).parameters.values()
    except ValueError:
        # Some built-in functions have no signature.
        return 1
    return sum(one.kind in kinds and one.default is inspect.Parameter.empty for one in parameters)


def _is_async(receiver: Callable[..., Any]) -> bool:
    return inspect.iscoroutinefunction(receiver) or inspect.iscoroutinefunction(type(receiver).__call__)


def _origin(url: str) -> httpx.URL:
    found = _url(url)
    if not is_loopback(found.host) or found.path != "/":
        raise ValueError(
            f"{url!r} is not a receiver; expected scheme, host and port of a server on this machine, such as"
            " http://127.0.0.1:8080 (the path comes from the webhook's URL)"
        )
    return found


def prefix(uri: str) -> str:
    """Return a URL prefix in normal form, without a query. Raises ValueError if it is not a URL."""
    return _normal(_url(uri))


def _url(uri: str) -> httpx.URL:
    try:
        url = httpx.URL(uri)
    except (httpx.InvalidURL, TypeError) as error:
        raise ValueError(f"{uri!r} is not a URL: {error}") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError(f"{uri!r} is not a webhook URL; expected http or https, and a host")
    return url


def _normal(url: httpx.URL) -> str:
    port = "" if url.port in (None, _PORTS[url.scheme]) else f":{url.port}"
    return f"{url.scheme}://{url.host}{port}{url.path.rstrip('/')}"


def _find(mounts: Mounts, url: httpx.URL) -> Transport:
    """Return the receiver with the longest matching prefix, or this machine. Raises Undeliverable if there is none."""
    normal = _normal(url)
    for mounted, receiver in mounts:
        if normal == mounted or normal.startswith(f"{mounted}/"):
            return receiver
    if is_loopback(url.host):
        return _Loopback()
    raise Undeliverable(
        f"no receiver is mounted at {_normal(url.copy_with(path='/'))}, and webhooks are never sent to other machines;"
        " mount one with voipbin.webhooks.mount()"
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
    if _BUILD in request.extensions:
        return _EventWebhook(request)
    return Webhook(request.method, str(request.url), request.headers, request.read())


def _answer(status: object) -> httpx.Response:
    if status is None:
        return httpx.Response(200)
    if not isinstance(status, int) or isinstance(status, bool) or not 100 <= status <= 999:
        raise TypeError(f"a receiver must return a status or None, not {type(status).__name__}")
    return httpx.Response(status)


class _Asgi(httpx.ASGITransport):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.stream = _Whole(request.read())
        return await super().handle_async_request(request)


class _Whole(httpx.AsyncByteStream):
    """A body that need not be read. httpx's own is an async generator, about which trio then complains."""

    def __init__(self, body: bytes) -> None:
        self._parts = iter([body])

    def __aiter__(self) -> _Whole:
        return self

    async def __anext__(self) -> bytes:
        for part in self._parts:
            return part
        raise StopAsyncIteration


class _Loopback(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A server on this machine, with any certificate. An `origin` replaces the host of the URL."""

    # One connection per request, closed at once, so that nothing stays open after the test.

    def __init__(self, origin: httpx.URL | None = None) -> None:
        self._origin = origin

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        sent = self._redirected(request)
        with _timeouts_explained(sent), httpx.HTTPTransport(verify=False) as transport:
            response = transport.handle_request(sent)
            response.read()
            return response

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        sent = self._redirected(request)
        with _timeouts_explained(sent):
            async with httpx.AsyncHTTPTransport(verify=False) as transport:
                response = await transport.handle_async_request(sent)
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
    """Sends each request to the receiver of its URL, also after a redirect."""

    def __init__(self, mounts: Mounts) -> None:
        self._mounts = mounts

    def _receiver(self, url: httpx.URL) -> Transport:
        try:
            return _find(self._mounts, url)
        except Undeliverable as error:
            # The first URL has a receiver, so this one comes from a redirect.
            raise httpx.ConnectError(str(error)) from None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        receiver = self._receiver(request.url)
        if isinstance(receiver, httpx.BaseTransport):
            return _bare(receiver.handle_request(request))
        import asyncio

        return asyncio.run(_received(receiver, request))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        receiver = self._receiver(request.url)
        if isinstance(receiver, httpx.AsyncBaseTransport):
            return await _received(receiver, request)
        return _bare(receiver.handle_request(request))


async def _received(receiver: httpx.AsyncBaseTransport, request: httpx.Request) -> httpx.Response:
    return _bare(await receiver.handle_async_request(request))


def _bare(response: httpx.Response) -> httpx.Response:
    """Return a response without its body, which is not needed."""
    location = response.headers.get("location")
    return httpx.Response(response.status_code, headers={} if location is None else {"location": location})


_OPTIONS: dict[str, Any] = {
    "timeout": _CONNECTIONS,
    "follow_redirects": True,
    "max_redirects": _REDIRECTS,
    "trust_env": False,
}


Content = Callable[[], tuple[list[tuple[str, str]], bytes]]
"""Returns the headers and the body of a webhook."""


def request_of(mounts: Mounts, method: str, url: str, content: Content, *, lazily: bool) -> httpx.Request:
    """Return a request with exactly these headers. An empty method means GET, as in Go.

    A request to a function can be built `lazily`, when the function reads it. Raises Undeliverable if no receiver is
    mounted at the URL.
    """
    try:
        receiver = _find(mounts, _url(url))
    except ValueError as error:
        raise Undeliverable(str(error)) from None

    def build() -> httpx.Request:
        headers, body = content()
        return httpx.Request(method or "GET", url, headers=headers, content=body)

    if lazily and isinstance(receiver, (_Function, _AsyncFunction)):
        return httpx.Request(method or "GET", url, extensions={_BUILD: build})
    return build()


def deliver(mounts: Mounts, request: httpx.Request) -> int:
    """Send a request to the receiver of its URL, and return the final status.

    Raises any error in transit or in the receiver. An async receiver runs in a loop of its own, so the thread must not
    have a running one.
    """
    with httpx.Client(transport=_Router(mounts), **_OPTIONS) as client:
        return client.send(request).status_code


async def deliver_async(mounts: Mounts, request: httpx.Request) -> int:
    """Do the same on the running loop, with async receivers and sockets on it."""
    async with httpx.AsyncClient(transport=_Router(mounts), **_OPTIONS) as client:
        return (await client.send(request)).status_code
