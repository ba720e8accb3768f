"""The Python API: signatures and docstrings of the public names, read from the code."""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from enum import Enum
from types import FunctionType, ModuleType
from typing import Any

from markdown import items
from pytest_providercalls.contracts import strategies
from pytest_providercalls.contracts.checker import remote_target
from pytest_providercalls.fake_server.calls import ledger
from pytest_providercalls.fake_server.events import dispatcher, webhook_faults
from pytest_providercalls.fake_server.transports import faults, loopback_server
from pytest_providercalls.fake_server.world import journal, records
from sources import attribute_docs

from pytest_providercalls import contracts, fake_server, fakes, schedules
from pytest_providercalls.analyses import mock_lint
from pytest_providercalls.fixtures import server_fixtures
from pytest_providercalls.guard import expected_attempts

SECTIONS: Mapping[str, tuple[tuple[ModuleType, tuple[str, ...]], ...]] = {
    "pytest_providercalls": ((fakes, ("fake_voipbin",)), (expected_attempts, ("expect_blocked",))),
    "pytest_providercalls.schedules": ((schedules, tuple(schedules.__all__)),),
    "pytest_providercalls.fake_server": ((fake_server, tuple(fake_server.__all__)),),
    "pytest_providercalls.fake_server.transports.loopback_server": ((loopback_server, ("LoopbackServer",)),),
    "Types of a fake's attributes": (
        (
            records,
            ("Call", "Provider", "ProviderCall", "Groupcall", "Flow", "Activeflow", "Customer", "Agent", "Billing"),
        ),
        (journal, ("Exchange",)),
        (ledger, ("Ledger",)),
        (faults, ("Faults",)),
        (dispatcher, ("Webhooks",)),
        (webhook_faults, ("WebhookFaults",)),
    ),
    "Types of the fixtures": ((server_fixtures, ("ServerHandle",)), (mock_lint, ("MockAudit",))),
    "pytest_providercalls.contracts": ((contracts, tuple(sorted({*contracts.__all__} - {"models", "strategies"}))),),
    "pytest_providercalls.contracts.checker.remote_target": ((remote_target, ("RemoteTarget",)),),
    "pytest_providercalls.contracts.strategies": ((strategies, tuple(strategies.__all__)),),
}
INTERNAL_NAMES: Mapping[type, set[str]] = {
    fakes.fake_voipbin: {"shared"},
    fake_server.Clock: {"on_advance", "scheduler", "set", "timestamp"},
    fake_server.FakeVoipbin: {"call_engine", "ids", "rate_limits", "respond", "state"},
    fake_server.Fault: {"covers", "pattern"},
    fake_server.WebhookFault: {"apply_to", "pattern"},
    fake_server.WebSocketFault: {"pattern"},
    faults.Faults: {"trigger"},
    journal.Exchange: {"add_note", "add_warning", "record_response"},
    mock_lint.MockAudit: {"add", "check"},
    records.Call: {
        "behaviour",
        "call_engine",
        "early_execution",
        "orphan",
        "polled",
        "scheduled_events",
        "sent_invite",
        "test_controlled",
        "tm_dialled",
    },
    dispatcher.Webhooks: {
        "advance_until",
        "deliver",
        "deliver_if_idle",
        "due",
        "emit",
        "send",
        "sends_events_of",
        "summary",
    },
    webhook_faults.WebhookFaults: {"due_times"},
    contracts.ClientConformance: {"test_rule"},
}
"""Names that only this project uses."""
_INTERNAL_ARGUMENTS = {"fake", "guards", "world"}
"""Users get an object from a fake or a fixture if its constructor takes one of these."""


class _Raw:
    """An annotation that is shown as it is in the source."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def python() -> Iterator[str]:
    """Yield the page: every name that a test suite may import or get from a fixture."""
    yield from (
        "# The Python API",
        "",
        "Names with a leading underscore, and names that are not listed here, may change at any time.",
    )
    _check_internal_names()
    for title, packages in SECTIONS.items():
        yield from ("", f"## {title}")
        for package, names in packages:
            for name in names:
                yield from _entry(package, name)


def _check_internal_names() -> None:
    """Raise LookupError if INTERNAL_NAMES has a name that no longer exists."""
    for thing, names in INTERNAL_NAMES.items():
        known = {*_own(thing), *_annotated(thing), *(name for base in _bases(thing) for name in attribute_docs(base))}
        if not names <= known:
            raise LookupError(f"{thing.__name__}: unknown names in INTERNAL_NAMES: {sorted(names - known)}")


def _entry(package: ModuleType, name: str) -> Iterator[str]:
    thing = getattr(package, name)
    yield from ("", f"### {name}", "")
    if isinstance(thing, type):
        yield from _class(thing)
    elif callable(thing):
        yield from (f"`{name}{_signature(thing)}`", "", _doc(thing))
    else:
        yield f"`{thing!r}`" if isinstance(thing, str) else f"A `{type(thing).__name__}`. {_data_doc(package, name)}"


def _class(thing: type) -> Iterator[str]:
    if _users_construct(thing):
        yield from (f"`{thing.__name__}{_signature(thing)}`", "")
    yield _doc(thing)
    members = [*_fields(thing), *_members(thing)]
    if members:
        yield from ("", *items(members))


def _users_construct(thing: type) -> bool:
    """Return whether users call the constructor, and the fields do not show its arguments."""
    described = dataclasses.is_dataclass(thing) or getattr(thing, "_is_protocol", False) or issubclass(thing, Exception)
    if described or "__init__" not in vars(thing):
        return False
    parameters = inspect.signature(thing).parameters
    return bool(parameters) and parameters.keys().isdisjoint(_INTERNAL_ARGUMENTS)


def _fields(thing: type) -> Iterator[tuple[str, str]]:
    docs = {name: text for base in reversed(_bases(thing)) for name, text in attribute_docs(base).items()}
    for name, annotation in _annotated(thing).items():
        if not name.startswith("_") and name not in INTERNAL_NAMES.get(thing, ()):
            yield f".{name}: {_shown(annotation)}", docs.pop(name, "")
    yield from ((f".{name}", text) for name, text in docs.items() if not name.startswith("_"))


def _annotated(thing: type) -> Mapping[str, Any]:
    if dataclasses.is_dataclass(thing):
        return {one.name: one.type for one in dataclasses.fields(thing)}
    if issubclass(thing, Enum):
        return {name: type(one.value).__name__ for name, one in thing.__members__.items()}
    return thing.__annotations__ if issubclass(thing, tuple) else {}


def _members(thing: type) -> Iterator[tuple[str, str]]:
    """Yield methods and properties, including those of bases within this project."""
    for name, member in _own(thing).items():
        if name.startswith("_") or name in INTERNAL_NAMES.get(thing, ()):
            continue
        if isinstance(member, property):
            yield f".{name}", _doc(member)
        elif isinstance(member, (FunctionType, classmethod)):
            yield f".{name}{_signature(getattr(thing, name))}", _doc(member)


def _own(thing: type) -> dict[str, Any]:
    return {name: member for base in reversed(_bases(thing)) for name, member in vars(base).items()}


def _bases(thing: type) -> list[type]:
    return [base for base in thing.__mro__ if base.__module__.startswith("pytest_providercalls")]


def _signature(thing: Any) -> str:
    signature = inspect.signature(thing)
    parameters = [one for one in signature.parameters.values() if one.name != "self"]
    shown = [one.replace(annotation=_shown(one.annotation), default=_default(one.default)) for one in parameters]
    returned = inspect.Signature.empty if isinstance(thing, type) else _shown(signature.return_annotation)
    return str(signature.replace(parameters=shown, return_annotation=returned))


def _shown(annotation: Any) -> Any:
    if annotation is inspect.Signature.empty:
        return annotation
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return _Raw(re.sub(r"ForwardRef\('(.*?)'\)", r"\1", text))


def _default(value: Any) -> Any:
    """Return a short default unchanged, and three dots for a long one."""
    if isinstance(value, Enum):
        return _Raw(f"{type(value).__name__}.{value.name}")
    plain = value is inspect.Parameter.empty or value is None or isinstance(value, (bool, int, float, str))
    return value if plain or value == () else _Raw("...")


def _doc(thing: Any) -> str:
    return inspect.getdoc(thing) or ""


def _data_doc(package: ModuleType, name: str) -> str:
    """Return the docstring below a name, from any module of the package."""
    modules = [module for path, module in sorted(sys.modules.items()) if path.startswith(package.__name__)]
    return " ".join(next((docs[name] for docs in map(attribute_docs, modules) if name in docs), "").split())
