"""The settings of a test: from its closest marker, then the command line, then the ini file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest

if TYPE_CHECKING:
    from decimal import Decimal

MARKER: Final = "providercalls"
_MARK: Final = f"@pytest.mark.{MARKER}"
EDITION: Final = "_providercalls_edition"
"""The parameter of a test that runs in several editions."""
TARGETS: Final = ("calls", "open_calls")
_LAST_YEAR: Final = 9000
"""The clock can advance by a hundred years, and dates end with the year 9999."""


class InvalidMarker(ValueError):
    """A marker with an unknown argument or an invalid value."""


class Settings(NamedTuple):
    """The settings of a test's fake."""

    editions: tuple[str, ...]
    """A single one, unless the test is not yet parametrised by edition."""
    seed: int
    lifecycle: str
    strict: bool
    budget: Decimal | None
    """The maximum cost of its calls, in dollars."""
    rate_limits: bool
    start: datetime | None
    """The date of the fake, in UTC; None means the default."""
    events: bool
    target: str
    """What Hypothesis should maximise; empty for nothing."""


_DEFAULTS: Final[pytest.StashKey[Settings]] = pytest.StashKey()
"""Stored on the config: the settings of tests without a marker."""


def settings_of(node: Any) -> Settings:
    """Return the settings of a test.

    Raises InvalidMarker, or ValueError if the ini file contains an unknown edition.
    """
    arguments = _marker_arguments(node)
    if arguments or edition_of(node):
        return _settings(node, arguments)
    if _DEFAULTS not in node.config.stash:
        node.config.stash[_DEFAULTS] = _settings(node, arguments)
    defaults: Settings = node.config.stash[_DEFAULTS]
    return defaults


def _settings(node: Any, arguments: Mapping[str, Any]) -> Settings:
    strict = arguments.get("strict", _setting(node.config, "providercalls_strict"))
    budget = arguments.get("budget")
    lifecycle = _lifecycle(arguments["lifecycle"]) if "lifecycle" in arguments else "on_poll"
    return Settings(
        editions=_editions(node, arguments),
        seed=arguments.get("seed", 0),
        lifecycle=lifecycle,
        strict=strict,
        budget=None if budget is None else dollars(budget, _MARK),
        rate_limits=arguments.get("rate_limits", False),
        start=start_date(arguments["start"], lifecycle, _MARK) if "start" in arguments else None,
        events=arguments.get("events", False),
        target=_target(arguments["target"]) if "target" in arguments else "",
    )


def possible_editions(metafunc: pytest.Metafunc) -> tuple[str, ...]:
    """Return the editions of a test with all its parameters, if it must be parametrised by edition; otherwise ().

    A mark on a `pytest.param` may name others than those of the test. `runs_in_its_edition` then tells which belong
    together. Raises what `settings_of` raises.
    """
    of_test = _marker_arguments(metafunc.definition).get("edition")
    # There is no public way to read the marks of parameters, also those of fixtures.
    calls = getattr(metafunc, "_calls", ())
    named = [_merged(mark for mark in call.marks if mark.name == MARKER).get("edition", of_test) for call in calls]
    editions = [_named_editions(metafunc.config, one) for one in named or [of_test]]
    return tuple(dict.fromkeys(one for names in editions for one in names)) if max(map(len, editions)) > 1 else ()


def runs_in_its_edition(node: Any) -> bool:
    """Return whether a test that is parametrised by edition has an edition that its closest marker names."""
    edition = edition_of(node)
    return edition is None or edition in _named_editions(node.config, _marker_arguments(node).get("edition"))


def missing_editions(node: Any, settings: Settings) -> str:
    """Return why a test must not run: it has several editions, but pytest cannot parametrise it. Otherwise empty."""
    editions = settings.editions
    if len(editions) < 2:
        return ""
    names = f"it would run in {editions[0]} only, not in {', '.join(editions[1:])}"
    one = f"name one with @pytest.mark.{MARKER}(edition=...)"
    if getattr(node, "nofuncargs", False):
        return f"{names}: pytest cannot run a unittest.TestCase in several editions; {one}, or use a plain class"
    return (
        f"{names}: the test requests its fake while it runs; add the fixture to its parameters or to"
        f" @pytest.mark.usefixtures, or {one}"
    )


def default_edition(config: pytest.Config) -> str:
    """Return the edition of a fake that several tests share. Raises ValueError if the session has several editions."""
    editions = resolve_editions(requested_editions(config) or _setting(config, "providercalls_edition"))
    if len(editions) > 1:
        raise ValueError(
            f"voipbin_factory: the session has several editions ({', '.join(editions)}), but a fake has one: pass"
            " `edition=`, for example from the `params` of your fixture"
        )
    return editions[0]


def is_strict(config: pytest.Config) -> bool:
    """Return whether tests are strict by default."""
    return bool(_setting(config, "providercalls_strict"))


def edition_of(node: Any) -> str | None:
    """Return the edition of a test that is parametrised by edition."""
    callspec = getattr(node, "callspec", None)
    edition: str | None = callspec and callspec.params.get(EDITION)
    return edition


def _editions(node: Any, arguments: Mapping[str, Any]) -> tuple[str, ...]:
    edition = edition_of(node)
    return (edition,) if edition else _named_editions(node.config, arguments.get("edition"))


def _named_editions(config: pytest.Config, edition: Any) -> tuple[str, ...]:
    """Return the editions that a marker names, or else those of the command line or of the ini file."""
    if edition is None:
        edition = requested_editions(config) or _setting(config, "providercalls_edition")
    return resolve_editions(edition)


def requested_editions(config: pytest.Config) -> list[str]:
    """Return the names in --providercalls-editions, if any: the editions of every test whose marker has none."""
    names: str | None = config.getoption("providercalls_editions")
    return [name.strip() for name in (names or "").split(",") if name.strip()]


def _setting(config: pytest.Config, name: str) -> Any:
    return config.getoption(name) or config.getini(name)


def _marker_arguments(node: Any) -> dict[str, Any]:
    """Merge the arguments of all markers of a test; the closest marker wins."""
    marks = list(node.iter_markers(MARKER))
    return _merged(reversed(marks)) if marks else {}


def _merged(marks: Iterable[Any]) -> dict[str, Any]:
    """Merge the arguments of some markers; the last one wins."""
    arguments: dict[str, Any] = {}
    for mark in marks:
        if mark.args:
            raise InvalidMarker(f"{_MARK}: expected keyword arguments only, got {mark.args!r}")
        for key, value in mark.kwargs.items():
            _check(key, value)
            arguments[key] = value
    return arguments


def _check(key: str, value: object) -> None:
    from .marker_arguments import ARGUMENTS

    if key not in ARGUMENTS:
        raise InvalidMarker(f"{_MARK}: unknown argument {key!r}; expected one of {', '.join(ARGUMENTS)}")
    types = ARGUMENTS[key].types
    if not isinstance(value, types) or (key in ("seed", "budget") and isinstance(value, bool)):
        names = " or ".join(one.__name__ for one in (types if isinstance(types, tuple) else (types,)))
        raise InvalidMarker(f"{_MARK}({key}={value!r}): expected {names}, got {type(value).__name__}")


def resolve_editions(edition: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Return the editions that a name, several names or `all` stand for.

    Raises ValueError if an edition is unknown.
    """
    from .contracts.editions import EDITIONS, get_edition

    if edition in ("all", ["all"]):
        return tuple(EDITIONS)
    names = [edition] if isinstance(edition, str) else edition
    if not names:
        raise InvalidMarker(f"{_MARK}(edition={edition!r}): expected at least one edition")
    return tuple(dict.fromkeys(get_edition(name).name for name in names))


def _lifecycle(lifecycle: str) -> str:
    from .fake_server.calls import LIFECYCLES

    if lifecycle not in LIFECYCLES:
        raise InvalidMarker(f"{_MARK}: unknown lifecycle {lifecycle!r}; expected one of {', '.join(LIFECYCLES)}")
    return lifecycle


def _target(target: str) -> str:
    if target not in TARGETS:
        raise InvalidMarker(f"@pytest.mark.{MARKER}: unknown target {target!r}; expected one of {', '.join(TARGETS)}")
    return target


def start_date(start: str | datetime, lifecycle: str, where: str) -> datetime:
    """Return a date in UTC. Raises InvalidMarker; `where` is what has the argument `start`."""
    if lifecycle == "realtime":
        raise InvalidMarker(
            f"{where}(start=...): the lifecycle 'realtime' uses the machine's date; remove one of the two"
        )
    try:
        # Python 3.10 does not accept the Z.
        date = start if isinstance(start, datetime) else datetime.fromisoformat(start.strip().replace("Z", "+00:00"))
        date = date.replace(tzinfo=date.tzinfo or timezone.utc).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        date = None
    if date is None or not 1970 < date.year < _LAST_YEAR:
        raise InvalidMarker(
            f"{where}(start={start!r}): expected a datetime or ISO 8601 text between 1971 and"
            f" {_LAST_YEAR - 1}, such as '2026-05-01T12:00:00Z'"
        )
    return date


def dollars(budget: Decimal | str | float, where: str) -> Decimal:
    """Return an amount. Raises InvalidMarker; `where` is what has the argument `budget`."""
    # Imported here because few tests have a budget, and start-up must be fast.
    from decimal import Decimal, InvalidOperation

    try:
        amount = Decimal(str(budget))
        if 0 <= amount < Decimal("Infinity"):
            return amount
    except InvalidOperation:
        pass
    raise InvalidMarker(f"{where}(budget={budget!r}): not a valid dollar amount")
