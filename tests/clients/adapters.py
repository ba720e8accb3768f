"""How each HTTP client sends a request: made once, and then asked again and again, with its own defaults."""

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


class Answer(NamedTuple):
    status: int
    body: bytes


Send = Callable[[str, str, Mapping[str, str], bytes], Answer]
"""Sends a method, a URL, headers and a body."""
Adapter = Callable[[Mapping[str, str]], AbstractContextManager[Send]]
"""Makes a client; child processes get the variables."""


@contextmanager
def with_requests(_env: Mapping[str, str]) -> Iterator[Send]:
    with requests.Session() as session:

        def send(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
            answer = session.request(method, url, headers=headers, data=body)
            return Answer(answer.status_code, answer.content)

        yield send


@contextmanager
def with_urllib3(_env: Mapping[str, str]) -> Iterator[Send]:
    with urllib3.PoolManager() as pool:

        def send(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
            answer = pool.request(method, url, headers=headers, body=body)
            return Answer(answer.status, answer.data)

        yield send


@contextmanager
def with_http_client(_env: Mapping[str, str]) -> Iterator[Send]:
    """A connection for each request, as the module's examples have it."""

    def send(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        to = urlsplit(url)
        kind = http.client.HTTPSConnection if to.scheme == "https" else http.client.HTTPConnection
        with closing(kind(to.netloc, timeout=10)) as connection:
            connection.request(method, f"{to.path}?{to.query}", body, dict(headers))
            answer = connection.getresponse()
            return Answer(answer.status, answer.read())

    yield send


@contextmanager
def with_httpx(library: ModuleType, _env: Mapping[str, str]) -> Iterator[Send]:
    with library.Client() as client:

        def send(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
            answer = client.request(method, url, headers=headers, content=body)
            return Answer(answer.status_code, answer.content)

        yield send


@contextmanager
def with_httpx_async(library: ModuleType, _env: Mapping[str, str]) -> Iterator[Send]:
    with _loop() as run:
        client = library.AsyncClient()

        def send(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
            answer = run(client.request(method, url, headers=headers, content=body))
            return Answer(answer.status_code, answer.content)

        yield send
        run(client.aclose())


@contextmanager
def with_aiohttp(_env: Mapping[str, str]) -> Iterator[Send]:
    async def session() -> aiohttp.ClientSession:
        return aiohttp.ClientSession()

    async def ask(client: aiohttp.ClientSession, method: str, url: str, **options: Any) -> Answer:
        async with client.request(method, url, **options) as answer:
            return Answer(answer.status, await answer.read())

    with _loop() as run:
        client = run(session())
        yield lambda method, url, headers, body: run(ask(client, method, url, headers=headers, data=body))
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
    """One handle, cleared for each request, with certificates from certifi: what pycurl's own guide does."""
    pycurl = pytest.importorskip("pycurl")
    with closing(pycurl.Curl()) as curl:

        def send(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
            curl.reset()
            curl.setopt(pycurl.CAINFO, certifi.where())
            curl.setopt(pycurl.CUSTOMREQUEST, method)
            curl.setopt(pycurl.URL, url)
            curl.setopt(pycurl.HTTPHEADER, [f"{name}: {value}" for name, value in headers.items()])
            if body:
                curl.setopt(pycurl.POSTFIELDS, body)
            answer = curl.perform_rb()
            return Answer(curl.getinfo(pycurl.RESPONSE_CODE), answer)

        yield send


@contextmanager
def with_curl(env: Mapping[str, str]) -> Iterator[Send]:
    curl = _program("curl")

    def send(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        lines = [part for name, value in headers.items() for part in ("--header", f"{name}: {value}")]
        command = [curl, "--silent", "--show-error", "--request", method, "--data-binary", "@-", *lines]
        done = subprocess.run(
            [*command, "--write-out", "%{http_code}", url], input=body, env=env, capture_output=True, check=True
        )
        return Answer(int(done.stdout[-3:]), done.stdout[:-3])

    yield send


FETCH = """
const lines = require("node:readline").createInterface({ input: process.stdin });
lines.on("line", async (line) => {
  const { url, ...options } = JSON.parse(line);
  const answer = await fetch(url, options);
  console.log(JSON.stringify({ status: answer.status, body: await answer.text() }));
});
"""


@contextmanager
def with_node(env: Mapping[str, str]) -> Iterator[Send]:
    """Node's fetch, in one process that is told by a line what to send, and tells by a line what came."""
    command = [_program("node"), "--eval", FETCH]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env, text=True) as node:
        assert node.stdin is not None and node.stdout is not None

        def send(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
            asked = {"method": method, "url": url, "headers": dict(headers), "body": body.decode() or None}
            print(json.dumps(asked), file=node.stdin, flush=True)
            told = json.loads(node.stdout.readline())
            return Answer(told["status"], told["body"].encode())

        yield send
        node.stdin.close()
        assert node.wait(10) == 0


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"there is no {name} on this machine")
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
