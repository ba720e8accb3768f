"""What fuzzing has found, a test each: docs/fuzzing.md tells how."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_providercalls.contracts import validate_exchange
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.calls.carriers import InvalidScript
from pytest_providercalls.fake_server.seed_files import InvalidSeed, load
from pytest_providercalls.fake_server.transports.asgi import Application
from pytest_providercalls.fake_server.transports.loopback_server import LoopbackServer
from pytest_providercalls.fake_server.wire import gojson

BEYOND = (math.inf, math.nan, 1e300, 1e12)
"""More seconds than a date can hold."""
PING = b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n"
EDITIONS = ("documented", "server-2026-04", "server-2026-08")
SOURCE = {"type": "tel", "target": "+12025550100"}
DESTINATION = {"type": "tel", "target": "+12025550143"}


def signed(fake: FakeVoipbin) -> tuple[tuple[str, str], ...]:
    return (("Authorization", f"Bearer {fake.super_admin.token}"),)


def placed(fake: FakeVoipbin, anonymous: bytes = b'"auto"', path: str = "providercalls") -> tuple[Request, Response]:
    body = {"provider_id": fake.provider.id, "source": SOURCE, "destinations": [DESTINATION], "anonymous": "?"}
    sent = json.dumps(body).encode().replace(b'"?"', anonymous)
    request = Request("POST", f"/v1.0/{path}", signed(fake), sent)
    return request, fake.handle(request)


# times that no date can hold


@pytest.mark.parametrize("seconds", BEYOND)
def test_time_does_not_pass_beyond_what_a_date_can_hold(seconds: float) -> None:
    with pytest.raises(ValueError, match="a hundred years at most"):
        FakeVoipbin().clock.advance(seconds)
    with pytest.raises(ValueError, match="a hundred years at most"):
        asyncio.run(FakeVoipbin().webhooks.flush(seconds))


@pytest.mark.parametrize("kind", ["duplicate", "delay", "jitter"])
@pytest.mark.parametrize("seconds", BEYOND)
def test_a_webhook_cannot_be_late_by_more_than_a_date_can_hold(kind: str, seconds: float) -> None:
    with pytest.raises(ValueError, match="is not a number of seconds"):
        FakeVoipbin().webhooks.faults.add(kind, seconds=seconds)  # type: ignore[arg-type]


def test_a_far_side_that_would_hang_up_never_is_ended_by_the_limit() -> None:
    for seconds in (1e300, math.inf):
        fake = FakeVoipbin(lifecycle="on_poll")
        fake.carrier().hangs_up(after=seconds)
        placed(fake)
        (call,) = fake.calls.values()
        fake.clock.advance(4000)
        assert (call.status, call.hangup_reason) == ("hangup", "normal")


@pytest.mark.parametrize("verb", ["answers", "hangs_up", "no_answer", "rejects"])
def test_no_time_is_no_number(verb: str) -> None:
    with pytest.raises(InvalidScript):
        getattr(FakeVoipbin().carrier(), verb)(after=math.nan)


# seed files


@pytest.mark.parametrize("suffix", [".json", ".yaml"])
@pytest.mark.parametrize(
    "text", [b"\xff", b"\xed\xa0\x80", b"[" * 9000, b'{"a":' * 9000], ids=["no text", "a surrogate", "lists", "objects"]
)
def test_a_seed_file_that_cannot_be_read_is_a_bad_seed(tmp_path: Path, suffix: str, text: bytes) -> None:
    path = tmp_path / f"seed{suffix}"
    path.write_bytes(text)
    with pytest.raises(InvalidSeed, match="cannot be read"):
        load(path)


# redirects


def test_what_is_no_ascii_is_escaped_in_a_redirect() -> None:
    """Go: http.Redirect's hexEscapeNonASCII and htmlEscape."""
    moved = FakeVoipbin().handle(Request("GET", "/v1.0/calls/?x=\u00e9\udcd9&y='\"><b>"))
    assert moved.header("Location") == "/v1.0/calls?x=%e9%d9&y='\"><b>"
    assert b'<a href="/v1.0/calls?x=%e9%d9&amp;y=&#39;&#34;&gt;&lt;b&gt;">' in moved.body


@pytest.mark.parametrize("target", ["/v1.0/calls/?x=\r\nX-Evil: 1", "/ping?\x00", "/v1.0/calls\x7f", "/ping#\x1f"])
def test_a_target_with_a_control_character_is_refused(target: str) -> None:
    """Go: url.Parse, `invalid control character in URL`."""
    assert FakeVoipbin().handle(Request("GET", target)).status == 400


# what the judge took for impossible


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("target", ["/v1.0/calls/%zz", "/v1.0/providers/%", "/v1.0/me?\x01", "/v1.0/calls/\u00e9"])
def test_a_target_that_no_router_sees_may_be_refused_in_other_words(edition: str, target: str) -> None:
    fake = FakeVoipbin(edition)
    request = Request("GET", target, signed(fake))
    assert validate_exchange(request, fake.handle(request)) == []


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("sent", [b'"\xd9"', b'"\xe2\x82"', b'"\\ud800"', b'"\\udc00\\ud800x"'])
def test_what_is_no_text_comes_back_as_replacement_characters(edition: str, sent: bytes) -> None:
    fake = FakeVoipbin(edition)
    request, response = placed(fake, anonymous=sent)
    assert validate_exchange(request, response, [fake.edition]) == []


@pytest.mark.parametrize("edition", EDITIONS)
def test_an_answer_method_of_any_kind_is_kept(edition: str) -> None:
    fake = FakeVoipbin(edition)
    body = {"source": SOURCE, "destinations": [DESTINATION], "answer_method": "toss a coin"}
    request = Request("POST", "/v1.0/groupcalls", signed(fake), json.dumps(body).encode())
    response = fake.handle(request)
    assert response.json()["answer_method"] == "toss a coin"
    assert validate_exchange(request, response, [fake.edition]) == []


# the wire


@pytest.mark.parametrize("kind", ["drop", "reset", "timeout"])
def test_a_broken_connection_ends_what_was_asked_on_it_one_behind_the_other(kind: str) -> None:
    """uvicorn tells the last request of a connection that it is lost: others waited for ever."""
    fake = FakeVoipbin()
    fake.faults.add(kind, path="/ping")  # type: ignore[arg-type]
    with LoopbackServer() as server:
        listener = server.serve(Application(fake))
        with socket.create_connection((listener.host, listener.port), timeout=10) as sock:
            sock.sendall(PING * 3)
            # It may have been reset by now.
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_WR)
                assert sock.recv(1000) == b""
        assert nothing_waits(server)


def test_a_client_that_goes_is_seen_though_it_has_asked_once_more() -> None:
    """uvicorn reads nothing while a request waits for the one before it."""
    fake = FakeVoipbin()
    fake.faults.add("timeout", path="/ping")
    with LoopbackServer() as server:
        listener = server.serve(Application(fake))
        with socket.create_connection((listener.host, listener.port), timeout=10) as sock:
            sock.sendall(PING)
            assert soon(lambda: bool(fake.requests))
            # The application waits for the client to go by the time that the next request is read.
            server.run_between_requests(lambda: None)
            sock.sendall(PING)
            time.sleep(0.05)
        assert nothing_waits(server)


def nothing_waits(server: LoopbackServer) -> bool:
    return soon(lambda: server.run_between_requests(lambda: len(asyncio.all_tasks())) == 1)


def soon(true: Callable[[], bool]) -> bool:
    end = time.monotonic() + 10
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    return true()


# what took too long


def test_a_webhook_is_written_down_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a flow that goes round a thousand times each webhook tells all of it: signature and body wrote it twice."""
    fake, received, written = FakeVoipbin(), [], []
    encode = gojson.encode
    fake.webhooks.send_to(received.append, "https://client.example/hooks")
    monkeypatch.setattr(gojson, "encode", lambda value: written.append(value) or encode(value))
    fake.webhooks.faults.add("delay", seconds=1, times=None)
    placed(fake)
    written.clear()
    fake.clock.advance(1)
    assert len(written) == len(received) == 2
