"""Faults in transit: what goes wrong between a client and VoIPbin, configured by a test."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from fnmatch import fnmatchcase
from typing import Any, Literal, NamedTuple

from ...contracts.editions import Edition
from ...contracts.http import Request
from ...contracts.light_imports import Value, dataclass
from ...contracts.suggestions import suggestion
from ..events.armed_faults import ArmedFault, ArmedFaults
from ..gateway import routing
from ..world.world import World
from . import FAULTS

Kind = Literal["delay", "timeout", "drop", "reset", "error", "truncate", "corrupt"]
When = Literal["connect", "before", "after"]


class InvalidFault(ValueError):
    """A fault that is impossible, or that would never be triggered."""


class Effect(NamedTuple):
    """What a fault does at one moment, in the present tense, and what it did, for the journal."""

    present: str
    past: str


class _Kind(NamedTuple):
    moments: Mapping[When, Effect]
    """When the fault can be triggered, and its effect then. The first moment is the default."""
    accepts: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()


def _after(present: str, past: str) -> Effect:
    """Return an effect after VoIPbin has processed the request."""
    return Effect(f"VoIPbin processes the request, and {present}", f"VoIPbin processed the request, and {past}")


def _before(present: str, past: str) -> Effect:
    """Return an effect instead of processing the request."""
    return Effect(
        f"VoIPbin does not process the request, and {present}", f"VoIPbin did not process the request, and {past}"
    )


_SILENCE = "no response is sent", "no response was sent"
_CLOSED = "the connection is closed without a response", "the connection was closed without a response"
_RESET = "the connection is reset", "the connection was reset"
_CUT = "the connection is closed inside the response body", "the connection was closed inside the response body"
KINDS: Mapping[Kind, _Kind] = {
    "delay": _Kind(
        {"after": _after("the response takes {seconds} s", "the response took {seconds} s")}, ("seconds",), ("seconds",)
    ),
    "timeout": _Kind(
        {
            "after": _after(*_SILENCE),
            "before": _before(*_SILENCE),
            "connect": Effect("no connection is established", "no connection was established"),
        }
    ),
    "drop": _Kind(
        {
            "after": _after(*_CLOSED),
            "before": _before(*_CLOSED),
            "connect": Effect("the connection is refused", "the connection was refused"),
        }
    ),
    "reset": _Kind({"after": _after(*_RESET), "before": _before(*_RESET)}),
    "error": _Kind(
        {
            "before": _before("{status} is returned", "{status} was returned"),
            "after": _after(
                "{status} is returned instead of its response", "{status} was returned instead of its response"
            ),
        },
        ("status", "retry_after", "body", "seconds"),
        ("status",),
    ),
    "truncate": _Kind({"after": _after(*_CUT)}, ("cut_at",)),
    "corrupt": _Kind({"after": _after("the response body is replaced", "the response body was replaced")}, ("body",)),
}
"""The kinds of faults."""
_EXTRAS = ("seconds", "status", "retry_after", "cut_at", "body")


def _whole(least: int, most: float = math.inf) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and least <= value <= most


def _seconds(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value < math.inf


def _text(value: Any, pattern: str) -> bool:
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None


_VALUES: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "method": (lambda value: _text(value, r"\*|[A-Z]+"), "a method, such as `POST`, or `*`"),
    "path": (lambda value: _text(value, "[/*].*"), "a path, such as `/providercalls` or `/calls/*`"),
    "nth": (_whole(1), "a whole number from 1"),
    "times": (_whole(1), "a whole number from 1, or None for unlimited"),
    "seconds": (_seconds, "a number of seconds from 0"),
    "status": (_whole(400, 599), "an error status, 400 to 599"),
    "retry_after": (
        lambda value: _whole(0)(value) or _text(value, "[ -~]+"),
        "a whole number of seconds, or a date as text",
    ),
    "cut_at": (_whole(0), "a whole number of bytes"),
    "body": (lambda value: isinstance(value, str), "text"),
}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Fault(Value):
    """A fault in transit, as plain data. Raises InvalidFault for an impossible one.

    It applies to the `nth` matching request, counted from when it is added, and to `times` requests in all; None means
    unlimited. `path` is a glob, with or without `/v1.0`; its `*` also matches slashes. `when` is `connect` (VoIPbin
    receives nothing), `before` (it receives the request, and does not process it) or `after` (it has processed the
    request). The other fields belong to certain kinds: see KINDS.
    """

    kind: Kind
    when: When | None = None
    method: str = "*"
    path: str = "*"
    nth: int = 1
    times: int | None = 1
    seconds: float | None = None
    """How long the response takes."""
    status: int | None = None
    """The status of the response: 400 to 599."""
    retry_after: int | str | None = None
    """The header Retry-After: seconds or a date; None for no header."""
    cut_at: int | None = None
    """After how many bytes the body is cut: by default half of them, and always before the last."""
    body: str | None = None
    """The replacement body."""

    def __post_init__(self) -> None:
        # A value from JSON may not be hashable.
        if self.kind not in list(KINDS):
            meant = suggestion(self.kind, KINDS)
            raise InvalidFault(f"unknown fault {self.kind!r}{meant}; expected one of {', '.join(KINDS)}")
        kind = KINDS[self.kind]
        if self.when is None:
            object.__setattr__(self, "when", next(iter(kind.moments)))
        if self.when not in list(kind.moments):
            meant = suggestion(self.when, kind.moments)
            expected = ", ".join(kind.moments)
            raise InvalidFault(f"when={self.when!r}{meant} is not possible for {self.kind}; expected one of {expected}")
        self._check_extras(kind)
        for name, (valid, expected) in _VALUES.items():
            value = getattr(self, name)
            if not valid(value) and not (value is None and name in ("times", *_EXTRAS)):
                raise InvalidFault(f"{name}={value!r} is not {expected}")

    def _check_extras(self, kind: _Kind) -> None:
        given = {name for name in _EXTRAS if getattr(self, name) is not None}
        for name in _EXTRAS:
            if name in given and name not in kind.accepts:
                accepted = ", ".join(kind.accepts) or "none of these"
                raise InvalidFault(f"{self.kind} does not accept {name}; it accepts {accepted}")
            if name in kind.requires and name not in given:
                raise InvalidFault(f"{self.kind} requires {name}=: {_VALUES[name][1]}")

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Fault:
        """Build a fault from JSON data, such as `{"kind": "drop", "path": "/providercalls"}`."""
        known = [field.name for field in fields(cls)]
        for name in data:
            if name not in known:
                meant = suggestion(name, known)
                raise InvalidFault(f"a fault has no field {name!r}{meant}; expected one of {', '.join(known)}")
        if "kind" not in data:
            raise InvalidFault(f"a fault requires a kind: {', '.join(KINDS)}")
        return cls(**data)

    def to_dict(self) -> dict[str, Any]:
        """Return the fault as JSON data, for from_dict."""
        shown = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in shown.items() if value != _DEFAULTS.get(name)}

    def arguments(self) -> str:
        """Return the fault as the arguments of `faults.add`. A body is omitted: it may contain credentials."""
        data = self.to_dict()
        if self.when == next(iter(KINDS[self.kind].moments)):
            del data["when"]
        named = (f"{name}={'...' if name == 'body' else repr(value)}" for name, value in data.items() if name != "kind")
        return ", ".join([repr(self.kind), *named])

    @property
    def pattern(self) -> tuple[str, str]:
        """What it applies to: a method and a path."""
        return self.method, self.path

    def covers(self, other: Fault) -> bool:
        """Return whether this fault matches every request that the other one matches."""
        return self.method in ("*", other.method) and self.path in ("*", other.path)

    def __str__(self) -> str:
        return self._describe(self._effect.present)

    @property
    def outcome(self) -> str:
        """The fault as the journal describes it once it was triggered."""
        return self._describe(self._effect.past)

    @property
    def _effect(self) -> Effect:
        return KINDS[self.kind].moments[self.when or "after"]

    def _describe(self, effect: str) -> str:
        return f"{self.kind} ({self.when}): {effect.format(seconds=self.seconds, status=self.status)}"


_DEFAULTS = {field.name: field.default for field in fields(Fault)}


class Faults:
    """The faults of one fake. Of those that apply to a request, the one that was added first is triggered.

    The others apply to the next request that they match.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def add(
        self,
        kind: Kind | Fault,
        *,
        when: When | None = None,
        method: str = "*",
        path: str = "*",
        nth: int = 1,
        times: int | None = 1,
        seconds: float | None = None,
        status: int | None = None,
        retry_after: int | str | None = None,
        cut_at: int | None = None,
        body: str | None = None,
    ) -> Fault:
        """Inject a fault: see Fault.

        Raises InvalidFault for an impossible fault, for a path that VoIPbin does not have, and for a fault that an
        earlier unlimited one keeps from being triggered.
        """
        fault = kind
        if not isinstance(fault, Fault):
            fault = Fault(fault, when, method, path, nth, times, seconds, status, retry_after, cut_at, body)
        _check_path(fault, self._world.edition)
        with self._world.lock:
            armed = FAULTS.of(self._world.state)
            for earlier in armed.unlimited:
                _check_order(fault, earlier)
            armed.add(fault)
        return fault

    @property
    def pending(self) -> tuple[Fault, ...]:
        """The faults that may still be triggered."""
        return tuple(armed.fault for armed in FAULTS.of(self._world.state))

    @property
    def untriggered(self) -> list[str]:
        """The faults that no request has triggered, each as the statement that adds it."""
        armed = FAULTS.of(self._world.state)
        return [f"faults.add({one.fault.arguments()})" for one in armed if one.key not in self._world.triggered]

    def clear(self) -> None:
        """Remove all faults."""
        with self._world.lock:
            FAULTS.set(self._world.state, ArmedFaults())

    def trigger(self, request: Request) -> Fault | None:
        """Return the fault that applies to a request, if any. The others count the request."""
        path = request.target.partition("?")[0]
        paths = path, path.removeprefix(routing.PREFIX)

        def matches(pattern: tuple[str, str]) -> bool:
            method, glob = pattern
            return fnmatchcase(request.method, method) and any(fnmatchcase(one, glob) for one in paths)

        armed = FAULTS.of(self._world.state).apply_first(matches)
        if armed is None:
            return None
        self._world.triggered.add(armed.key)
        return armed.fault


_ANY_PATH = ("*", "OPTIONS")
"""The methods of a fault that every path has."""


def _check_path(fault: Fault, edition: Edition) -> None:
    """Check that a path without wildcards exists; otherwise the fault would never be triggered."""
    if re.search(r"[*?\[]", fault.path):
        return
    path = fault.path.removeprefix(routing.PREFIX)
    routes = routing.routes_of(path.removeprefix("/").partition("/")[0])
    known = [*routing.OPEN, *((one.method, one.path) for one in routes)]
    methods = _methods(path, known)
    if fault.method in methods or (methods and fault.method in _ANY_PATH):
        return
    # The table of all operations is read only if it is needed.
    from ...contracts.operations.api_operations import api_operations

    known += [(one.method, one.path) for one in api_operations() if one.is_in(edition)]
    methods = list(dict.fromkeys(_methods(path, known)))
    if not methods:
        raise InvalidFault(f"VoIPbin has no path {fault.path!r}{suggestion(path, [one for _, one in known])}")
    if fault.method not in (*_ANY_PATH, *methods):
        raise InvalidFault(f"VoIPbin has no {fault.method} {fault.path}; expected one of {', '.join(methods)}")


def _methods(path: str, known: Iterable[tuple[str, str]]) -> list[str]:
    return [method for method, one in known if fnmatchcase(path, re.sub(r"\{\w+\}", "*", one))]


def _check_order(fault: Fault, earlier: ArmedFault[Fault]) -> None:
    if earlier.fault.covers(fault) and fault.nth >= earlier.fault.nth - earlier.seen:
        raise InvalidFault(
            f"{fault.kind} would never be triggered: an earlier fault ({earlier.fault.kind}, times=None) applies to "
            f"every matching request. Add {fault.kind} first, limit the other fault with times=, or remove it with "
            "clear()"
        )
