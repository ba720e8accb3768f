"""Show the whole story in the terminal: a call from the request to the bill, a refusal, a call that is stopped."""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
import textwrap
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import httpx

    from ..fake_server.core import FakeVoipbin

_NUMBER: Final = "+12025550143"
_TEST: Final = """\
def test_one_call_is_placed(voipbin):       # the fixture is all that there is to set up
    my_client.dial()                        # your code, with its production URL
    voipbin.assert_placed(1)"""
_WIDTH: Final = 96
_BUSY: Final = "+12025550180"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--edition", default="documented", help="The edition of the fake (default: documented).")


def run(options: argparse.Namespace) -> int:
    import httpx

    from ..fake_server.core import FakeVoipbin
    from ..fake_server.transports.httpx import transport
    from .errors import UsageError

    try:
        fake = FakeVoipbin(options.edition)
    except ValueError as why:
        raise UsageError(str(why)) from None
    _say(
        f"This is a fake VoIPbin ({fake.edition.name} edition), inside this process. There is no network, and no phone."
    )
    with httpx.Client(base_url=fake.base_url, transport=transport(fake, httpx)) as client:
        client.headers["Authorization"] = f"Bearer {fake.super_admin.token}"
        id = _place(fake, client)
        _live(fake, client, id)
        _pay(fake, id)
        _fail(fake, client)
        _refuse(fake, client)
    _stop()
    _go_on()
    return 0


def _place(fake: FakeVoipbin, client: httpx.Client) -> str:
    _head("1. Your client places a call")
    body = _body(fake, _NUMBER)
    fields = ",\n".join(f"    {json.dumps(name)}: {json.dumps(value)}" for name, value in body.items())
    _show(f'client.post("/providercalls", json={{\n{fields},\n}})')
    answer = client.post("/providercalls", json=body)
    record = answer.json()
    _show(f"{answer.status_code} {answer.reason_phrase}, with call_ids {record['call_ids']}")
    id: str = record["call_ids"][0]
    invite = fake.calls[id].invite
    assert invite is not None
    _say("The real VoIPbin would now ring somebody, at your expense. The fake keeps what the carrier would be sent:")
    _show(f'INVITE {invite.uri}\nFrom: "{invite.from_name}" <{invite.from_number}>')
    return id


def _live(fake: FakeVoipbin, client: httpx.Client, id: str) -> None:
    _head("2. The call lives")
    _say("A client that polls sees it ring, be answered, and end. Time is the fake's own, so nobody waits:")
    status, lines = "", []
    while status != "hangup":
        call = client.get(f"/calls/{id}").json()
        status = call["status"]
        lines.append(f"GET /calls/{id}   {status}")
    _show(
        "\n".join([*lines, f"it ended with hangup_reason {call['hangup_reason']!r}, by the {call['hangup_by']} side"])
    )
    _say("In a test, fake.ladder(id) tells who told whom what, when, and which rules of the API were met:")
    _show(fake.ladder(id))


def _pay(fake: FakeVoipbin, id: str) -> None:
    _head("3. The bill")
    _say("An answered call costs a cent for each minute that it has begun. A test can hold its client to that:")
    cost = fake.ledger.cost_of(id)
    _show(f'fake.ledger.cost_of(id)     ${cost}\nfake.assert_cost("{cost}")    holds')
    fake.assert_cost(cost)


def _fail(fake: FakeVoipbin, client: httpx.Client) -> None:
    _head("4. The far side does as you say")
    _say(f"Some numbers choose what happens, for clients in any language: {_BUSY} is busy. A script says more:")
    _show(f'fake.carrier().rejects(sip=403, destination="{_NUMBER}")')
    fake.carrier().rejects(sip=403, destination=_NUMBER)
    lines = []
    for number in (_BUSY, _NUMBER):
        (id,) = client.post("/providercalls", json=_body(fake, number)).json()["call_ids"]
        fake.clock.advance(60)
        lines.append(f"{number}   {client.get(f'/calls/{id}').json()['hangup_reason']}")
    _show("\n".join(lines))


def _refuse(fake: FakeVoipbin, client: httpx.Client) -> None:
    _head("5. A wrong request is explained")
    _say("Only a platform super-admin may place provider calls. This client logs in as a customer's admin:")
    headers = {"Authorization": f"Bearer {fake.customer_admin.token}"}
    answer = client.post("/providercalls", json=_body(fake, _NUMBER), headers=headers)
    _show(f"{answer.status_code} {answer.reason_phrase}")
    _say("The answer says no more than the real one would. Under a failed test stands the rest:")
    _show(str(fake.requests[-1]))


def _stop() -> None:
    _head("6. The real VoIPbin is out of reach")
    _say("Whatever library a test uses, a connection to *.voipbin.net is stopped before a name is looked up:")
    from ..guard.guard import Guard, GuardedHostError

    guard = Guard()
    guard.during = "this demo"
    guard.install()
    try:
        socket.create_connection(("api.voipbin.net", 443))
    except GuardedHostError:
        (attempt,) = guard.attempts
        _show(f'socket.create_connection(("api.voipbin.net", 443))\nBlockedCall: {attempt.target} is guarded')
    finally:
        guard.remove()


def _go_on() -> None:
    _head("Your turn")
    _show(_TEST)
    _say("No phone rang. `providercalls serve` runs the same fake as a server, for programs in any language.")


def _body(fake: FakeVoipbin, number: str) -> dict[str, Any]:
    return {
        "provider_id": fake.provider.id,
        "source": {"type": "tel", "target": "+12025550100"},
        "destinations": [{"type": "tel", "target": number}],
        "actions": [{"type": "talk", "option": {"text": "Hello. This is a test of the emergency line."}}],
    }


def _head(text: str) -> None:
    plain = not sys.stdout.isatty() or "NO_COLOR" in os.environ
    print(f"{text}\n" if plain else f"\033[1m{text}\033[0m\n")


def _say(text: str) -> None:
    print(f"{textwrap.fill(text, _WIDTH)}\n")


def _show(text: str) -> None:
    print(f"{textwrap.indent(text, '    ')}\n")
