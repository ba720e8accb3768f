"""What a test asks for: the marker nearest to it, then the command line, then the ini file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest

if TYPE_CHECKING:
    from decimal import Decimal

MARKER: Final = "providercalls"
EDITION: Final = "_providercalls_edition"
"""The parameter of a test that runs in several editions."""


class Argument(NamedTuple):
    """An argument of the marker's."""

    types: type | tuple[type, ...]
    default: str
    help: str


ARGUMENTS: Final[Mapping[str, Argument]] = {
    "edition": Argument((str, list, tuple), "the ini setting", "The edition's name, a list of names, or `all`."),
    "seed": Argument(int, "0", "What ids, tokens and passwords come from."),
    "lifecycle": Argument(str, "`on_poll`", "How calls move: `on_poll`, `manual` (by hand only) or `realtime`."),
    "strict": Argument(bool, "the ini setting", "Fail if the client sends what the API reads over in silence."),
    "budget": Argument((int, float, str), "none", "Fail if the test's calls cost more than so many dollars."),
    "rate_limits": Argument(bool, "`False`", "Whether the gateway's rate limits are kept, on the fake's clock."),
}
"""All of them, by their names."""


class InvalidMarker(ValueError):
    """A marker with an argument that it does not know."""


class Settings(NamedTuple):
    """How a test's fake is made."""

    editions: tuple[str, ...]
    """One, unless the test is still to be multiplied by them."""
    seed: int
    lifecycle: str
    strict: bool
    budget: Decimal | None
    """The dollars that its calls may cost."""
    rate_limits: bool


def settings_of(node: Any) -> Settings:
    """The settings of a test. Raises BadMarker or, for a bad edition in the ini file, ValueError."""
    asked = _asked(node)
    strict = asked.get("strict", _setting(node.config, "providercalls_strict"))
    budget = asked.get("budget")
    return Settings(
        editions=_editions(node, asked),
        seed=asked.get("seed", 0),
        lifecycle=_lifecycle(asked["lifecycle"]) if "lifecycle" in asked else "on_poll",
        strict=strict,
        budget=None if budget is None else _dollars(budget),
        rate_limits=asked.get("rate_limits", False),
    )


def edition_of(node: Any) -> str | None:
    """The edition of a test that is one of several."""
    callspec = getattr(node, "callspec", None)
    edition: str | None = callspec and callspec.params.get(EDITION)
    return edition


def _editions(node: Any, asked: Mapping[str, Any]) -> tuple[str, ...]:
    if edition := edition_of(node):
        return (edition,)
    config = node.config
    return resolve_editions(
        asked.get("edition", requested_editions(config) or _setting(config, "providercalls_edition"))
    )


def requested_editions(config: pytest.Config) -> list[str]:
    """The names that --providercalls-editions gives, if any: what every test runs in, unless its marker says."""
    asked: str | None = config.getoption("providercalls_editions")
    return [name.strip() for name in (asked or "").split(",") if name.strip()]


def _setting(config: pytest.Config, name: str) -> Any:
    return config.getoption(name) or config.getini(name)


def _asked(node: Any) -> dict[str, Any]:
    """What the markers say, from the module's to the test's own: the nearest wins."""
    asked: dict[str, Any] = {}
    for mark in reversed(list(node.iter_markers(MARKER))):
        if mark.args:
            raise InvalidMarker(f"@pytest.mark.{MARKER} takes keyword arguments only, not {mark.args!r}")
        for key, value in mark.kwargs.items():
            _check(key, value)
            asked[key] = value
    return asked


def _check(key: str, value: object) -> None:
    known = ", ".join(ARGUMENTS)
    if key not in ARGUMENTS:
        raise InvalidMarker(f"@pytest.mark.{MARKER} has no argument {key!r}; known are {known}")
    if not isinstance(value, ARGUMENTS[key].types) or (key in ("seed", "budget") and isinstance(value, bool)):
        raise InvalidMarker(f"@pytest.mark.{MARKER}({key}={value!r}): that is a {type(value).__name__}")


def resolve_editions(asked: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """The editions of a name, of several, or of `all`. Raises ValueError for an unknown one."""
    from .contracts.editions import EDITIONS, get_edition

    if asked in ("all", ["all"]):
        return tuple(EDITIONS)
    names = [asked] if isinstance(asked, str) else asked
    if not names:
        raise InvalidMarker(f"@pytest.mark.{MARKER}(edition={asked!r}) names no edition")
    return tuple(dict.fromkeys(get_edition(name).name for name in names))


def _lifecycle(asked: str) -> str:
    from .fake_server.calls.engine import LIFECYCLES

    if asked not in LIFECYCLES:
        raise InvalidMarker(f"@pytest.mark.{MARKER} knows no lifecycle {asked!r}; known are {', '.join(LIFECYCLES)}")
    return asked


def _dollars(asked: str | float) -> Decimal:
    # Here, since few tests have a budget and start-up is dear.
    from decimal import Decimal, InvalidOperation

    try:
        dollars = Decimal(str(asked))
        if 0 <= dollars < Decimal("Infinity"):
            return dollars
    except InvalidOperation:
        pass
    raise InvalidMarker(f"@pytest.mark.{MARKER}(budget={asked!r}) is no amount of dollars")
