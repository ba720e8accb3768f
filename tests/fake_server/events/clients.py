"""A client that hangs up when its call rings, behind every kind of receiver."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from typing import Any

import pytest
from pytest_providercalls.contracts.probes import ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.probe_target import FakeTarget

from .inbox import LIFE, URI

HUNG_UP = [*LIFE[:3], "call_canceling", "call_hangup", "activeflow_updated"]
"""The events of a call that is hung up when it rings."""


class Client:
    """A client that receives webhooks, and hangs up each call when it rings."""

    def __init__(self, fake: FakeVoipbin, *, hangs_up: bool = True) -> None:
        self.types: list[str] = []
        self.threads: set[int] = set()
        self._api = ProbeClient(FakeTarget(fake))
        self._hangs_up = hangs_up

    def __call__(self, body: bytes) -> None:
        event = json.loads(body)
        self.types.append(event["type"])
        self.threads.add(threading.get_ident())
        if event["type"] == "call_ringing" and self._hangs_up:
            require_success(self._api.post(f"/calls/{event['data']['id']}/hangup"))


def asgi(client: Client) -> Any:
    """Return an ASGI app that passes webhooks on to a client."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert (scope["type"], scope["method"], scope["path"]) == ("http", "POST", "/hooks")
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        await asyncio.to_thread(client, body)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return app


def wsgi(client: Client) -> Any:
    """Return a WSGI app that passes webhooks on to a client."""

    def app(environ: Any, start_response: Any) -> list[bytes]:
        assert (environ["REQUEST_METHOD"], environ["PATH_INFO"]) == ("POST", "/hooks")
        client(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        start_response("204 No Content", [])
        return []

    return app


@contextmanager
def served(
    client: Callable[[bytes], Any],
    status: int = 204,
    location: str = "",
    server_type: type[HTTPServer] = ThreadingHTTPServer,
) -> Iterator[str]:
    """Run a server on this machine that passes webhooks on to a client. Yield its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            client(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            if location:
                self.send_header("Location", location)
            self.end_headers()

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with server_type(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def receiving(kind: str, fake: FakeVoipbin, client: Client) -> Iterator[None]:
    """Send webhooks to a client through a receiver of a kind."""
    if kind == "server":
        with served(client) as url:
            fake.webhooks.send_to(f"{url}/hooks")
            yield
        return
    receivers: dict[str, Any] = {
        "function": lambda webhook: client(webhook.body),
        "ASGI": asgi(client),
        "WSGI": wsgi(client),
    }
    fake.webhooks.send_to(receivers[kind], URI)
    yield


each_kind = pytest.mark.parametrize("kind", ["function", "ASGI", "WSGI", "server"])
