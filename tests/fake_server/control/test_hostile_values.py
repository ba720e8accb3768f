"""Hostile values in each place of a seed file and of a control request: an error that names the place, never a 500."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.contracts.probes import ProbeClient
from pytest_providercalls.fake_server import FakeVoipbin, plain_data, yaml_files
from pytest_providercalls.fake_server.control.api import ControlApi
from pytest_providercalls.fake_server.control.operations import OPERATIONS
from pytest_providercalls.fake_server.plain_data import InvalidData, check_plain
from pytest_providercalls.fake_server.probe_target import FakeTarget
from pytest_providercalls.fake_server.seed_files import InvalidSeed, apply_seed, load

from .conftest import ControlHarness

ADDRESS = {"type": "tel", "target": "+12025550112", "target_name": "Alice"}
SEED: dict[str, Any] = {
    "customers": [
        {
            "name": "acme",
            "detail": "d",
            "email": "a@b.example",
            "status": "active",
            "plan_type": "free",
            "identity_verification_status": "verified",
            "balance": 12.5,
            "numbers": ["+12025550111"],
            "destination_whitelist": ["us"],
        }
    ],
    "agents": [
        {
            "username": "alice",
            "customer": "acme",
            "permission": "customer_admin",
            "password": "p",
            "name": "A",
            "addresses": [ADDRESS],
        }
    ],
    "providers": [
        {
            "name": "flaky",
            "hostname": "sip.flaky.example",
            "type": "sip",
            "detail": "d",
            "tech_prefix": "9",
            "tech_postfix": "#",
            "tech_headers": {"X-A": "1"},
            "codecs": "PCMU",
            "health_status": "healthy",
            "deleted": False,
        }
    ],
    "flows": [
        {
            "name": "greeting",
            "customer": "platform",
            "detail": "d",
            "actions": [{"type": "talk", "id": "", "next_id": "", "option": {"text": "Hello", "list": [1, {"a": 2}]}}],
        }
    ],
    "carriers": {
        "carrier": [
            {
                "answers": {
                    "after": 3,
                    "digits": "1",
                    "machine": False,
                    "source": "+12025550100",
                    "destination": "+12025550143",
                }
            },
            {"rejects": {"sip": 486, "after": 1, "destination": "+12025550144"}},
            {"allows_sources": {"sources": ["+12025550100"]}},
            "busy",
        ]
    },
}
FAULT = {
    "kind": "error",
    "when": "after",
    "method": "GET",
    "path": "/ping",
    "nth": 5,
    "times": 1,
    "seconds": 1,
    "status": 500,
    "retry_after": 1,
    "body": "x",
}
BODIES: dict[tuple[str, str], Any] = {
    ("POST", "/seed"): SEED,
    ("POST", "/clock/advance"): {"seconds": 2.5},
    ("POST", "/calls/{id}/reject"): {"sip": 486},
    ("POST", "/calls/{id}/press"): {"digits": "1#"},
    ("POST", "/calls/{id}/hangup"): {"reason": "busy"},
    ("POST", "/carriers/{provider}"): SEED["carriers"]["carrier"],
    ("PUT", "/carriers/{provider}"): SEED["carriers"]["carrier"],
    ("POST", "/faults"): FAULT,
    ("POST", "/webhooks/receivers"): {"uri": "https://client.example", "server": "http://127.0.0.1:9"},
    ("POST", "/webhooks/faults"): {"kind": "delay", "event": "call_hangup", "nth": 1, "times": 1, "seconds": 5},
    ("POST", "/websockets/{number}/close"): {"code": 1012, "reason": "restart"},
    ("POST", "/websockets/faults"): {"kind": "close", "event": "call_*", "nth": 1, "times": 1, "code": 1012},
}
DEEP: Any = 1
for _ in range(150):
    DEEP = {"a": DEEP}
HOSTILE = st.sampled_from(
    [
        *(float("nan"), float("inf"), -1e308, 1e308, 10**30, -(10**30), 10**400, 2**63, 2**63 - 1, -1, 0, 0.1),
        *("1e999999", "-1e999999", "1e-999999999", "NaN", "9" * 5000, "Infinity", "", " ", "\0", "\ud800", "\udfff"),
        *("a" * 70_000, "a" * 1_100_000, "\U0001f4bb", "\x1b[2J", "\r\n", "\u202e", "__class__", "true", "null"),
        *(None, True, False, [], {}, [None], [[]], {"": None}, {"\ud800": 1}, {"a": float("inf")}, [1] * 1000, DEEP),
    ]
)


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the place of each value inside a value."""
    yield place
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*place, key))


def replaced(value: Any, place: tuple[Any, ...], new: Any) -> Any:
    """Return a copy of a value with a new value at a place."""
    if not place:
        return new
    copy = deepcopy(value)
    parent = copy
    for key in place[:-1]:
        parent = parent[key]
    parent[place[-1]] = new
    return copy


def test_each_operation_with_a_body_is_attacked() -> None:
    assert BODIES.keys() == {(one.method, one.path) for one in OPERATIONS if one.request_model is not None}


@pytest.mark.parametrize("method_and_path", BODIES, ids=" ".join)
def test_the_bodies_are_valid(method_and_path: tuple[str, str]) -> None:
    harness = ControlHarness()
    (method, path), body = method_and_path, BODIES[method_and_path]
    response = harness.send(method, fill(path, harness), json.dumps(body).encode())
    assert response.status == (409 if "/press" in path else 200), response.body


def fill(path: str, harness: ControlHarness) -> str:
    if "{number}" in path:
        ProbeClient(FakeTarget(harness.fake)).open_websocket()
    id = harness.place()[0] if "{id}" in path else ""
    return path.replace("{provider}", "carrier").replace("{id}", id).replace("{number}", "1")


READS = (
    "/info",
    "/overview",
    "/carriers",
    "/faults",
    "/webhooks",
    "/webhooks/faults",
    "/websockets",
    "/websockets/faults",
    "/snapshots",
    "/ledger",
)
NAMES = "fault|seconds|sip|digits|reason|when|status|body|webhook|message|code"
OWN_PLACE = re.compile(rf"(the body|\[|[a-z_]+[.\[:]|[a-z_]+=|unknown |.*\b({NAMES})\b)")


@settings(max_examples=40)
@given(st.data())
def test_no_value_causes_a_server_error(data: st.DataObject) -> None:
    method, path = data.draw(st.sampled_from(sorted(BODIES)), "operation")
    body = BODIES[method, path]
    place = data.draw(st.sampled_from(sorted(places(body), key=str)), "place")
    value = data.draw(HOSTILE, "value")
    assert_never_fails(method, path, body, place, value)


def assert_never_fails(method: str, path: str, body: Any, place: tuple[Any, ...], value: Any) -> None:
    harness = ControlHarness()
    response = harness.send(method, fill(path, harness), json.dumps(replaced(body, place, value)).encode())
    assert response.status in (200, 400, 409), response.body
    if response.status == 400:
        error = response.json()["error"]["message"]
        assert len(error) < 10_000
        assert OWN_PLACE.match(error), error
    for read in READS:
        assert harness.send("GET", read).status == 200, read
    assert_usable(harness.fake)


def assert_usable(fake: FakeVoipbin) -> None:
    """Assert that the fake responds to each list of resources."""
    headers = (("Authorization", f"Bearer {fake.super_admin.token}"),)
    for target in ("flows", "providers", "calls", "me", "customer", "billing_account"):
        assert fake.handle(Request("GET", f"/v1.0/{target}", headers)).status == 200, target


@settings(max_examples=40)
@given(place=st.sampled_from(sorted(places(SEED), key=str)), value=HOSTILE)
def test_no_value_in_a_seed_file_causes_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, place: tuple[Any, ...], value: Any
) -> None:
    path = tmp_path_factory.getbasetemp() / "hostile.json"
    path.write_text(json.dumps(replaced(SEED, place, value)))
    fake = FakeVoipbin()
    try:
        seeded = apply_seed(fake, load(path))
    except InvalidSeed as error:
        message = str(error).removeprefix(f"{path} is not a valid seed file:\n  ")
        sections = r"the file|a\b|customers|agents|providers|flows|carriers|\S+/hostile.json cannot"
        assert re.match(sections, message), message
        return
    api = ControlApi(fake, None, seeded)
    assert api.respond(Request("GET", "/_fake/info")).response.status == 200  # type: ignore[union-attr]
    assert_usable(fake)


# each case on its own


def option(text: str) -> str:
    return f"flows: [{{name: a, customer: platform, actions: [{{type: talk, option: {text}}}]}}]"


def aliases(item: str, levels: int) -> str:
    """Return a mapping in which each level refers ten times to the one before."""
    lines = [f"a0: &a0 [{', '.join([item] * 10)}]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, levels)]
    return f"{{{', '.join(lines)}}}"


def merged_keys(count: int) -> str:
    return f"{{a: &a {{{', '.join(f'k{number}: 1' for number in range(count))}}}, b: {{<<: [*a, *a]}}}}"


YAML: dict[str, tuple[Callable[[], str], str]] = {
    "surrogate": (
        lambda: 'providers: [{name: "\\ud800", hostname: h}]',
        "providers[0].name: the text contains \\ud800, one half of a character, which cannot be encoded",
    ),
    "surrogate key": (lambda: option('{"a\\udfff": 1}'), "flows[0].actions[0].option: the text contains \\udfff"),
    "bomb": (lambda: option(aliases("x", 9)), "the data has more than 5,000 values, including those of aliases"),
    "merge": (lambda: option(merged_keys(60)), "merge keys add more than 100 keys"),
    "cycle": (lambda: option("&x {self: *x}"), "flows[0].actions[0].option.self: it contains itself"),
    "list cycle": (lambda: option("{a: &x [[*x]]}"), "flows[0].actions[0].option.a[0][0]: it contains itself"),
    "merge cycle": (lambda: option("&x {<<: *x}"), "cannot be read: it is nested too deeply"),
    "depth": (
        lambda: option("{a: " * 120 + "1" + "}" * 120),
        "it is nested too deeply: at most 100 levels are allowed",
    ),
    "date": (lambda: option("{d: 2026-01-02}"), "flows[0].actions[0].option.d: a date is not allowed; if it is text,"),
    "set": (lambda: option("{d: !!set {a}}"), "flows[0].actions[0].option.d: a set is not allowed"),
    "bytes": (lambda: option("{d: !!binary aGVsbG8=}"), "flows[0].actions[0].option.d: a bytes is not allowed"),
    "key": (lambda: option("{1: a}"), "flows[0].actions[0].option: the key 1 is not text; put it in quotes"),
    "whole": (
        lambda: option("{n: 9223372036854775808}"),
        "option.n: the number is out of range: whole numbers have at",
    ),
    "hex": (lambda: option(f"{{n: 0x{'f' * 5000}}}"), "option.n: the number is out of range"),
    "nan": (lambda: option("{n: .nan}"), "flows[0].actions[0].option.n: nan is not a number that JSON can express"),
    "infinity": (lambda: "customers: [{name: a, balance: -.inf}]", "customers[0].balance: -inf is not a number"),
    "decimal": (lambda: "customers: [{name: a, balance: '1e999999'}]", "customers[0].balance: Input should be less"),
    "tag": (lambda: "a: !!bool maybe", "cannot be read: a value does not match its tag"),
    "empty tag": (lambda: 'a: !!int ""', "cannot be read: a value does not match its tag"),
    "time tag": (lambda: 'a: !!timestamp "x"', "cannot be read: a value does not match its tag"),
    "false": (lambda: "carriers: {carrier: [{busy: false}]}", "carriers.carrier[0]: "),
}


@pytest.mark.parametrize("name", YAML)
def test_what_only_yaml_can_say_is_refused_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    text, message = YAML[name]
    # The limits of a real server take a second to reach.
    monkeypatch.setattr(plain_data, "_MAX_VALUES", 5_000)
    monkeypatch.setattr(yaml_files, "_MAX_MERGED", 100)
    path = tmp_path / "seed.yaml"
    path.write_text(text())
    with pytest.raises(InvalidSeed) as caught:
        load(path)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_texts_are_limited_each_and_together() -> None:
    with pytest.raises(InvalidData, match=re.escape("a[0]: the text has 1,048,577 characters; at most 1,048,576 are")):
        check_plain({"a": ["x" * 1_048_577]}, "the file")
    text = "x" * 1_000_000
    check_plain([text] * 67, "the file")
    with pytest.raises(InvalidData, match=re.escape("[67]: all texts together have more than 67,108,864 characters")):
        check_plain([text] * 68, "the file")


def test_aliases_and_merge_keys_within_the_limits_work(tmp_path: Path) -> None:
    path = tmp_path / "seed.yaml"
    path.write_text("customers:\n  - &a {name: a, detail: d}\n  - {<<: *a, name: b}\nflows: []\n")
    assert [(one.name, one.detail) for one in load(path).customers] == [("a", "d"), ("b", "d")]
    path.write_text(option(aliases("x", 4)))
    assert len(load(path).flows[0].actions[0].option["a3"]) == 10


def test_a_file_that_never_ends_is_refused() -> None:
    with pytest.raises(InvalidSeed, match="it has more than 67,108,864 bytes"):
        load(Path("/dev/zero"))


@pytest.mark.parametrize("dollars", ["9000000000000", "-9000000000000", "1e-999999999", "0.000001"])
def test_the_largest_and_smallest_balances_are_stored(harness: ControlHarness, dollars: str) -> None:
    assert (
        harness.send("POST", "/seed", json.dumps({"customers": [{"name": "a", "balance": dollars}]}).encode()).status
        == 200
    )
    stored = next(one.balance_credit for one in harness.fake.state.customers.values() if one.name == "a")
    assert abs(stored) < 2**63
