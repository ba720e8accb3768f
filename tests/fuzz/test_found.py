"""Regression tests for the findings of the fuzzers (docs/fuzzing.md)."""

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
"""Seconds beyond the largest date."""
PING = b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n"
EDITIONS = ("documented", "server-2026-04", "server-2026-08")
SOURCE = {"type": "tel", "target": "+12025550100"}
DESTINATION = {"type": "tel", "target": "+12025550143"}


def credentials(fake: FakeVoipbin) -> tuple[tuple[str, str], ...]:
    return (("Authorization", f"Bearer {fake.super_admin.token}"),)


def placed(fake: FakeVoipbin, anonymous: bytes = b'"auto"', path: str = "providercalls") -> tuple[Request, Response]:
    body = {"provider_id": fake.provider.id, "source": SOURCE, "destinations": [DESTINATION], "anonymous": "?"}
    sent = json.dumps(body).encode().replace(b'"?"', anonymous)
    request = Request("POST", f"/v1.0/{path}", credentials(fake), sent)
    return request, fake.handle(request)


# times beyond the largest date


@pytest.mark.parametrize("seconds", BEYOND)
def test_the_clock_does_not_advance_beyond_the_largest_date(seconds: float) -> None:
    with pytest.raises(ValueError, match="at most 100 years"):
        FakeVoipbin().clock.advance(seconds)
    with pytest.raises(ValueError, match="at most 100 years"):
        asyncio.run(FakeVoipbin().webhooks.flush(seconds))


@pytest.mark.parametrize("kind", ["duplicate", "delay", "jitter"])
@pytest.mark.parametrize("seconds", BEYOND)
def test_a_webhook_cannot_be_delayed_beyond_the_largest_date(kind: str, seconds: float) -> None:
    with pytest.raises(ValueError, match="is not a number of seconds"):
        FakeVoipbin().webhooks.faults.add(kind, seconds=seconds)  # type: ignore[arg-type]


def test_a_callee_that_never_hangs_up_is_ended_by_the_limit() -> None:
    for seconds in (1e300, math.inf):
        fake = FakeVoipbin(lifecycle="on_poll")
        fake.carrier().hangs_up(after=seconds)
        placed(fake)
        (call,) = fake.calls.values()
        fake.clock.advance(4000)
        assert (call.status, call.hangup_reason) == ("hangup", "normal")


@pytest.mark.parametrize("verb", ["answers", "hangs_up", "no_answer", "rejects"])
def test_a_script_time_is_a_number(verb: str) -> None:
    with pytest.raises(InvalidScript):
        getattr(FakeVoipbin().carrier(), verb)(after=math.nan)


# seed files


@pytest.mark.parametrize("suffix", [".json", ".yaml"])
@pytest.mark.parametrize(
    "text",
    [b"\xff", b"\xed\xa0\x80", b"[" * 9000, b'{"a":' * 9000],
    ids=["invalid UTF-8", "a surrogate", "lists", "objects"],
)
def test_an_unreadable_seed_file_is_invalid(tmp_path: Path, suffix: str, text: bytes) -> None:
    path = tmp_path / f"seed{suffix}"
    path.write_bytes(text)
    with pytest.raises(InvalidSeed, match="cannot be read"):
        load(path)


# redirects


def test_non_ascii_characters_are_escaped_in_a_redirect() -> None:
    """Go: http.Redirect's hexEscapeNonASCII and htmlEscape."""
    moved = FakeVoipbin().handle(Request("GET", "/v1.0/calls/?x=\u00e9\udcd9&y='\"><b>"))
    assert moved.header("Location") == "/v1.0/calls?x=%e9%d9&y='\"><b>"
    assert b'<a href="/v1.0/calls?x=%e9%d9&amp;y=&#39;&#34;&gt;&lt;b&gt;">' in moved.body


@pytest.mark.parametrize("target", ["/v1.0/calls/?x=\r\nX-Evil: 1", "/ping?\x00", "/v1.0/calls\x7f", "/ping#\x1f"])
def test_a_target_with_a_control_character_is_refused(target: str) -> None:
    """Go: url.Parse, `invalid control character in URL`."""
    assert FakeVoipbin().handle(Request("GET", target)).status == 400


# responses that validate_exchange wrongly rejected


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("target", ["/v1.0/calls/%zz", "/v1.0/providers/%", "/v1.0/me?\x01", "/v1.0/calls/\u00e9"])
def test_an_unroutable_target_may_have_another_error(edition: str, target: str) -> None:
    fake = FakeVoipbin(edition)
    request = Request("GET", target, credentials(fake))
    assert validate_exchange(request, fake.handle(request)) == []


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("sent", [b'"\xd9"', b'"\xe2\x82"', b'"\\ud800"', b'"\\udc00\\ud800x"'])
def test_invalid_utf_8_becomes_replacement_characters(edition: str, sent: bytes) -> None:
    fake = FakeVoipbin(edition)
    request, response = placed(fake, anonymous=sent)
    assert validate_exchange(request, response, [fake.edition]) == []


@pytest.mark.parametrize("edition", EDITIONS)
def test_any_answer_method_is_kept(edition: str) -> None:
    fake = FakeVoipbin(edition)
    body = {"source": SOURCE, "destinations": [DESTINATION], "answer_method": "toss a coin"}
    request = Request("POST", "/v1.0/groupcalls", credentials(fake), json.dumps(body).encode())
    response = fake.handle(request)
    assert response.json()["answer_method"] == "toss a coin"
    assert validate_exchange(request, response, [fake.edition]) == []


# the wire


@pytest.mark.parametrize("kind", ["drop", "reset", "timeout"])
def test_a_broken_connection_ends_its_pipelined_requests(kind: str) -> None:
    """uvicorn reports a lost connection only to its last request, so the others waited indefinitely."""
    fake = FakeVoipbin()
    fake.faults.add(kind, path="/ping")  # type: ignore[arg-type]
    with LoopbackServer() as server:
        listener = server.serve(Application(fake))
        with socket.create_connection((listener.host, listener.port), timeout=10) as sock:
            sock.sendall(PING * 3)
            # The connection may already be reset.
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_WR)
                assert sock.recv(1000) == b""
        assert is_idle(server)


def test_a_disconnect_is_seen_after_a_second_request() -> None:
    """uvicorn reads nothing while a request waits for the previous one."""
    fake = FakeVoipbin()
    fake.faults.add("timeout", path="/ping")
    with LoopbackServer() as server:
        listener = server.serve(Application(fake))
        with socket.create_connection((listener.host, listener.port), timeout=10) as sock:
            sock.sendall(PING)
            assert eventually(lambda: bool(fake.requests))
            # Let the application wait for the disconnect before the next request is read.
            server.run_between_requests(lambda: None)
            sock.sendall(PING)
            time.sleep(0.05)
        assert is_idle(server)


def is_idle(server: LoopbackServer) -> bool:
    return eventually(lambda: server.run_between_requests(lambda: len(asyncio.all_tasks())) == 1)


def eventually(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + 10
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


# slow operations


def test_a_webhook_is_serialised_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The webhooks of a long flow are large, and were serialised twice: for the signature and for the body."""
    fake, received, encoded = FakeVoipbin(), [], []
    encode = gojson.encode
    fake.webhooks.send_to(received.append, "https://client.example/hooks")
    monkeypatch.setattr(gojson, "encode", lambda value: encoded.append(value) or encode(value))
    fake.webhooks.faults.add("delay", seconds=1, times=None)
    placed(fake)
    encoded.clear()
    fake.clock.advance(1)
    assert all(webhook.headers and webhook.body for webhook in received)
    assert len(encoded) == len(received) == 2
