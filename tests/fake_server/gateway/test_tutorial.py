"""The tutorial's curl examples, sent one by one: the responses have the keys and shapes that it prints."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

import pytest
from pytest_providercalls.contracts.formats.go_uuids import NIL
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.fake_server import FakeVoipbin

HOST = "https://api.voipbin.net"
PLACE = """
curl -k --location --request POST 'https://api.voipbin.net/v1.0/providercalls?token=<YOUR_AUTH_TOKEN>' \\
--header 'Content-Type: application/json' \\
--data-raw '{
"provider_id": "<PROVIDER>",
"source": {
"type": "tel",
"target": "+14155551234"
},
"destinations": [
{
"type": "tel",
"target": "+821012345678"
}
],
"anonymous": "auto"
}'
"""
PLACED = """
{
"id": "b7d1c0f6-9a2e-4b3f-8e2a-1c7d5b8a9e0f",
"customer_id": "6a93f71e-8b2d-4e5f-9a1c-2d3e4f5a6b7c",
"provider_id": "4dbeabd6-f397-4375-95d2-a38411e07ed1",
"flow_id": "00000000-0000-0000-0000-000000000000",
"source": {"type": "tel", "target": "+14155551234", "target_name": ""},
"destinations": [{"type": "tel", "target": "+821012345678", "target_name": ""}],
"anonymous": "auto",
"call_ids": ["9f8e7d6c-5b4a-3c2d-1e0f-abcdef012345"],
"groupcall_ids": [],
"tm_create": "2026-04-21 23:15:00.000000",
"tm_update": "2026-04-21 23:15:00.000000",
"tm_delete": null
}
"""
PLACE_WITH_ACTIONS = """
curl -k --location --request POST 'https://api.voipbin.net/v1.0/providercalls?token=<YOUR_AUTH_TOKEN>' \\
--header 'Content-Type: application/json' \\
--data-raw '{
"provider_id": "<PROVIDER>",
"source": {"type": "tel", "target": "+14155551234"},
"destinations": [{"type": "tel", "target": "+821012345678"}],
"actions": [
{"type": "answer"},
{
"type": "talk",
"option": {
"text": "This is a provider verification call.",
"language": "en-US",
"gender": "female"
}
},
{"type": "hangup"}
]
}'
"""
OBSERVE = "curl -k --location --request GET 'https://api.voipbin.net/v1.0/calls/<CALL>?token=<YOUR_AUTH_TOKEN>'"
LIST = (
    "curl -k --location --request GET "
    "'https://api.voipbin.net/v1.0/providercalls?token=<YOUR_AUTH_TOKEN>&provider_id=<PROVIDER>'"
)
DETAIL = (
    "curl -k --location --request GET 'https://api.voipbin.net/v1.0/providercalls/<RECORD>?token=<YOUR_AUTH_TOKEN>'"
)
DELETE = DETAIL.replace("GET", "DELETE")

_UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{6}").fullmatch


class Shell:
    """A shell whose curl sends requests to a fake."""

    def __init__(self) -> None:
        self.fake = FakeVoipbin("documented")
        self.values = {
            "<YOUR_AUTH_TOKEN>": self.fake.super_admin.token,
            "<PROVIDER>": self.fake.provider.id,
        }

    def curl(self, line: str) -> Response:
        """Run a command of the tutorial, with the fake's ids instead of the printed ones."""
        for name, value in self.values.items():
            line = line.replace(name, value)
        words = shlex.split(line.replace("\\\n", ""))
        url = next(word for word in words if word.startswith(HOST))
        method = words[words.index("--request") + 1]
        body = words[words.index("--data-raw") + 1] if "--data-raw" in words else ""
        headers = tuple(
            (name, value.strip())
            for name, _, value in (
                words[index + 1].partition(":") for index, word in enumerate(words) if word == "--header"
            )
        )
        return self.fake.handle(Request(method, url.removeprefix(HOST), headers, body.encode()))

    def json(self, line: str) -> Any:
        """Run a command that must succeed, and return the JSON of its response."""
        response = self.curl(line)
        assert response.status == 200, response.body
        return response.json()

    def place(self, line: str = PLACE) -> dict[str, Any]:
        """Place a providercall, and store its ids, as the tutorial asks its readers to do."""
        record: dict[str, Any] = self.json(line)
        self.values |= {"<RECORD>": record["id"], "<CALL>": record["call_ids"][0]}
        return record


@pytest.fixture
def shell() -> Shell:
    return Shell()


def shape(value: Any) -> Any:
    """Return a value with a word for each id and each timestamp. The order of keys counts."""
    if isinstance(value, dict):
        return [(key, shape(item)) for key, item in value.items()]
    if isinstance(value, list):
        return [shape(item) for item in value]
    if isinstance(value, str) and value != NIL:
        return "an id" if _UUID(value) else "a time" if _TIME(value) else value
    return value


def test_placed_providercall_is_as_printed(shell: Shell) -> None:
    assert shape(shell.place()) == shape(json.loads(PLACED))


def test_response_is_compact_json_in_utf8(shell: Shell) -> None:
    response = shell.curl(PLACE)
    assert response.header("Content-Type") == "application/json; charset=utf-8"
    assert response.body == json.dumps(response.json(), separators=(",", ":")).encode()


def test_new_record_has_tm_update(shell: Shell) -> None:
    record = shell.place()
    assert record["tm_update"] == record["tm_create"]


def test_new_record_names_the_customer_and_the_provider(shell: Shell) -> None:
    record = shell.place()
    fake = shell.fake
    assert (record["customer_id"], record["provider_id"]) == (fake.super_admin.customer_id, fake.provider.id)


def test_clock_starts_at_the_time_of_the_example(shell: Shell) -> None:
    assert shell.place()["tm_create"].startswith("2026-04-21 23:15:00.")


def test_inline_actions_leave_the_records_flow_id_nil(shell: Shell) -> None:
    record = shell.place(PLACE_WITH_ACTIONS)
    assert shape(record) == shape(json.loads(PLACED))


def test_inline_actions_become_a_temporary_flow(shell: Shell) -> None:
    shell.place(PLACE_WITH_ACTIONS)
    flow = shell.fake.flows[shell.json(OBSERVE)["flow_id"]]
    assert [action.type for action in flow.actions] == ["answer", "talk", "hangup"]
    assert flow.temporary


def test_answered_call_is_as_printed(shell: Shell) -> None:
    record = shell.place()
    shell.fake.calls[record["call_ids"][0]].answer()
    call = shell.json(OBSERVE)
    assert next(iter(call)) == "id"
    assert (call["id"], call["status"], call["hangup_reason"]) == (
        record["call_ids"][0],
        "progressing",
        "",
    )
    assert list(call["metadata"].items()) == [
        ("route_provider_ids", [shell.fake.provider.id]),
        ("skip_source_validation", True),
    ]


def test_list_has_the_record_and_a_page_token(shell: Shell) -> None:
    record = shell.place()
    assert shell.json(LIST) == {"result": [record], "next_page_token": record["tm_create"]}


def test_keys_of_the_list_are_in_the_printed_order(shell: Shell) -> None:
    shell.place()
    assert list(shell.json(LIST)) == ["result", "next_page_token"]


def test_list_is_filtered_by_provider(shell: Shell) -> None:
    shell.place()
    shell.values["<PROVIDER>"] = shell.fake.add_provider().id
    assert shell.json(LIST) == {"result": [], "next_page_token": ""}


def test_list_has_only_records_of_the_own_customer(shell: Shell) -> None:
    shell.place()
    other = shell.fake.add_agent(1, customer=shell.fake.add_customer())
    shell.values["<YOUR_AUTH_TOKEN>"] = other.token
    assert shell.json(LIST)["result"] == []


def test_get_returns_the_record(shell: Shell) -> None:
    record = shell.place()
    assert shell.json(DETAIL) == record


def test_deleted_record_is_as_printed(shell: Shell) -> None:
    record = shell.place()
    shell.fake.clock.advance(45 * 60)
    deleted = shell.json(DELETE)
    assert deleted["tm_delete"].startswith("2026-04-22 00:00:00.")
    assert deleted == record | {"tm_update": deleted["tm_delete"], "tm_delete": deleted["tm_delete"]}


def test_deleted_record_is_not_listed_and_its_call_continues(shell: Shell) -> None:
    shell.place()
    before = shell.json(OBSERVE)
    shell.json(DELETE)
    assert shell.json(LIST)["result"] == []
    after = shell.json(OBSERVE)
    # The call continues.
    assert (before["status"], after["status"]) == ("dialing", "ringing")
    assert after["tm_delete"] is None


def test_token_of_a_customer_admin_is_forbidden(shell: Shell) -> None:
    shell.values["<YOUR_AUTH_TOKEN>"] = shell.fake.customer_admin.token
    assert shell.curl(PLACE).status == 403
    shell.fake.assert_nothing_placed()


def test_accesskey_of_a_super_admin_is_accepted(shell: Shell) -> None:
    line = PLACE.replace("token=<YOUR_AUTH_TOKEN>", f"accesskey={shell.fake.super_admin.accesskey}")
    assert shell.curl(line).status == 200


def test_unknown_provider_is_a_bad_request(shell: Shell) -> None:
    shell.values["<PROVIDER>"] = "4dbeabd6-f397-4375-95d2-a38411e07ed1"
    assert shell.curl(PLACE).status == 400
    shell.fake.assert_nothing_placed()


def test_deleted_provider_is_a_bad_request(shell: Shell) -> None:
    shell.fake.delete_provider(shell.fake.provider.id)
    assert shell.curl(PLACE).status == 400
    shell.fake.assert_nothing_placed()


@pytest.mark.parametrize("reason", ["failed", "no_answer", "busy"])
def test_hangup_reasons_are_those_of_the_tutorial(shell: Shell, reason: str) -> None:
    record = shell.place()
    shell.fake.calls[record["call_ids"][0]].hangup(reason=reason)
    call = shell.json(OBSERVE)
    assert (call["status"], call["hangup_reason"]) == ("hangup", reason)


def test_minimal_body_is_a_provider_and_a_destination(shell: Shell) -> None:
    body = {"provider_id": "<PROVIDER>", "destinations": [{"type": "tel", "target": "+821012345678"}]}
    line = PLACE.split("--data-raw", maxsplit=1)[0] + f"--data-raw '{json.dumps(body)}'"
    record = shell.place(line)
    assert (record["source"], record["anonymous"]) == (None, "auto")
