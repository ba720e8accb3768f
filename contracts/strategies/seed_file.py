"""Strategies for seed files (customers, agents, providers, flows) and for carrier scripts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache
from typing import Any

from hypothesis import strategies as st

from . import action
from .address import FICTION, numbers
from .json_values import Parts, arrays, objects

Script = list[Any]
Seed = dict[str, Any]

_NUMBERS = numbers("us")
_AFTER = {"after": st.sampled_from([0, 0.5, 3, 59.5])}
_NAMES = st.sampled_from(["", "Sales", "Zoë Ōno"])
_CONTACTS = st.lists(st.sampled_from(["sip:2000@pbx.invalid", "sip:2000@phone.invalid"]), max_size=2, unique=True)
_TAGS = ["6f9b1e9e-1f4e-4c52-9d0a-3c8f6a0f7a11", "b1d1c6ce-6e7a-4d2b-8a55-0d4f9a9c7e22"]

# carriers

LINES: Mapping[str, Parts] = {
    "busy": {},
    "answers": {**_AFTER, "digits": st.sampled_from(["", "1", "#", "0123", "*"]), "machine": st.booleans()},
    "hangs_up": _AFTER,
    "never_ends": {},
    "rejects": {**_AFTER, "sip": st.sampled_from([403, 404, 480, 486, 503, 603])},
    "no_answer": _AFTER,
    "never_answers": {},
}
"""The script lines that can match some calls only, each with its other options."""
ABOUT_EVERY_CALL = ("auth_fails", "unreachable")
"""The script lines that always match every call."""


@st.composite
def carrier_scripts(draw: st.DrawFn) -> Script:
    """Generate carrier scripts as in a seed file. No line follows one that matches all of its calls.

    The simplest is [], with which every callee answers.
    """
    return draw(_SCRIPTS)


@cache
def _options(name: str) -> st.SearchStrategy[dict[str, Any]]:
    return objects({"destination": _NUMBERS}, {"source": _NUMBERS, **LINES[name]})


@st.composite
def _lines(draw: st.DrawFn) -> str | dict[str, Any]:
    name, matches_every_call = draw(_KINDS_OF_LINES)
    if matches_every_call:
        return name
    return {name: draw(_ALLOWED if name == "allows_sources" else _options(name))}


def _script(lines: Iterable[str | dict[str, Any]]) -> Script:
    """Return the lines in a possible order, without those that an earlier one makes unreachable."""
    by_destination: dict[str, Any] = {}
    allowed, every_call = [], []
    for line in lines:
        if isinstance(line, str):
            every_call.append(line)
        elif "allows_sources" in line:
            allowed.append(line)
        else:
            ((_, options),) = line.items()
            by_destination.setdefault(options["destination"], line)
    return [*by_destination.values(), *allowed[:1], *every_call[:1]]


_ALLOWED = objects({"sources": arrays(_NUMBERS, 1)})
_KINDS_OF_LINES = st.sampled_from(
    [
        *((name, True) for name in (*LINES, *ABOUT_EVERY_CALL)),
        *((name, False) for name in (*LINES, "allows_sources")),
    ]
)
_SCRIPTS = arrays(_lines()).map(_script)

# seed files


@st.composite
def seed_files(draw: st.DrawFn) -> Seed:
    """Generate seed files for fake_server's Seed. They refer only to customers and providers that exist.

    The simplest is {}, which adds nothing to a new fake.
    """
    return draw(_SEEDS)


def _customer(name: str) -> st.SearchStrategy[dict[str, Any]]:
    optional = {
        "detail": _NAMES,
        "status": st.sampled_from(["active", "frozen", "deleted"]),
        "identity_verification_status": st.sampled_from(["verified", "unverified"]),
        "plan_type": st.sampled_from(["free", "basic", "professional", "unlimited"]),
        "balance": st.sampled_from([0, 0.01, 12.5, -3]),
        "numbers": st.lists(_NUMBERS, max_size=2, unique=True),
        "extensions": objects({}, {"2000": _CONTACTS, "2001": _CONTACTS}),
        "destination_whitelist": st.lists(st.sampled_from(sorted(FICTION)), max_size=3, unique=True),
        "codecs": st.sampled_from(["", "PCMU,PCMA"]),
    }
    return objects({"name": st.just(name)}, optional)


def _agent(username: str) -> st.SearchStrategy[dict[str, Any]]:
    optional = {
        "customer": _OWNERS,
        "permission": st.sampled_from(["customer_admin", "customer_manager", "customer_agent", "super_admin"]),
        "password": st.sampled_from(["open sesame", "Öffne dich"]),
        "name": _NAMES,
        "tag_ids": st.lists(st.sampled_from(_TAGS), max_size=2, unique=True),
        "addresses": arrays(objects({"type": st.just("tel"), "target": _NUMBERS})),
    }
    return objects({"username": st.just(username)}, optional)


def _provider(name: str) -> st.SearchStrategy[dict[str, Any]]:
    optional = {
        "detail": _NAMES,
        "tech_prefix": st.sampled_from(["", "9", "0011"]),
        "tech_postfix": st.sampled_from(["", "#"]),
        "tech_headers": st.sampled_from([{}, {"X-Trunk": "7"}, {"X-Trunk": "7", "X-Account": "Zoë"}]),
        "codecs": st.sampled_from(["", "PCMU,PCMA"]),
        "health_status": st.sampled_from(["healthy", "unhealthy", "unknown"]),
        "deleted": st.booleans(),
    }
    return objects({"name": st.just(name), "hostname": st.just(f"sip.{name}.invalid")}, optional)


def _flow(name: str) -> st.SearchStrategy[dict[str, Any]]:
    optional = {"customer": _OWNERS, "detail": _NAMES, "actions": arrays(action.of_types())}
    return objects({"name": st.just(name)}, optional)


def _route() -> st.SearchStrategy[dict[str, Any]]:
    optional = {
        "customer": _OWNERS,
        "target": st.sampled_from(["all", "+1", "+49"]),
        "priority": st.integers(1, 3),
        "name": _NAMES,
        "detail": _NAMES,
    }
    return objects({"provider": st.sampled_from(["carrier", "flaky", "spare"])}, optional)


def _number() -> st.SearchStrategy[dict[str, Any]]:
    optional = {
        "customer": _OWNERS,
        "type": st.sampled_from(["normal", "virtual"]),
        "name": _NAMES,
        "detail": _NAMES,
        "call_flow": st.sampled_from(["", "greeting", "menu"]),
        "default_source": st.booleans(),
        "deleted": st.booleans(),
    }
    return objects({"number": _NUMBERS}, optional)


def _recording() -> st.SearchStrategy[dict[str, Any]]:
    optional = {
        "customer": _OWNERS,
        "status": st.sampled_from(["ended", "initiating", "recording", "stopping"]),
        "duration": st.sampled_from([10, 0, 2.5]),
        "deleted": st.booleans(),
    }
    return objects({}, optional)


def _some(
    make: Callable[[str], st.SearchStrategy[dict[str, Any]]], *names: str
) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Generate any of these, each with its own name."""
    return objects({}, {name: make(name) for name in names}).map(_values)


def _values(mapping: Mapping[str, Any]) -> list[Any]:
    return list(mapping.values())


def _consistent(seed: Seed) -> Seed:
    """Return the seed without parts that refer to a missing customer, provider or flow."""
    customers = {"customer", *(one["name"] for one in seed["customers"])}
    providers = {"carrier", *(one["name"] for one in seed["providers"])}
    flows = _owned(seed["flows"], customers)
    names = {"", *(one["name"] for one in flows)}
    return {
        **seed,
        "agents": _owned(seed["agents"], customers),
        "flows": flows,
        "numbers": [one for one in _owned(seed["numbers"], customers) if one.get("call_flow", "") in names],
        "recordings": _owned(seed["recordings"], customers),
        "routes": [one for one in _owned(seed["routes"], customers) if one["provider"] in providers],
        "carriers": {name: script for name, script in seed["carriers"].items() if name in providers},
    }


def _owned(parts: list[dict[str, Any]], customers: Collection[str]) -> list[dict[str, Any]]:
    return [one for one in parts if one.get("customer", "customer") in customers]


def _without_empty(seed: Seed) -> Seed:
    return {key: value for key, value in seed.items() if value}


_OWNERS = st.sampled_from(["customer", "acme", "globex"])
_SEEDS = (
    objects(
        {
            "customers": _some(_customer, "acme", "globex"),
            "agents": _some(_agent, "alice", "bob", "carol"),
            "providers": _some(_provider, "flaky", "spare"),
            "flows": _some(_flow, "greeting", "menu"),
            "routes": arrays(_route()),
            "numbers": arrays(_number()),
            "recordings": arrays(_recording()),
            "carriers": objects({}, dict.fromkeys(["carrier", "flaky", "spare"], _SCRIPTS)),
        }
    )
    .map(_consistent)
    .map(_without_empty)
)
