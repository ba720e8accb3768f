"""What a world and a context return and record for a rule that they break, and for one that they do not break."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pytest_providercalls.contracts.editions import EDITIONS
from pytest_providercalls.contracts.formats.go_uuids import NIL
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.contracts.rule import Rule
from pytest_providercalls.contracts.rules import gateway, lists, providercall_placement, providercalls
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.mutants.registry import MUTANTS, ResponseReplaced
from pytest_providercalls.fake_server.mutants.seams import MutatedWorld
from pytest_providercalls.fake_server.world.clock import Clock
from pytest_providercalls.fake_server.world.journal import Trace
from pytest_providercalls.fake_server.world.state import State
from pytest_providercalls.fake_server.world.world import RequestRefused, RuleContext, World

OTHER = gateway.ping_answers
"""A rule that no test here checks: a world that breaks it behaves correctly otherwise."""
SIZE = lists.page_size_bounded
"""Its mutant returns 1."""
ORDER = lists.newest_first
"""Its mutant reverses a list."""
UUID = gateway.typed_id_is_uuid
"""Its mutant returns the nil UUID."""
DELETION = providercalls.delete_is_soft
"""It has no mutant: a fake that breaks it does nothing."""

either_seam = pytest.mark.parametrize("seam", ["world", "context"])


def broken_world(*broken: Rule, edition: str = "documented") -> MutatedWorld:
    world = MutatedWorld(EDITIONS[edition], 0, Clock(), frozenset(rule.id for rule in broken))
    world.state = State()
    return world


def broken_context(*broken: Rule) -> RuleContext:
    return broken_world(*broken).system_context(NIL)


def broken_seam(seam: str, rule: Rule) -> tuple[World | RuleContext, Trace]:
    """Return a world or a context that breaks a rule, with its trace."""
    world = broken_world(rule)
    if seam == "world":
        return world, world.journal.trace
    ctx = world.system_context(NIL)
    return ctx, ctx.trace


def call_fake(fake: FakeVoipbin, path: str) -> Response:
    token = (("Authorization", f"Bearer {fake.super_admin.token}"),)
    return fake.handle(Request("GET", path, token))


@either_seam
def test_a_broken_rule_is_not_followed(seam: str) -> None:
    broken, trace = broken_seam(seam, SIZE)
    assert broken.follows(SIZE, 100) == 1
    assert trace == [SIZE.id]


@either_seam
def test_an_unbroken_rule_is_followed(seam: str) -> None:
    broken, trace = broken_seam(seam, OTHER)
    assert broken.follows(SIZE, 100) == 100
    assert trace == [SIZE]


@either_seam
def test_a_mutant_receives_the_context_the_value_and_the_subject(seam: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MUTANTS, SIZE.id, lambda *arguments: arguments)
    broken, _ = broken_seam(seam, SIZE)
    received: object = broken.follows(SIZE, 100, "subject")
    assert received == (broken, 100, "subject")


@either_seam
def test_a_broken_rule_is_not_enforced(seam: str) -> None:
    broken, trace = broken_seam(seam, SIZE)
    assert not broken.enforces(SIZE)
    assert trace == [SIZE.id]


@either_seam
def test_an_unbroken_rule_is_enforced(seam: str) -> None:
    broken, trace = broken_seam(seam, OTHER)
    assert broken.enforces(SIZE)
    assert trace == [SIZE]


@pytest.mark.parametrize("condition", [True, False])
def test_a_broken_rule_allows_everything(condition: bool) -> None:
    ctx = broken_context(UUID)
    assert ctx.allows(UUID, condition)
    ctx.require(UUID, condition)
    assert ctx.trace == [UUID, UUID]


def test_an_unbroken_rule_allows_only_what_meets_the_condition() -> None:
    ctx = broken_context(OTHER)
    assert ctx.allows(UUID, True)
    assert not ctx.allows(UUID, False)
    assert ctx.trace == [UUID, UUID.id]
    with pytest.raises(RequestRefused):
        ctx.require(UUID, False)


def test_a_broken_rule_replaces_only_a_missing_value() -> None:
    ctx = broken_context(UUID)
    assert ctx.require_value(UUID, None) == NIL
    assert ctx.require_value(UUID, "id") == "id"
    assert ctx.trace == [UUID, UUID]


def test_a_mutant_invents_a_value_for_the_subject() -> None:
    ctx = broken_context(providercalls.record_exists)
    record: Any = ctx.require_value(providercalls.record_exists, None, "the id")
    assert record.id == "the id"


def test_an_unbroken_rule_refuses_a_missing_value() -> None:
    ctx = broken_context(OTHER)
    assert ctx.require_value(UUID, "id") == "id"
    with pytest.raises(RequestRefused) as refused:
        ctx.require_value(UUID, None, name="id", detail="no")
    assert refused.value.answer is UUID.answers["documented"]
    assert ctx.trace == [UUID, UUID.id]


@pytest.mark.parametrize(
    ("broken", "value", "trace"),
    [
        ([OTHER], [1, 2], [ORDER, SIZE]),
        ([ORDER], [2, 1], [ORDER.id, SIZE]),
        ([SIZE], 1, [ORDER, SIZE.id]),
        ([ORDER, SIZE], 1, [ORDER.id, SIZE.id]),
    ],
)
def test_each_broken_rule_of_several_replaces_the_value(broken: list[Rule], value: object, trace: Trace) -> None:
    ctx = broken_context(*broken)
    assert ctx.follows_all((ORDER, SIZE), [1, 2]) == value
    assert ctx.trace == trace


def test_a_broken_action_does_not_happen() -> None:
    ctx, done = broken_context(DELETION), list[str]()
    ctx.apply(DELETION, done.append, "deleted")
    assert done == []
    assert ctx.trace == [DELETION.id]


def test_a_mutant_replaces_a_broken_action(monkeypatch: pytest.MonkeyPatch) -> None:
    ctx, done, called = broken_context(DELETION), list[str](), list[object]()
    monkeypatch.setitem(MUTANTS, DELETION.id, lambda *arguments: called.extend(arguments))
    ctx.apply(DELETION, lambda _, record: done.append(record), "first", "record")
    assert done == []
    assert called == [ctx, "record", None]
    assert ctx.trace == [DELETION.id]


def test_an_unbroken_action_happens() -> None:
    ctx, done = broken_context(OTHER), list[str]()
    ctx.apply(DELETION, done.append, "deleted")
    assert done == ["deleted"]
    assert ctx.trace == [DELETION]


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_broken_rule_reverses_its_edition_flag_and_no_other(edition: str) -> None:
    rule = providercall_placement.updated_on_create
    correct = EDITIONS[edition]
    world = broken_world(rule, OTHER, edition=edition)
    expected = not correct.sets_tm_update_on_create
    assert world.flag(rule) is world.system_context(NIL).flag(rule) is expected
    assert world.edition == replace(correct, sets_tm_update_on_create=expected)
    assert correct is EDITIONS[edition]
    assert broken_world(OTHER, edition=edition).edition == correct


def test_unknown_rule_cannot_be_broken() -> None:
    with pytest.raises(ValueError, match="unknown rules NO-1, NO-2; see contracts.RULES"):
        MutatedWorld(EDITIONS["documented"], 0, Clock(), frozenset({"NO-2", "NO-1", OTHER.id}))


def test_a_handler_that_fails_behind_a_broken_rule_returns_500(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MUTANTS, ORDER.id, lambda *_: None)
    fake = FakeVoipbin(broken=[ORDER])
    assert call_fake(fake, "/v1.0/calls") == Response(500, (("Content-Length", "0"),))
    assert fake.requests[-1].status == 500
    assert fake.requests[-1].refused_by == ORDER.id
    assert call_fake(fake, "/v1.0/providercalls/nope").status == 400


def test_a_mutant_can_respond_instead_of_the_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    def replace_response(*_: object) -> None:
        raise ResponseReplaced({"replaced": True})

    monkeypatch.setitem(MUTANTS, ORDER.id, replace_response)
    response = call_fake(FakeVoipbin(broken=[ORDER]), "/v1.0/calls")
    assert (response.status, response.body) == (200, b'{"replaced":true}')
