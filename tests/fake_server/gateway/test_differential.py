"""pydantic, jsonschema and the fake validate the same JSON, and agree except for the differences listed here."""

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
from pytest_providercalls.contracts.models import requests, responses, routing
from pytest_providercalls.contracts.operations.table import OPERATIONS
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.probe_target import FakeTarget

FAKE = FakeVoipbin()
START = FAKE.snapshot()
PROVIDER = FAKE.provider.id
RESPONSE_MODELS = [model for model in responses.RESOURCES if model not in (responses.Address, responses.Action)]
MODELS = {one.model.__name__: one.model for one in OPERATIONS}
Path = tuple[str | int, ...]
each_edition = pytest.mark.parametrize("edition", EDITIONS)

_STRINGS = ["", "nope", "7", PROVIDER, PROVIDER.upper()]
REPLACEMENTS = [None, True, 0, 7, -1, 1.5, 2**63, *_STRINGS, [], [None], {}, {"type": 7}]
"""Replacement values: of each JSON type, on both sides of each limit."""


# near-valid JSON


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the path of every nested value."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from paths(item, (*path, key))


def replace_at(value: Any, path: Path, change: Callable[[Any], Any]) -> Any:
    """Return a copy in which the value at `path` is changed."""
    if not path:
        return change(value)
    copy = value.copy()
    copy[path[0]] = replace_at(value[path[0]], path[1:], change)
    return copy


def shortened(value: Any) -> Any:
    """Remove the first key of an object or the first item of an array. Any other value becomes null."""
    if isinstance(value, dict):
        return dict(list(value.items())[1:])
    return value[1:] if isinstance(value, list) else None


def extended(value: Any) -> Any:
    """Add a key to an object, an item to an array, or a space to a string. Any other value becomes null."""
    if isinstance(value, dict):
        return {**value, "surprise": 1}
    if isinstance(value, list):
        return [*value, None]
    return f"{value} " if isinstance(value, str) else None


@st.composite
def mutated(draw: st.DrawFn, value: Any, replacements: list[Any]) -> Any:
    """Draw a copy of `value` in which one nested value is changed."""
    change = draw(st.sampled_from([shortened, extended]) | st.sampled_from(replacements).map(lambda new: lambda _: new))
    return replace_at(value, draw(st.sampled_from(list(paths(value)))), change)


# the validators


def pydantic_accepts(model: type[BaseModel], value: Any) -> bool:
    try:
        model.model_validate_json(json.dumps(value))
    except ValidationError:
        return False
    return True


@cache
def validator(name: str, edition: str | None) -> Draft202012Validator:
    return Draft202012Validator(schema(name, edition))


def jsonschema_accepts(name: str, value: Any, edition: str | None = None) -> bool:
    return bool(validator(name, edition).is_valid(value))


def fake_accepts(path: str, value: Any) -> bool:
    """Return whether the fake can decode a body. It may still refuse the request for another reason."""
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
def test_all_validators_agree_about_a_request(path: str, data: st.DataObject) -> None:
    model, bodies = BODIES[path]
    good = data.draw(bodies, "good")
    body = data.draw(st.just(good) | mutated(good, REPLACEMENTS), "body")
    verdicts = {
        "pydantic": pydantic_accepts(model, body),
        "jsonschema": jsonschema_accepts(model.__name__, body),
        "fake": fake_accepts(path, body),
    }
    if body is None:
        # The differences are below.
        assert verdicts == {"pydantic": False, "jsonschema": False, "fake": True}
    else:
        assert len(set(verdicts.values())) == 1, verdicts


@settings(max_examples=60, deadline=None)
@given(strategies.invalid_providercall_bodies(PROVIDER, rules=["PC-NEW-33"]))
def test_all_validators_reject_an_invalid_request(invalid: strategies.InvalidBody) -> None:
    assert not pydantic_accepts(requests.ProviderCallRequest, invalid.body)
    assert not jsonschema_accepts("ProviderCallRequest", invalid.body)
    assert not fake_accepts("/v1.0/providercalls", invalid.body)


DIFFERENCES = {
    "a null body means {} in Go (gateway.md 5.1)": ("/v1.0/flows", b"null", "fake"),
    "the fake ignores text after the first value (GW-BODY-01)": ("/v1.0/flows", b'{"name": "a"} and more', "fake"),
    "keys are case-insensitive in Go (GW-BODY-01)": ("/v1.0/flows", b'{"NAME": 7}', "pydantic jsonschema"),
    "the first of two equal keys must also have the right type in Go": (
        "/v1.0/flows",
        b'{"name": 7, "name": "a"}',
        "pydantic jsonschema",
    ),
    "7.0 is an integer in JSON Schema, and a float in Go": ("/v1.0/accesskeys", b'{"expire": 7.0}', "jsonschema"),
    "`$` in a Python pattern matches before a final newline": (
        "/v1.0/providercalls",
        json.dumps({"provider_id": PROVIDER + "\n"}).encode(),
        "jsonschema",
    ),
    "a lone surrogate becomes U+FFFD in Go": ("/v1.0/flows", b'{"name": "\\ud800"}', "jsonschema fake"),
    "pydantic refuses an unknown field of 600 levels": (
        "/v1.0/flows",
        b'{"surprise": ' + b"[" * 600 + b"]" * 600 + b"}",
        "jsonschema fake",
    ),
    "the fake cannot store an option of 600 levels": (
        "/v1.0/flows",
        b'{"actions": [{"type": "answer", "option": {"a": ' + b"[" * 600 + b"]" * 600 + b"}}]}",
        "jsonschema",
    ),
}
"""Known differences: the path, the body, and the validators that accept it."""


@pytest.mark.parametrize("difference", DIFFERENCES)
def test_a_known_difference_exists(difference: str) -> None:
    path, body, accepting = DIFFERENCES[difference]
    model, _ = BODIES[path]
    FAKE.restore(START)
    headers = (("Authorization", f"Bearer {FAKE.super_admin.token}"),)
    FAKE.handle(Request("POST", path, headers, body))
    found = {"fake": ("PC-NEW-33", False) not in FAKE.requests[-1].rule_outcomes}
    try:
        found["jsonschema"] = jsonschema_accepts(model.__name__, json.loads(body))
    except ValueError:
        found["jsonschema"] = False
    try:
        found["pydantic"] = bool(model.model_validate_json(body))
    except ValidationError:
        found["pydantic"] = False
    assert {name for name, accepts in found.items() if accepts} == set(accepting.split())
    assert len(set(found.values())) == 2


# responses


MODELS = {one.model.__name__: one.model for one in OPERATIONS}


@cache
def responses_of(edition: str) -> list[tuple[str, Any]]:
    """Return the responses of a fake on which every rule was probed, each with the name of its model."""
    fake = FakeVoipbin(edition)
    check(FakeTarget(fake), Safety.BILLABLE)
    known = [operation for operation in OPERATIONS if edition not in operation.absent_in]
    gets = [one for one in known if one.method == "GET" and "{" not in one.path and one.statuses == (200,)]
    bodies = [(operation, _get(fake, operation.path)) for operation in gets]
    pages = [(operation, page["result"]) for operation, page in bodies if operation.query]
    rows = [(_row_model(operation.response_model), row) for operation, page in pages for row in page[:5]]
    return [*rows, *((operation.response_model.__name__, body) for operation, body in bodies if not operation.query)]


def _get(fake: FakeVoipbin, path: str) -> Any:
    headers = (("Authorization", f"Bearer {fake.super_admin.token}"),)
    return fake.handle(Request("GET", path, headers)).json()


def model_of(name: str) -> type[BaseModel]:
    found: type[BaseModel] = getattr(responses, name, None) or getattr(routing, name)
    return found


def _row_model(page: type[BaseModel]) -> str:
    (row,) = page.__pydantic_generic_metadata__["args"]
    return str(row.__name__)


@each_edition
def test_all_validators_accept_the_responses_of_the_fake(edition: str) -> None:
    found = responses_of(edition)
    assert {name for name, _ in found} >= {model.__name__ for model in RESPONSE_MODELS}
    for name, body in found:
        assert pydantic_accepts(MODELS[name], body), (name, body)
        assert jsonschema_accepts(name, body), (name, body)
        assert jsonschema_accepts(name, body, edition), (name, body)


@settings(max_examples=100, deadline=None)
@each_edition
@given(data=st.data())
def test_pydantic_and_jsonschema_agree_about_a_mutated_response(edition: str, data: st.DataObject) -> None:
    name, body = data.draw(st.sampled_from(responses_of(edition)), "body")
    bad = data.draw(mutated(body, REPLACEMENTS), "mutated")
    assert pydantic_accepts(MODELS[name], bad) is jsonschema_accepts(name, bad)
    # A schema without an edition accepts whatever any edition accepts.
    assert jsonschema_accepts(name, bad) or not jsonschema_accepts(name, bad, edition)


def test_only_jsonschema_accepts_a_time_with_a_newline() -> None:
    """`$` in a Python pattern matches before a final newline: the schema is right, the library is not."""
    _, body = next(pair for pair in responses_of("documented") if pair[0] == "Provider")
    bad = {**body, "tm_create": body["tm_create"] + "\n"}
    assert (pydantic_accepts(responses.Provider, bad), jsonschema_accepts("Provider", bad)) == (False, True)
