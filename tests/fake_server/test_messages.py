"""Messages for mistakes in a test's own arguments: what is wrong, a suggestion, and what is expected."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from pytest_providercalls.contracts.identity import Permission
from pytest_providercalls.contracts.probes import DESTINATION
from pytest_providercalls.fake_server import FakeVoipbin

from .scenario import client_of

Mistake = Callable[[FakeVoipbin], object]
MISTAKES: dict[str, tuple[type[Exception], Mistake, str]] = {
    "field of a customer": (
        TypeError,
        lambda fake: fake.add_customer(nme="x"),
        r"add_customer\(\): unknown argument 'nme' \(did you mean 'name'\?\)$",
    ),
    "field of an agent": (TypeError, lambda fake: fake.add_agent(usrname="x"), r"\(did you mean 'username'\?\)"),
    "field of an access key": (TypeError, lambda fake: fake.add_accesskey(nam="x"), r"\(did you mean 'name'\?\)"),
    "field of a provider": (TypeError, lambda fake: fake.add_provider(host="x"), r"\(did you mean 'hostname'\?\)"),
    "field of a flow": (TypeError, lambda fake: fake.add_flow(nme="x"), r"\(did you mean 'name'\?\)"),
    "own argument": (TypeError, lambda fake: fake.add_flow(custmer="x"), r"\(did you mean 'customer'\?\)"),
    "generated field": (TypeError, lambda fake: fake.add_provider(id="1"), "no argument 'id': the fake generates it"),
    "permission": (
        ValueError,
        lambda fake: fake.add_agent("custmer_admin"),
        r"unknown permission 'custmer_admin' \(did you mean 'customer_admin'\?\); expected one of customer_admin, .*su",
    ),
    "action": (
        ValueError,
        lambda fake: fake.add_flow([{"type": "tlak"}]),
        r"unknown action 'tlak' \(did you mean 'talk'\?\)",
    ),
    "fetched action": (
        ValueError,
        lambda fake: fake.add_fetchable("https://client.example", [{"type": "tlak"}]),
        r"\(did you mean 'talk'\?\)",
    ),
    "missing action": (ValueError, lambda fake: fake.add_flow([{"option": {}}]), "unknown action ''"),
    "field of an action": (
        ValueError,
        lambda fake: fake.add_flow([{"type": "talk", "options": {}}]),
        r"unknown field of an action 'options' \(did you mean 'option'\?\)",
    ),
    "case of a field": (ValueError, lambda fake: fake.add_flow([{"Type": "talk"}]), r"\(did you mean 'type'\?\)"),
    "no action": (TypeError, lambda fake: fake.add_flow(["talk"]), "'talk' is not an action"),  # type: ignore[list-item]
    "deleted provider": (
        KeyError,
        lambda fake: fake.delete_provider("nope"),
        r"^unknown provider 'nope'; expected the id of a provider: [0-9a-f-]{36}$",
    ),
    "name of a provider": (
        KeyError,
        lambda fake: fake.delete_provider("carrier"),
        "^unknown provider 'carrier': this is a name; pass the id, '",
    ),
    "similar id": (KeyError, lambda fake: fake.carrier(fake.provider.id[:-1]), r"\(did you mean '"),
    "carrier": (KeyError, lambda fake: fake.carrier("nope"), "unknown provider 'nope'"),
    "ladder": (KeyError, lambda fake: fake.ladder("nope"), "unknown call 'nope'; there is no call yet"),
    "ladder of another record": (KeyError, lambda fake: fake.ladder(fake.provider), "unknown call Provider"),  # type: ignore[arg-type]
    "cost": (KeyError, lambda fake: fake.ledger.cost_of("nope"), "unknown call 'nope'"),
    "customer": (KeyError, lambda fake: fake.add_agent(customer="nope"), "unknown customer 'nope'; expected the id"),
    "customer of a flow": (KeyError, lambda fake: fake.add_flow(customer="platform"), "'platform': this is a name"),
    "customer of webhooks": (
        KeyError,
        lambda fake: fake.webhooks.send_to(print, "https://client.example", customer="nope"),
        "unknown customer 'nope'",
    ),
    "token": (
        ValueError,
        lambda fake: fake.issue_token(next(iter(fake.state.agents.values())), kind="delegat"),
        r"unknown kind of token 'delegat' \(did you mean 'delegate'\?\); expected one of agent, delegate, direct",
    ),
    "snapshot": (TypeError, lambda fake: fake.restore("x"), "'x' is not a snapshot; expected the value that snapshot"),  # type: ignore[arg-type]
    "seconds": (TypeError, lambda fake: fake.clock.advance("5"), "cannot advance by '5': expected a number of seconds"),  # type: ignore[arg-type]
    "timedelta": (TypeError, lambda fake: fake.clock.advance(timedelta(seconds=5)), r"pass \.total_seconds\(\)"),  # type: ignore[arg-type]
    "number of calls": (TypeError, lambda fake: fake.assert_placed("1"), "times='1' is not a whole number"),  # type: ignore[arg-type]
    "fraction of calls": (TypeError, lambda fake: fake.assert_placed(1.0), "times=1.0 is not a whole number"),  # type: ignore[arg-type]
    "amount": (ValueError, lambda fake: fake.assert_cost("cheap"), "'cheap' is not an amount in dollars"),
    "infinite amount": (ValueError, lambda fake: fake.assert_cost(float("nan")), "nan is not an amount"),
    "lifecycle": (
        ValueError,
        lambda fake: FakeVoipbin(lifecycle="schedule"),
        r"unknown lifecycle 'schedule' \(did you mean 'scheduled'\?\)",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_has_a_helpful_message(name: str) -> None:
    kind, mistake, message = MISTAKES[name]
    fake = FakeVoipbin()
    with pytest.raises(kind, match=message):
        mistake(fake)
    assert (len(fake.state.customers), len(fake.state.agents), len(fake.flows)) == (2, 4, 0)


@pytest.mark.parametrize("name", ["customer_admin", "super_admin", "CUSTOMER_AGENT"])
def test_a_permission_can_be_named_as_in_seed_files(name: str) -> None:
    agent = FakeVoipbin().add_agent(permission=name)
    assert agent.permission == Permission[name.upper()]
    assert type(agent.permission) is int


def test_permissions_can_be_combined() -> None:
    both = Permission.CUSTOMER_ADMIN | Permission.CUSTOMER_AGENT
    assert FakeVoipbin().add_agent(both).permission == int(both)


@pytest.mark.parametrize("amount", [0.01, "0.01", "0.010", Decimal("0.01")])
def test_an_amount_can_be_a_float_a_text_or_a_decimal(amount: float | str | Decimal) -> None:
    fake = FakeVoipbin()
    sleep = {"type": "sleep", "option": {"duration": 60_000}}
    id = client_of(fake).place(actions=[sleep])["call_ids"][0]
    fake.calls[id].answer()
    fake.clock.advance(30)
    fake.assert_cost(amount)
    with pytest.raises(AssertionError, match=r"expected a cost of \$0.1, but it is \$0.01"):
        fake.assert_cost(0.1)


def test_a_provider_can_be_deleted_as_a_record() -> None:
    fake = FakeVoipbin()
    assert fake.delete_provider(fake.provider).tm_delete is not None


def test_the_body_of_a_request_can_be_read_as_json() -> None:
    fake = FakeVoipbin()
    api = client_of(fake)
    api.place()
    assert fake.requests[-1].json()["destinations"] == [DESTINATION]
    admin = fake.super_admin
    api.post("//auth/login", {"username": admin.username, "password": admin.password})
    login = fake.requests[-1].json()
    assert (login["username"], admin.password in str(login)) == (admin.username, False)
    api.get("/calls")
    with pytest.raises(ValueError, match="GET /v1.0/calls has no body"):
        fake.requests[-1].json()


def test_the_repr_shows_the_settings_and_the_counts_but_no_credentials() -> None:
    fake = FakeVoipbin("deployed", seed=7, lifecycle="scheduled")
    assert repr(fake) == ("<FakeVoipbin edition='server-2026-08' lifecycle='scheduled' seed=7: 0 requests, 0 calls>")
    client_of(fake).place()
    assert repr(fake).endswith(f": {len(fake.requests)} requests, 1 call>")
    assert not any(secret and secret in repr(fake) for secret in fake.state.tokens)
