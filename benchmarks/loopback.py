"""The cost of real sockets: requests to the fake, compared with a constant response, and the start of the servers."""

from __future__ import annotations

import http.client
import json
import logging
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx
from posting import ANSWER, ANSWER_HEADERS, BODY, HEADERS, PATH, posting
from pytest_httpserver import HTTPServer
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.transports.asgi import ASGI, Application, Message, Receive, Send
from pytest_providercalls.fake_server.transports.loopback_server import LoopbackServer
from rounds import compare
from tables import Results, Table, compared, show

PROCESSES = 9
START = """
import httpx, pytest, time
import pytest_providercalls.fake_server.core
begun = time.perf_counter()
from pytest_providercalls.fake_server.transports.loopback_server import LoopbackServer
from pytest_providercalls.fake_server.transports.asgi import Application
imported = time.perf_counter()
with LoopbackServer() as server:
    server.serve(Application(None))
    print((imported - begun) * 1000, (time.perf_counter() - imported) * 1000)
"""

Call = Callable[[], object]
Poster = Callable[[str], Iterator[Call]]


async def constant(_scope: Message, receive: Receive, send: Send) -> None:
    """The fastest possible application: read the request and send a constant response."""
    await receive()
    await send({"type": "http.response.start", "status": ANSWER.status, "headers": RAW_HEADERS})
    await send({"type": "http.response.body", "body": ANSWER.body})


RAW_HEADERS = [(name.encode(), value.encode()) for name, value in ANSWER.headers]


@contextmanager
def through_httpx(url: str) -> Iterator[Call]:
    with httpx.Client() as client:
        yield posting(client, url)


@contextmanager
def through_http_client(url: str) -> Iterator[Call]:
    connection = http.client.HTTPConnection(url.split("/")[2])

    def post() -> object:
        connection.request("POST", PATH, BODY, HEADERS)
        return json.loads(connection.getresponse().read())

    yield post
    connection.close()


@contextmanager
def served(server: LoopbackServer, application: Callable[[], ASGI], through: Callable[[str], Poster]) -> Iterator[Call]:
    listener = server.serve(application())
    with through(listener.url + PATH) as call:
        yield call
    listener.close()


@contextmanager
def static_httpserver(through: Callable[[str], Poster]) -> Iterator[Call]:
    with HTTPServer() as server:
        server.expect_request(PATH).respond_with_data(ANSWER.body, headers=ANSWER_HEADERS)
        with through(server.url_for(PATH)) as call:
            yield call


def exchanges(server: LoopbackServer) -> Iterator[Table]:
    """Yield a table for each of two clients: the fake, a constant response and pytest-httpserver."""
    for name, through in (("httpx", through_httpx), ("http.client", through_http_client)):
        contenders = {
            "the fake": partial(served, server, lambda: Application(FakeVoipbin()), through),
            "uvicorn with a constant response": partial(served, server, lambda: constant, through),
            "pytest-httpserver": partial(static_httpserver, through),
        }
        costs = compare(contenders)
        note = "client and server in one process; medians of 15 rounds of 200 requests, processor time"
        table = compared(
            f"POST /providercalls over loopback, sent with {name}", costs, "uvicorn with a constant response", note
        )
        rates = (f"{1e6 / cost:,.0f}" for cost in costs.values())
        rows = tuple((*row, rate) for row, rate in zip(table.rows, rates, strict=True))
        yield table._replace(columns=(*table.columns, "requests per second"), rows=rows)


def start() -> dict[str, float]:
    """Return, in milliseconds, the additional imports of a session with a server, and its start, in new processes."""
    times = []
    for _ in range(PROCESSES):
        command = [sys.executable, "-c", START]
        done = subprocess.run(command, cwd=tempfile.gettempdir(), capture_output=True, text=True, check=True)
        times.append([float(word) for word in done.stdout.split()])
    imports, starts = (statistics.median(column) for column in zip(*times, strict=True))
    return {"imports (uvicorn and this package)": imports, "start, first port, stop": starts}


def stand_alone() -> dict[str, float]:
    """Return the times of `providercalls serve`: until the port file, until the first response, and after SIGTERM."""
    columns = zip(*(one_command() for _ in range(PROCESSES)), strict=True)
    ready, responded, stopped = (statistics.median(column) * 1000 for column in columns)
    return {
        "`providercalls serve`, until the port file exists": ready,
        "until the first response": responded,
        "from SIGTERM to exit": stopped,
    }


def one_command() -> tuple[float, float, float]:
    """Return the three times in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        command = [Path(sys.executable).with_name("providercalls"), "serve", "--port", "0", "--port-file", "port"]
        port, start = Path(folder, "port"), time.perf_counter()
        with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            while not port.exists() and process.poll() is None:
                time.sleep(0.001)
            ready = time.perf_counter()
            urllib.request.urlopen(f"http://127.0.0.1:{port.read_text().strip()}/ping").close()
            responded = time.perf_counter()
            process.terminate()
        return ready - start, responded - start, time.perf_counter() - responded


def measure() -> Results:
    """Measure requests and starts."""
    # Silence the access log of pytest-httpserver.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    with LoopbackServer() as server:
        tables = tuple(exchanges(server))
    rows = tuple((name, f"{duration:,.1f} ms") for name, duration in {**start(), **stand_alone()}.items())
    note = f"medians of {PROCESSES} processes; the server thread is started once per session"
    return Results((*tables, Table("Start of the server", ("", "median"), rows, note)))


if __name__ == "__main__":
    show(measure())
