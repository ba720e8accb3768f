"""An adapter for each HTTP client. Each client is created once and sends many requests, with its own defaults."""

from __future__ import annotations

import asyncio
import http.client
import json
import shutil
import subprocess
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial
from types import ModuleType
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import aiohttp
import certifi
import pytest
import requests
import urllib3

from ..libraries import LIBRARIES


class Result(NamedTuple):
    status: int
    body: bytes


Send = Callable[[str, str, Mapping[str, str], bytes], Result]
"""Sends a method, a URL, headers and a body."""
Adapter = Callable[[Mapping[str, str]], AbstractContextManager[Send]]
"""Creates a client. Child processes get the environment variables."""


@contextmanager
def with_requests(_env: Mapping[str, str]) -> Iterator[Send]:
    with requests.Session() as session:

        def send(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Result:
            response = session.request(method, url, headers=headers, data=body)
            return Result(response.status_code, response.content)

        yield send


@contextmanager
def with_urllib3(_env: Mapping[str, str]) -> Iterator[Send]:
    with urllib3.PoolManager() as pool:

        def send(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Result:
            response = pool.request(method, url, headers=headers, body=body)
            return Result(response.status, response.data)

        yield send


@contextmanager
def with_http_client(_env: Mapping[str, str]) -> Iterator[Send]:
    """One connection per request, as in the module's examples."""

    def send(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Result:
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        with closing(kind(parts.netloc, timeout=10)) as connection:
            connection.request(method, f"{parts.path}?{parts.query}", body, dict(headers))
            response = connection.getresponse()
            return Result(response.status, response.read())

    yield send


@contextmanager
def with_httpx(library: ModuleType, _env: Mapping[str, str]) -> Iterator[Send]:
    with library.Client() as client:

        def send(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Result:
            response = client.request(method, url, headers=headers, content=body)
            return Result(response.status_code, response.content)

        yield send


@contextmanager
def with_httpx_async(library: ModuleType, _env: Mapping[str, str]) -> Iterator[Send]:
    with _loop() as run:
        client = library.AsyncClient()

        def send(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Result:
            response = run(client.request(method, url, headers=headers, content=body))
            return Result(response.status_code, response.content)

        yield send
        run(client.aclose())


@contextmanager
def with_aiohttp(_env: Mapping[str, str]) -> Iterator[Send]:
    async def session() -> aiohttp.ClientSession:
        return aiohttp.ClientSession()

    async def request(client: aiohttp.ClientSession, method: str, url: str, **options: Any) -> Result:
        async with client.request(method, url, **options) as response:
            return Result(response.status, await response.read())

    with _loop() as run:
        client = run(session())
        yield lambda method, url, headers, body: run(request(client, method, url, headers=headers, data=body))
        run(client.close())


@contextmanager
def _loop() -> Iterator[Callable[[Coroutine[Any, Any, Any]], Any]]:
    loop = asyncio.new_event_loop()
    try:
        yield loop.run_until_complete
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


@contextmanager
def with_pycurl(_env: Mapping[str, str]) -> Iterator[Send]:
    """One handle, reset before each request, with certificates from certifi, as in pycurl's guide."""
    pycurl = pytest.importorskip("pycurl")
    with closing(pycurl.Curl()) as curl:

        def send(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Result:
            curl.reset()
            curl.setopt(pycurl.CAINFO, certifi.where())
            curl.setopt(pycurl.CUSTOMREQUEST, method)
            curl.setopt(pycurl.URL, url)
            curl.setopt(pycurl.HTTPHEADER, [f"{name}: {value}" for name, value in headers.items()])
            if body:
                curl.setopt(pycurl.POSTFIELDS, body)
            response = curl.perform_rb()
            return Result(curl.getinfo(pycurl.RESPONSE_CODE), response)

        yield send


@contextmanager
def with_curl(env: Mapping[str, str]) -> Iterator[Send]:
    curl = _program("curl")

    def send(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Result:
        lines = [part for name, value in headers.items() for part in ("--header", f"{name}: {value}")]
        command = [curl, "--silent", "--show-error", "--request", method, "--data-binary", "@-", *lines]
        done = subprocess.run(
            [*command, "--write-out", "%{http_code}", url], input=body, env=env, capture_output=True, check=True
        )
        return Result(int(done.stdout[-3:]), done.stdout[:-3])

    yield send


FETCH = """
const lines = require("node:readline").createInterface({ input: process.stdin });
lines.on("line", async (line) => {
  const { url, ...options } = JSON.parse(line);
  const response = await fetch(url, options);
  console.log(JSON.stringify({ status: response.status, body: await response.text() }));
});
"""


@contextmanager
def with_node(env: Mapping[str, str]) -> Iterator[Send]:
    """Node's fetch, in one process that reads a request and writes a response per line."""
    command = [_program("node"), "--eval", FETCH]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env, text=True) as node:
        assert node.stdin is not None and node.stdout is not None

        def send(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Result:
            request = {"method": method, "url": url, "headers": dict(headers), "body": body.decode() or None}
            print(json.dumps(request), file=node.stdin, flush=True)
            result = json.loads(node.stdout.readline())
            return Result(result["status"], result["body"].encode())

        yield send
        node.stdin.close()
        assert node.wait(10) == 0


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


IN_PROCESS: dict[str, Adapter] = {
    "requests": with_requests,
    "urllib3": with_urllib3,
    "http.client": with_http_client,
    "aiohttp": with_aiohttp,
    **{name: partial(with_httpx, library) for name, library in LIBRARIES.items()},
    **{f"{name}-async": partial(with_httpx_async, library) for name, library in LIBRARIES.items()},
    "pycurl": with_pycurl,
}
CHILDREN: dict[str, Adapter] = {"curl": with_curl, "node": with_node}
