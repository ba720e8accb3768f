"""Secrets in every place and encoding that we know: all in one process, and a sample in a session of pytest."""

from __future__ import annotations

import asyncio
import io
import json
from urllib.parse import quote

import pytest
from pytest_providercalls.contracts import redaction
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.access_log import AccessLog
from pytest_providercalls.fake_server.control.api import ControlApi
from pytest_providercalls.fake_server.control.event_stream import stream
from pytest_providercalls.fake_server.transports.asgi import Message

from . import injection_sessions
from .injections import Injection, leaks, request, table

NAMED = [one for one in table() if not one.sent]
KNOWN = [one for one in table() if one.sent]
PATHS = ("overview", "journal", "requests", "report", "carriers", "providercalls", "webhooks", "ledger", "faults")


def test_a_message_shows_no_secret_that_it_names() -> None:
    shown = [redaction.redact_message(one.text) for one in NAMED]
    assert leaks("\n".join(shown), NAMED) == []
    assert all("***" in text for text in shown)


class World:
    """A fake whose requests carry secrets, and then show them where no name tells that they are secret."""

    def __init__(self) -> None:
        self.fake = FakeVoipbin()
        for one in KNOWN:
            # Shown first, too: what is shown later must not contain what has become known since.
            self.show(one)
        written = io.StringIO()
        with AccessLog(self.fake, written) as log:
            for one in KNOWN:
                log.respond(Request(*request(one.sent, one.secret)))
                self.show(one, log)
        self.logged = written.getvalue().splitlines()
        self.known = dict(vars(redaction.KNOWN))

    def show(self, one: Injection, log: AccessLog | None = None) -> None:
        respond = log.respond if log else self.fake.respond
        own = (("Authorization", f"Bearer {self.fake.super_admin.token}"),)
        text = json.dumps({"name": one.secret, "detail": one.text, "x": {one.secret: one.text}}).encode()
        respond(Request("POST", "/v1.0/providers", own, text))
        respond(Request("GET", f"/v1.0/calls/{quote(one.secret, safe='')}?name={quote(one.text)}", own))
        respond(Request("POST", "/v1.0/flows", own, one.text.encode()))

    def control(self, path: str) -> str:
        answer = ControlApi(self.fake).respond(Request("GET", f"/_fake/{path}", (("Host", "127.0.0.1"),))).response
        assert answer is not None and answer.status == 200
        return answer.body.decode()


@pytest.fixture(scope="module")
def shared_world() -> World:
    return World()


@pytest.fixture
def world(shared_world: World) -> World:
    """A world that all tests of this module share, with the secrets that are known since it was made."""
    vars(redaction.KNOWN).update(shared_world.known)
    return shared_world


def test_no_text_of_a_fake_shows_a_secret_that_a_request_has_carried(world: World) -> None:
    fake = world.fake
    texts = [fake.transcript(), repr(fake.requests), repr(fake)]
    assert leaks("\n".join(texts), KNOWN) == []


@pytest.mark.parametrize("path", PATHS)
def test_the_control_api_shows_no_secret_that_a_request_has_carried(world: World, path: str) -> None:
    assert leaks(world.control(path), KNOWN) == []


def test_the_inspector_receives_no_secret_that_a_request_has_carried(world: World) -> None:
    sent, polls = list[bytes](), iter([True, False])

    async def send(message: Message) -> None:
        sent.append(message.get("body", b""))

    asyncio.run(stream(ControlApi(world.fake).controlled, asyncio.Event().wait, send, lambda: next(polls)))
    assert b'"requests":[{' in b"".join(sent)
    assert leaks(b"".join(sent).decode(), KNOWN) == []


def test_the_log_shows_no_secret_that_a_request_has_carried(world: World) -> None:
    assert len(world.logged) == 4 * len(KNOWN)
    assert leaks("\n".join(world.logged), KNOWN) == []


def test_a_sample_of_all_secrets_appears_nowhere_in_a_session(bare_pytester: pytest.Pytester) -> None:
    """`make slow` runs all of them, in five sessions."""
    injections = table()[::40]
    output = injection_sessions.run(bare_pytester, "long", injections)
    assert leaks(output, injections) == []
