"""Show in the terminal what the plugin does: a call from request to cost, a refusal, and a blocked connection."""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
import textwrap
from typing import TYPE_CHECKING, Any, Final

from . import fake_options

if TYPE_CHECKING:
    import httpx

    from ..fake_server.core import FakeVoipbin

_NUMBER: Final = "+12025550143"
_TEST: Final = """\
def test_one_call_is_placed(voipbin):       # the fixture needs no configuration
    my_client.dial()                        # your code, with its production URL
    voipbin.assert_placed(1)"""
_WIDTH: Final = 96
_BUSY: Final = "+12025550180"


def arguments(parser: argparse.ArgumentParser) -> None:
    fake_options.add_edition(parser, "what to imitate")


def run(options: argparse.Namespace) -> int:
    import httpx

    from ..fake_server.core import FakeVoipbin
    from ..fake_server.transports.httpx import transport
    from .errors import UsageError

    try:
        fake = FakeVoipbin(options.edition)
    except ValueError as error:
        raise UsageError(str(error)) from None
    _say(
        f"This is a fake VoIPbin ({fake.edition.name} edition) in this process. It uses no network and rings no phone."
    )
    with httpx.Client(base_url=fake.base_url, transport=transport(fake, httpx)) as client:
        client.headers["Authorization"] = f"Bearer {fake.super_admin.token}"
        id = _place(fake, client)
        _follow(fake, client, id)
        _show_cost(fake, id)
        _fail(fake, client)
        _refuse(fake, client)
    _block()
    _next_steps()
    return 0


def _place(fake: FakeVoipbin, client: httpx.Client) -> str:
    _heading("1. Your client places a call")
    body = _body(fake, _NUMBER)
    fields = ",\n".join(f"    {json.dumps(name)}: {json.dumps(value)}" for name, value in body.items())
    _show(f'client.post("/providercalls", json={{\n{fields},\n}})')
    response = client.post("/providercalls", json=body)
    record = response.json()
    _show(f"{response.status_code} {response.reason_phrase}, with call_ids {record['call_ids']}")
    id: str = record["call_ids"][0]
    invite = fake.calls[id].invite
    assert invite is not None
    _say("The real VoIPbin would now place a billable call. The fake records the INVITE for the carrier instead:")
    _show(f'INVITE {invite.uri}\nFrom: "{invite.from_name}" <{invite.from_number}>')
    return id


def _follow(fake: FakeVoipbin, client: httpx.Client, id: str) -> None:
    _heading("2. The call progresses")
    _say("A polling client sees the call ring, get answered, and end. The fake has its own clock, so nothing waits:")
    status, lines = "", []
    while status != "hangup":
        call = client.get(f"/calls/{id}").json()
        status = call["status"]
        lines.append(f"GET /calls/{id}   {status}")
    _show(
        "\n".join(
            [*lines, f"the call ended with hangup_reason {call['hangup_reason']!r}, by the {call['hangup_by']} side"]
        )
    )
    _say("In a test, fake.ladder(id) shows every message with its direction, time and rule:")
    _show(fake.ladder(id))


def _show_cost(fake: FakeVoipbin, id: str) -> None:
    _heading("3. The cost")
    _say("Answered calls cost $0.01 per started minute. A test can assert the cost:")
    cost = fake.ledger.cost_of(id)
    _show(f'fake.ledger.cost_of(id)     ${cost}\nfake.assert_cost("{cost}")    passes')
    fake.assert_cost(cost)


def _fail(fake: FakeVoipbin, client: httpx.Client) -> None:
    _heading("4. You control the carrier")
    _say(
        f"Magic numbers select an outcome, for clients in any language: {_BUSY} is busy. A carrier script can do more:"
    )
    _show(f'fake.carrier().rejects(sip=403, destination="{_NUMBER}")')
    fake.carrier().rejects(sip=403, destination=_NUMBER)
    lines = []
    for number in (_BUSY, _NUMBER):
        (id,) = client.post("/providercalls", json=_body(fake, number)).json()["call_ids"]
        fake.clock.advance(60)
        lines.append(f"{number}   {client.get(f'/calls/{id}').json()['hangup_reason']}")
    _show("\n".join(lines))


def _refuse(fake: FakeVoipbin, client: httpx.Client) -> None:
    _heading("5. A refused request is explained")
    _say("Only a platform super-admin may place provider calls. This client logs in as a customer's admin:")
    headers = {"Authorization": f"Bearer {fake.customer_admin.token}"}
    response = client.post("/providercalls", json=_body(fake, _NUMBER), headers=headers)
    _show(f"{response.status_code} {response.reason_phrase}")
    _say("The response says no more than the real one would. The transcript below a failed test explains the refusal:")
    _show(str(fake.requests[-1]))


def _block() -> None:
    _heading("6. The real VoIPbin is blocked")
    _say("A connection to *.voipbin.net is blocked before the DNS lookup, whichever library a test uses:")
    from ..guard.attempt import GuardedHostError
    from ..guard.guard import Guard

    guard = Guard()
    guard.during = "this demo"
    guard.install()
    try:
        socket.create_connection(("api.voipbin.net", 443))
    except GuardedHostError as error:
        summary = str(error).partition("\n")[0]
        _show(f'socket.create_connection(("api.voipbin.net", 443))\nGuardedHostError: {summary}')
    finally:
        guard.remove()


def _next_steps() -> None:
    _heading("Next steps")
    _show(_TEST)
    _say("No phone rang. To run the same fake as a server, for programs in any language, use `providercalls serve`.")


def _body(fake: FakeVoipbin, number: str) -> dict[str, Any]:
    return {
        "provider_id": fake.provider.id,
        "source": {"type": "tel", "target": "+12025550100"},
        "destinations": [{"type": "tel", "target": number}],
        "actions": [{"type": "talk", "option": {"text": "Hello. This is a test of the emergency line."}}],
    }


def _heading(text: str) -> None:
    plain = not sys.stdout.isatty() or "NO_COLOR" in os.environ
    print(f"{text}\n" if plain else f"\033[1m{text}\033[0m\n")


def _say(text: str) -> None:
    print(f"{textwrap.fill(text, _WIDTH)}\n")


def _show(text: str) -> None:
    print(f"{textwrap.indent(text, '    ')}\n")
