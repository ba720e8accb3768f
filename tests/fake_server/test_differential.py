"""Pydantic, jsonschema and the fake judge the same JSON, and agree, but for what is listed here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ValidationError
from pytest_providercalls.contracts import EDITIONS, Request, Safety, check, schema, strategies
from pytest_providercalls.contracts.models import requests, responses
from pytest_providercalls.contracts.operations import OPERATIONS
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.probe_target import FakeTarget

FAKE = FakeVoipbin()
START = FAKE.snapshot()
PROVIDER = FAKE.provider.id
ANSWERS = [model for model in responses.RESOURCES if model not in (responses.Address, responses.Action)]
Path = tuple[str | int, ...]
each_edition = pytest.mark.parametrize("edition", EDITIONS)

ODD = [None, True, 0, 7, -1, 1.5, 2**63, "", "nope", "7", PROVIDER, PROVIDER.upper(), [], [None], {}, {"type": 7}]
"""What a value may become: of each type of JSON, on both sides of each limit."""


# near-valid JSON


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """The path of every value within a value."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def replaced(value: Any, path: Path, change: Callable[[Any], Any]) -> Any:
    """A copy in which one value is changed."""
    if not path:
        return change(value)
    copy = value.copy()
    copy[path[0]] = replaced(value[path[0]], path[1:], change)
    return copy


def without(value: Any) -> Any:
    """An object without its first key, an array without its first item; anything else is null."""
    if isinstance(value, dict):
        return dict(list(value.items())[1:])
    return value[1:] if isinstance(value, list) else None


def with_more(value: Any) -> Any:
    """An object with a key more, an array with an item more, a text with a character more."""
    if isinstance(value, dict):
        return {**value, "surprise": 1}
    if isinstance(value, list):
        return [*value, None]
    return f"{value} " if isinstance(value, str) else None


@st.composite
def bent(draw: st.DrawFn, value: Any, odd: list[Any]) -> Any:
    """A value in which one thing, anywhere, is another."""
    change = draw(st.sampled_from([without, with_more]) | st.sampled_from(odd).map(lambda new: lambda _: new))
    return replaced(value, draw(st.sampled_from(list(places(value)))), change)


# the judges


def pydantic_takes(model: type[BaseModel], value: Any) -> bool:
    try:
        model.model_validate_json(json.dumps(value))
    except ValidationError:
        return False
    return True


@cache
def validator(name: str, edition: str | None) -> Draft202012Validator:
    return Draft202012Validator(schema(name, edition))


def jsonschema_takes(name: str, value: Any, edition: str | None = None) -> bool:
    return bool(validator(name, edition).is_valid(value))


def fake_takes(path: str, value: Any) -> bool:
    """Whether the fake can read a body, whatever it makes of it then."""
    FAKE.restore(START)
    headers = (("Authorization", f"Bearer {FAKE.super_admin.token}"),)
    FAKE.handle(Request("POST", path, headers, json.dumps(value).encode()))
    return ("PC-NEW-33", False) not in FAKE.requests[-1].rule_outcomes


# requests

TEXTS = st.sampled_from(["", "Sales", "Zoë"])
BODIES: dict[str, tuple[type[BaseModel], st.SearchStrategy[Any]]] = {
    "/v1.0/providercalls": (requests.ProviderCallRequest, strategies.providercall_bodies(PROVIDER)),
    "/v1.0/calls": (
        requests.CallRequest,
        st.fixed_dictionaries(
            {"source": strategies.addresses(), "destinations": st.lists(strategies.addresses(), max_size=2)},
            optional={
                "variables": st.dictionaries(TEXTS, TEXTS, max_size=2),
                "flow_id": TEXTS,
                "actions": st.lists(strategies.actions(), max_size=1),
            },
        ),
    ),
    "/v1.0/groupcalls": (
        requests.GroupcallRequest,
        st.fixed_dictionaries({"destinations": st.lists(strategies.addresses(), max_size=2), "ring_method": TEXTS}),
    ),
    "/v1.0/flows": (
        requests.FlowRequest,
        st.fixed_dictionaries({"name": TEXTS, "actions": st.lists(strategies.actions(), max_size=2)}),
    ),
    "/v1.0/providers": (
        requests.ProviderRequest,
        st.fixed_dictionaries({"hostname": TEXTS, "tech_headers": st.dictionaries(TEXTS, TEXTS, max_size=1)}),
    ),
    "/v1.0/accesskeys": (
        requests.AccesskeyRequest,
        st.fixed_dictionaries({"name": TEXTS, "expire": st.integers(-(2**63), 2**63 - 1)}),
    ),
}


@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize("path", BODIES)
@given(data=st.data())
def test_three_judges_agree_about_a_request(path: str, data: st.DataObject) -> None:
    model, bodies = BODIES[path]
    good = data.draw(bodies, "good")
    body = data.draw(st.just(good) | bent(good, ODD), "body")
    verdicts = {
        "pydantic": pydantic_takes(model, body),
        "jsonschema": jsonschema_takes(model.__name__, body),
        "fake": fake_takes(path, body),
    }
    if body is None:
        # The differences are below.
        assert verdicts == {"pydantic": False, "jsonschema": False, "fake": True}
    else:
        assert len(set(verdicts.values())) == 1, verdicts


@settings(max_examples=60, deadline=None)
@given(strategies.invalid_providercall_bodies(PROVIDER, rules=["PC-NEW-33"]))
def test_three_judges_refuse_what_is_no_request(invalid: strategies.InvalidBody) -> None:
    assert not pydantic_takes(requests.ProviderCallRequest, invalid.body)
    assert not jsonschema_takes("ProviderCallRequest", invalid.body)
    assert not fake_takes("/v1.0/providercalls", invalid.body)


DIFFERENCES = {
    "null for a whole body is {}, as Go reads it (gateway.md 5.1)": ("/v1.0/flows", b"null", "fake"),
    "what follows the first value is not read (GW-BODY-01)": ("/v1.0/flows", b'{"name": "a"} and more', "fake"),
    "a key in another case is the same key (GW-BODY-01)": ("/v1.0/flows", b'{"NAME": 7}', "pydantic jsonschema"),
    "of two equal keys the second counts, if it is not null": (
        "/v1.0/flows",
        b'{"name": 7, "name": "a"}',
        "pydantic jsonschema",
    ),
    "7.0 is an integer in JSON Schema, and a float in Go": ("/v1.0/accesskeys", b'{"expire": 7.0}', "jsonschema"),
    "Python's `$` lets a newline follow": (
        "/v1.0/providercalls",
        json.dumps({"provider_id": PROVIDER + "\n"}).encode(),
        "jsonschema",
    ),
    "half of a surrogate pair becomes U+FFFD in Go": ("/v1.0/flows", b'{"name": "\\ud800"}', "jsonschema fake"),
    "what is nested more than 400 deep, jsonschema alone reads": (
        "/v1.0/flows",
        b'{"surprise": ' + b"[" * 600 + b"]" * 600 + b"}",
        "jsonschema",
    ),
}
"""About which body, and to what path, the judges differ, and who takes it all the same."""


@pytest.mark.parametrize("why", DIFFERENCES)
def test_a_difference_is_one(why: str) -> None:
    path, body, takers = DIFFERENCES[why]
    model, _ = BODIES[path]
    FAKE.restore(START)
    headers = (("Authorization", f"Bearer {FAKE.super_admin.token}"),)
    FAKE.handle(Request("POST", path, headers, body))
    found = {"fake": ("PC-NEW-33", False) not in FAKE.requests[-1].rule_outcomes}
    try:
        found["jsonschema"] = jsonschema_takes(model.__name__, json.loads(body))
    except ValueError:
        found["jsonschema"] = False
    try:
        found["pydantic"] = bool(model.model_validate_json(body))
    except ValidationError:
        found["pydantic"] = False
    assert {judge for judge, takes in found.items() if takes} == set(takers.split())
    assert len(set(found.values())) == 2


# answers


@cache
def given_answers(edition: str) -> list[tuple[str, Any]]:
    """What a fake answers once every rule has been probed there, each with the name of its model."""
    fake = FakeVoipbin(edition)
    check(FakeTarget(fake), Safety.BILLABLE)
    answered = [(one, _got(fake, one.path)) for one in OPERATIONS if one.method == "GET" and "{id}" not in one.path]
    pages = [(one, page["result"]) for one, page in answered if one.query]
    rows = [(_row_of(one.response_model), row) for one, page in pages for row in page[:5]]
    return [*rows, *((one.response_model.__name__, answer) for one, answer in answered if not one.query)]


def _got(fake: FakeVoipbin, path: str) -> Any:
    headers = (("Authorization", f"Bearer {fake.super_admin.token}"),)
    return fake.handle(Request("GET", path, headers)).json()


def _row_of(page: type[BaseModel]) -> str:
    (row,) = page.__pydantic_generic_metadata__["args"]
    return str(row.__name__)


@each_edition
def test_three_judges_take_what_the_fake_answers(edition: str) -> None:
    found = given_answers(edition)
    assert {name for name, _ in found} >= {model.__name__ for model in ANSWERS}
    for name, answer in found:
        assert pydantic_takes(getattr(responses, name), answer), (name, answer)
        assert jsonschema_takes(name, answer), (name, answer)
        assert jsonschema_takes(name, answer, edition), (name, answer)


@settings(max_examples=100, deadline=None)
@each_edition
@given(data=st.data())
def test_two_judges_agree_about_a_bent_answer(edition: str, data: st.DataObject) -> None:
    name, answer = data.draw(st.sampled_from(given_answers(edition)), "answer")
    bad = data.draw(bent(answer, ODD), "bent")
    assert pydantic_takes(getattr(responses, name), bad) is jsonschema_takes(name, bad)
    # An edition takes nothing that no edition takes.
    assert jsonschema_takes(name, bad) or not jsonschema_takes(name, bad, edition)


def test_a_time_with_a_newline_is_taken_by_jsonschema_alone() -> None:
    """Python's `$` lets a newline follow: the schema is right, the library is not."""
    _, answer = next(one for one in given_answers("documented") if one[0] == "Provider")
    bad = {**answer, "tm_create": answer["tm_create"] + "\n"}
    assert (pydantic_takes(responses.Provider, bad), jsonschema_takes("Provider", bad)) == (False, True)
