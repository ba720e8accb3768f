"""Faults: what goes wrong between a client and VoIPbin, said by a test beforehand."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from ...contracts.http import Request
from ..gateway import pipeline, routing

if TYPE_CHECKING:
    from ..core import FakeVoipbin

Kind = Literal["delay", "timeout", "drop", "reset", "error", "truncate", "corrupt"]
When = Literal["connect", "before", "after"]


class InvalidFault(ValueError):
    """A fault that cannot happen, or that would never strike."""


class _Kind(NamedTuple):
    moments: Mapping[When, str]
    """When the fault can strike, and what happens then; the first is what is meant where nothing is said."""
    takes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


_DONE = "VoIPbin dealt with the request"
_UNDONE = "VoIPbin did nothing"
KINDS: Mapping[Kind, _Kind] = {
    "delay": _Kind({"after": f"{_DONE}, and the answer took {{seconds}} s"}, ("seconds",), ("seconds",)),
    "timeout": _Kind(
        {
            "after": f"{_DONE}, and no answer ever came",
            "before": f"{_UNDONE}, and no answer ever came",
            "connect": "no connection was ever made",
        }
    ),
    "drop": _Kind(
        {
            "after": f"{_DONE}, and the connection was closed without an answer",
            "before": f"{_UNDONE}, and the connection was closed without an answer",
            "connect": "the connection was refused",
        }
    ),
    "reset": _Kind(
        {
            "after": f"{_DONE}, and the connection was reset",
            "before": f"{_UNDONE}, and the connection was reset",
        }
    ),
    "error": _Kind(
        {
            "before": f"{_UNDONE}, and {{status}} was answered",
            "after": f"{_DONE}, and {{status}} was answered instead of its own answer",
        },
        ("status", "retry_after", "body", "seconds"),
        ("status",),
    ),
    "truncate": _Kind({"after": f"{_DONE}, and the connection was closed within the answer's body"}, ("cut_at",)),
    "corrupt": _Kind({"after": f"{_DONE}, and the answer's body was lost for another"}, ("body",)),
}
"""The faults there are."""
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
    "times": (_whole(1), "a whole number from 1, or None for ever"),
    "seconds": (_seconds, "a number of seconds, not negative"),
    "status": (_whole(400, 599), "a status that refuses, 400 to 599"),
    "retry_after": (
        lambda value: _whole(0)(value) or _text(value, "[ -~]+"),
        "a whole number of seconds, or a date as text",
    ),
    "cut_at": (_whole(0), "a whole number of bytes"),
    "body": (lambda value: isinstance(value, str), "text"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong, as plain data. Raises BadFault for what cannot happen.

    It strikes the `nth` request of those whose method and path match, counted from when it is added, and `times`
    requests from there on; None is for ever. `path` is a glob, written as in the documents (`/providercalls`) or with
    `/v1.0`; its `*` stands for anything, slashes too. `when` is `connecting` (VoIPbin gets nothing), `before` (it gets
    the request, and does nothing) or `after` (it has done what was asked). The rest belongs to some kinds only: see
    KINDS.
    """

    kind: Kind
    when: When | None = None
    method: str = "*"
    path: str = "*"
    nth: int = 1
    times: int | None = 1
    seconds: float | None = None
    """How long the answer takes."""
    status: int | None = None
    """What is answered: 400 to 599."""
    retry_after: int | str | None = None
    """The header Retry-After: seconds or a date; None for none."""
    cut_at: int | None = None
    """After how many bytes the body is cut: at half of them unless told, and always before the last."""
    body: str | None = None
    """What is sent in place of the body."""

    def __post_init__(self) -> None:
        # JSON may hold what cannot be looked up in a mapping.
        if self.kind not in list(KINDS):
            raise InvalidFault(
                f"there is no fault {self.kind!r}{_meant(self.kind, KINDS)}; known are {', '.join(KINDS)}"
            )
        kind = KINDS[self.kind]
        if self.when is None:
            object.__setattr__(self, "when", next(iter(kind.moments)))
        if self.when not in list(kind.moments):
            meant = _meant(self.when, kind.moments)
            raise InvalidFault(f"{self.kind} cannot strike {self.when!r}{meant}; it can {', '.join(kind.moments)}")
        self._check_extras(kind)
        for name, (good, wanted) in _VALUES.items():
            value = getattr(self, name)
            if not good(value) and not (value is None and name in ("times", *_EXTRAS)):
                raise InvalidFault(f"{name}={value!r} is not {wanted}")

    def _check_extras(self, kind: _Kind) -> None:
        given = {name for name in _EXTRAS if getattr(self, name) is not None}
        for name in _EXTRAS:
            if name in given and name not in kind.takes:
                raise InvalidFault(
                    f"{self.kind} has no {name}; it takes {', '.join(kind.takes) or 'nothing of the kind'}"
                )
            if name in kind.needs and name not in given:
                raise InvalidFault(f"{self.kind} needs {name}=: {_VALUES[name][1]}")

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Fault:
        """A fault from JSON's data, such as `{"kind": "drop", "path": "/providercalls"}`."""
        known = [field.name for field in fields(cls)]
        for name in data:
            if name not in known:
                raise InvalidFault(f"a fault has no {name!r}{_meant(name, known)}; known are {', '.join(known)}")
        if "kind" not in data:
            raise InvalidFault(f"a fault needs a kind: {', '.join(KINDS)}")
        return cls(**data)

    def to_dict(self) -> dict[str, Any]:
        """The fault as JSON's data: what it takes to build it again."""
        shown = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in shown.items() if value != _DEFAULTS.get(name)}

    def matches(self, request: Request) -> bool:
        """Whether a request is meant."""
        path = request.target.partition("?")[0]
        paths = path, path.removeprefix(routing.PREFIX)
        return fnmatchcase(request.method, self.method) and any(fnmatchcase(one, self.path) for one in paths)

    def covers(self, other: Fault) -> bool:
        """Whether every request that the other one means is meant by this one too."""
        return self.method in ("*", other.method) and self.path in ("*", other.path)

    def __str__(self) -> str:
        says = KINDS[self.kind].moments[self.when or "after"]
        return f"{self.kind} ({self.when}): {says.format(seconds=self.seconds, status=self.status)}"


_DEFAULTS = {field.name: field.default for field in fields(Fault)}


def _meant(word: object, known: Iterable[str]) -> str:
    match = get_close_matches(str(word), list(known), n=1)
    return f"; did you mean {match[0]!r}?" if match else ""


class ArmedFault(NamedTuple):
    """A fault, with how many requests it has seen and struck."""

    fault: Fault
    seen: int = 0
    struck: int = 0


class Faults:
    """The faults of one fake, in the order in which they were added: of those that are due the first one strikes.

    One that was due while another struck is due again at the next request that it matches.
    """

    def __init__(self, fake: FakeVoipbin) -> None:
        self._fake = fake

    def add(
        self,
        kind: Kind,
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
        """Have something go wrong: see Fault. Raises BadFault for what cannot happen, and as `arm` does."""
        return self.arm(Fault(kind, when, method, path, nth, times, seconds, status, retry_after, cut_at, body))

    def arm(self, fault: Fault) -> Fault:
        """Add a fault that was made before.

        Raises BadFault for a path that VoIPbin does not have, and for a fault behind one that strikes for ever in its
        place.
        """
        _check_path(fault)
        with self._fake.lock:
            for earlier in self._fake.state.faults:
                _check_order(fault, earlier)
            self._fake.state.faults = (*self._fake.state.faults, ArmedFault(fault))
        return fault

    @property
    def pending(self) -> tuple[Fault, ...]:
        """The faults that may still strike."""
        return tuple(armed.fault for armed in self._fake.state.faults)

    def clear(self) -> None:
        """Forget the faults that may still strike."""
        with self._fake.lock:
            self._fake.state.faults = ()

    def trigger(self, request: Request) -> Fault | None:
        """The fault that strikes a request, if one does; the others count it."""
        struck: Fault | None = None
        left = []
        for armed in self._fake.state.faults:
            if armed.fault.matches(request):
                armed = armed._replace(seen=armed.seen + 1)
                if struck is None and armed.seen >= armed.fault.nth:
                    struck, armed = armed.fault, armed._replace(struck=armed.struck + 1)
            if armed.struck != armed.fault.times:
                left.append(armed)
        self._fake.state.faults = tuple(left)
        return struck


def _check_path(fault: Fault) -> None:
    """A path without a glob is one of VoIPbin's, or the fault would hardly ever strike."""
    if re.search(r"[*?\[]", fault.path):
        return
    known = [(method, path) for method, path in pipeline.OPEN] + [(one.method, one.path) for one in routing.ROUTES]
    path = fault.path.removeprefix(routing.PREFIX)
    methods = [method for method, one in known if fnmatchcase(path, one.replace("{id}", "*"))]
    if not methods:
        raise InvalidFault(f"VoIPbin has no path {fault.path!r}{_meant(path, [one for _, one in known])}")
    if fault.method not in ("*", "OPTIONS", *methods):
        raise InvalidFault(f"VoIPbin has no {fault.method} {fault.path}; there is {', '.join(methods)}")


def _check_order(fault: Fault, earlier: ArmedFault) -> None:
    for_ever = earlier.fault.times is None and earlier.fault.covers(fault)
    if for_ever and fault.nth >= earlier.fault.nth - earlier.seen:
        raise InvalidFault(
            f"{fault.kind} would never strike: an earlier fault ({earlier.fault.kind}) strikes for ever in its place; "
            "add it first, say how many `times` the other one strikes, or forget that with clear()"
        )
