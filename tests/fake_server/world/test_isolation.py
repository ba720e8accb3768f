"""Fakes share what they have in common until one of them changes it: no fake ever sees a change of another one."""

from __future__ import annotations

import copy
import json
import pickle
import re
import threading
from collections.abc import Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import fields
from datetime import timedelta
from itertools import count
from typing import Any, NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.calls.carriers import SCRIPTS
from pytest_providercalls.fake_server.world import state
from pytest_providercalls.fake_server.world.copies import copied
from pytest_providercalls.fake_server.world.credential_owner import CredentialOwner, CredentialRegistry
from pytest_providercalls.fake_server.world.state import State, Table
from pytest_providercalls.fake_server.world.values import EMPTY_MAP, SharedMap, customer_metadata

from ..scenario import client_of
from .steps import Between

Dump = dict[str, Any]
PARTS = (*State().parts(), "sections")
TABLES = tuple(name for name, part in State().parts().items() if isinstance(part, Table))


def dump(fake: FakeVoipbin) -> Dump:
    """Everything that a fake remembers, as values that no later change reaches."""
    state = fake.state
    found: Dump = {name: _values(part) for name, part in state.parts().items()}
    # A section exists once it has been used.
    sections = [(_values(one), _values(section.make())) for section, one in state.sections.items()]
    found["sections"] = sorted(one for one, empty in sections if one != empty)
    return {**found, "requests": list(map(str, fake.requests)), "ids": fake.ids.state(), "now": fake.clock.now()}


def _values(part: Any) -> str:
    if isinstance(part, Table):
        part = [{one.name: getattr(record, one.name) for one in fields(record)} for record in part.values()]
    # The engine of a call and the key of a fault are objects of one fake.
    return re.sub("0x[0-9a-f]+", "", repr(_shown(part)))


def _shown(part: Any) -> Any:
    """The same with the attributes of what a section keeps that has no repr of its own."""
    if isinstance(part, MutableMapping):
        return {repr(key): _shown(value) for key, value in part.items()}
    if type(part) in (list, tuple):
        return [*map(_shown, part)]
    if hasattr(part, "copy") and type(part).__repr__ is object.__repr__:
        return {name: _shown(value) for name, value in vars(part).items()}
    return part


def owner(name: str) -> CredentialOwner:
    return CredentialOwner(name, CredentialRegistry())


def a_fake(name: str = "one test") -> FakeVoipbin:
    return FakeVoipbin(owner=owner(name))


def change(value: Any) -> Any:
    """A value of about the same type that differs."""
    if isinstance(value, bool) or value is None:
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    return f"{value}, changed"


# a fake that changes, one that was created before and is first used afterwards, and one that is created later


@pytest.mark.parametrize("table", TABLES)
def test_no_fake_sees_changed_records(table: str) -> None:
    changed, earlier, expected = a_fake(), a_fake(), dump(a_fake())
    for record in getattr(changed.state, table).values():
        for one in fields(record):
            setattr(record, one.name, change(getattr(record, one.name)))
    assert dump(earlier) == dump(a_fake()) == expected
    changed.reset()
    assert dump(changed) == expected


@pytest.mark.parametrize("part", PARTS)
def test_no_fake_sees_what_is_added_or_removed(part: str) -> None:
    changed, earlier, expected = a_fake(), a_fake(), dump(a_fake())
    found = getattr(changed.state, part)
    if isinstance(found, Table):
        added = copied(changed.provider)
        added.id = "added"
        for record in list(found.values()):
            found.remove(record)
        found._owner = None
        found.add(added)
    else:
        found.clear()
        found["added"] = found
    assert dump(earlier) == dump(a_fake()) == expected
    changed.reset()
    assert dump(changed) == expected


def test_no_fake_sees_a_change_inside_a_section() -> None:
    changed, earlier, expected = a_fake(), a_fake(), dump(a_fake())
    for section in changed.state.sections.values():
        if isinstance(section, MutableMapping):
            section["added"] = ()
    changed.state.sections[SCRIPTS].update(dict.fromkeys(changed.providers, ()))
    assert dump(earlier) == dump(a_fake()) == expected


OPERATIONS: dict[str, Callable[[FakeVoipbin], object]] = {
    "add a customer": lambda fake: fake.add_customer(numbers=["+12025550123"]),
    "add an agent": lambda fake: fake.add_agent("customer_manager"),
    "add an access key": lambda fake: fake.add_accesskey(),
    "add a provider": lambda fake: fake.add_provider(metadata={"a": {"b": [1]}}),
    "add a flow": lambda fake: fake.add_flow([{"type": "answer"}]),
    "add actions to fetch": lambda fake: fake.add_fetchable("https://actions.example", [{"type": "hangup"}]),
    "add a number": lambda fake: fake.add_number("+12025550177"),
    "add an extension": lambda fake: fake.add_extension("100", ["sip:100@phone.example"]),
    "add a route": lambda fake: fake.add_route(fake.provider),
    "delete the provider": lambda fake: fake.delete_provider(fake.provider),
    "rename the provider": lambda fake: setattr(fake.provider, "name", "renamed"),
    "script the carrier": lambda fake: fake.carrier().busy(),
    "add a fault": lambda fake: fake.faults.add("error", status=503, nth=50),
    "place a call": lambda fake: client_of(fake).post("/providercalls", client_of(fake).body()),
    "list": lambda fake: fake.handle(Request("GET", f"/v1.0/customers?token={fake.super_admin.token}")),
    "advance": lambda fake: fake.clock.advance(100),
    "issue a token": lambda fake: fake.issue_token(next(iter(fake.state.agents.values()))),
    "freeze a customer": lambda fake: setattr(next(iter(fake.state.customers.values())), "status", "frozen"),
    "reset": lambda fake: fake.reset(),
    "restore": lambda fake: fake.restore(fake.snapshot()),
}
sequences = st.lists(st.sampled_from(list(OPERATIONS)), max_size=6, unique=True)


@settings(max_examples=15)
@given(sequences, sequences)
def test_two_fakes_in_turns_are_as_each_alone(first: list[str], second: list[str]) -> None:
    alone = []
    for sequence in (first, second):
        fake = a_fake()
        for name in sequence:
            OPERATIONS[name](fake)
        alone.append(dump(fake))
    one, other = a_fake(), a_fake()
    for turn in range(6):
        for fake, sequence in ((one, first), (other, second)):
            for name in sequence[turn : turn + 1]:
                OPERATIONS[name](fake)
    assert [dump(one), dump(other)] == alone


# snapshots


@pytest.mark.parametrize("name", [name for name in OPERATIONS if name not in ("reset", "restore", "advance")])
def test_snapshot_and_fakes_restored_from_it_share_nothing(name: str) -> None:
    fake, other = a_fake(), a_fake("another test")
    client_of(fake).place()
    snapshot, expected = fake.snapshot(), dump(fake)
    fake.restore(snapshot)
    other.restore(snapshot)
    OPERATIONS[name](fake)
    assert dump(fake) != expected
    assert dump(other) == expected
    fake.restore(snapshot)
    assert dump(fake) == expected


def test_restored_fake_has_the_users_and_the_provider_of_the_snapshot() -> None:
    fake, other = FakeVoipbin(seed=1), FakeVoipbin(seed=2)
    other.restore(fake.snapshot())
    assert (other.super_admin, other.customer_agent, other.provider) == (
        fake.super_admin,
        fake.customer_agent,
        fake.provider,
    )
    assert other.handle(Request("GET", f"/v1.0/calls?token={other.super_admin.token}")).status == 200


def test_lists_and_dictionaries_in_records_are_copied() -> None:
    fake = FakeVoipbin()
    id = fake.add_provider(tech_headers={"X": "1"}, metadata={"a": {"b": [1]}}).id
    snapshot = fake.snapshot()
    record: Any = fake.providers[id]
    record.tech_headers["X"] = "2"
    record.metadata["a"]["b"].append(2)
    for _ in range(2):
        fake.restore(snapshot)
        record = fake.providers[id]
        assert (record.tech_headers, record.metadata) == ({"X": "1"}, {"a": {"b": [1]}})
        record.metadata["a"]["b"].append(3)


def test_state_survives_any_number_of_snapshots() -> None:
    # A part that is never used must not be copied by way of all earlier snapshots.
    fake = a_fake()
    for _ in range(1_200):
        fake.restore(fake.snapshot())
    assert dump(fake) == dump(a_fake())


# what records share


@pytest.mark.parametrize(
    "change_map",
    [
        lambda shared: shared.update(a=1),
        lambda shared: shared.setdefault("a", 1),
        lambda shared: shared.__setitem__("a", 1),
        lambda shared: shared.__ior__({"a": 1}),
        lambda shared: shared.pop("rtp_debug", None),
        lambda shared: shared.popitem(),
        lambda shared: shared.clear(),
        lambda shared: shared.__delitem__("rtp_debug"),
    ],
)
@pytest.mark.parametrize("shared", [EMPTY_MAP, customer_metadata()])
def test_mapping_that_records_share_cannot_be_changed(shared: Any, change_map: Callable[[Any], object]) -> None:
    before = dict(shared)
    with pytest.raises(TypeError, match="shared by all records that have not set it; assign a new one to the field"):
        change_map(shared)
    assert shared == before


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, dict, lambda shared: pickle.loads(pickle.dumps(shared))]
)
def test_copy_of_a_shared_mapping_is_an_ordinary_dictionary(duplicate: Callable[[Any], Any]) -> None:
    shared = SharedMap(a=1)
    found = duplicate(shared)
    found["b"] = 2
    assert (type(found), found, shared) == (dict, {"a": 1, "b": 2}, {"a": 1})


# what is made when it is first used


def test_fake_that_is_not_used_copies_nothing() -> None:
    fake = a_fake()
    assert not vars(fake.state).keys() & State().parts().keys() and not fake.state.sections
    assert fake.super_admin.token in fake.state.tokens
    assert not fake.state.has_used("agents")


def place(fake: FakeVoipbin) -> int:
    """Place a call. Return the status of the response."""
    source, destination = ({"type": "tel", "target": target} for target in ("+12025550100", "+12025550143"))
    body = {"provider_id": a_fake().provider.id, "source": source, "destinations": [destination]}
    target = f"/v1.0/providercalls?token={fake.super_admin.token}"
    return fake.handle(Request("POST", target, (), json.dumps(body).encode())).status


def test_request_reads_the_records_that_all_fakes_share() -> None:
    fake = a_fake()
    assert place(fake) == 200
    assert not any(map(fake.state.has_used, ("customers", "providers", "addresses", "calls", "activeflows")))
    assert (len(fake.calls), len(fake.activeflows)) == (1, 1)
    assert fake.state.shared.calls is fake.state.calls


@pytest.mark.parametrize("restored", [False, True])
@pytest.mark.parametrize(
    "change_records",
    [
        lambda fake: setattr(fake.provider, "tm_delete", fake.clock.now()),
        lambda fake: fake.state.providers.remove(fake.provider),
        lambda fake: [setattr(one, "status", "deleted") for one in fake.state.customers.values()],
    ],
)
def test_request_reads_what_a_test_has_changed(restored: bool, change_records: Callable[[FakeVoipbin], object]) -> None:
    fake, other = a_fake(), a_fake("another test")
    assert place(fake) == 200
    if restored:
        fake.restore(fake.snapshot())
    change_records(fake)
    assert (place(fake) >= 400, place(other)) == (True, 200)


def test_interrupt_while_a_part_is_made_hides_no_change() -> None:
    def interrupt() -> NoReturn:
        raise KeyboardInterrupt

    for step in count(1):
        fake = a_fake()
        assert fake.super_admin.token
        between = Between(step, interrupt, (state.__file__,))
        with suppress(KeyboardInterrupt):
            between.during(lambda fake=fake: fake.state.customers)  # type: ignore[misc]
        for customer in fake.state.customers.values():
            customer.status = "deleted"
        assert place(fake) == 400, step
        if not between.has_run:
            break
    assert step > 20


def test_every_agent_is_known_although_a_test_uses_one() -> None:
    used, asked = a_fake(), a_fake()
    users = (used.super_admin, used.customer_admin, used.customer_manager, used.customer_agent)
    assert asked.super_admin == users[0]
    for user in users:
        for credential in (f"token={user.token}", f"accesskey={user.accesskey}"):
            assert asked.handle(Request("GET", f"/v1.0/calls?{credential}")).status != 401


def test_tokens_are_an_ordinary_mapping() -> None:
    fake = a_fake()
    late = fake.issue_token(fake.add_agent(), lifetime=timedelta(days=1))
    tokens = fake.state.tokens
    assert tokens.keys() == {late, *(agent.token for agent in fake.state.agents.values())}
    fake.restore(snapshot := fake.snapshot())
    assert (tokens.pop(late).kind, late in tokens, late in fake.state.tokens) == ("agent", False, True)
    del fake.state.tokens[late]
    fake.restore(snapshot)
    assert fake.state.tokens[late].kind == "agent"


def test_owner_of_credentials_is_known_before_anyone_can_see_them() -> None:
    registry = CredentialRegistry()
    one, other = (FakeVoipbin(owner=CredentialOwner(name, registry)) for name in ("one", "other"))
    token = one.super_admin.token
    assert other.handle(Request("GET", f"/v1.0/calls?token={token}")).status == 401
    assert "this token belongs to one" in other.requests[0].notes[0]


def test_two_threads_that_use_a_part_first_get_the_same_one() -> None:
    both = threading.Barrier(2)

    def make(_name: str) -> dict[str, str]:
        both.wait(60)
        return {}

    state: Any = State(make)
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: state.secrets, range(2))
    assert first is second is state.secrets


def test_unknown_part_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'State' object has no attribute 'phones'"):
        _ = FakeVoipbin().state.phones  # type: ignore[attr-defined]


def test_tokens_are_made_while_a_thread_reads_credentials() -> None:
    fake = a_fake()
    assert fake.super_admin.token

    class Tokens(dict[str, Any]):
        def __getitem__(self, token: str) -> Any:
            # What another thread may do at the same time.
            assert fake.customer_admin.token and fake.customer_agent.token
            return super().__getitem__(token)

    fake.state.make._initial.tokens = Tokens(fake.state.make._initial.tokens)  # type: ignore[attr-defined]
    try:
        assert fake.state.tokens.get(fake.super_admin.token)
    finally:
        fake.state.make._initial.tokens = dict(fake.state.make._initial.tokens)  # type: ignore[attr-defined]
