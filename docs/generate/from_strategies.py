"""The page of the strategies: how often they generate what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from hypothesis import strategies as st
from markdown import code, table
from pytest_providercalls.contracts.strategies.action import ACTION_IDS, OPTIONS
from pytest_providercalls.contracts.strategies.frequencies import MORE_ITEMS, NAMED, Shares, frequencies, option_share


def strategies() -> Iterator[str]:
    """Yield the lines of the page."""
    yield "# Frequencies of the strategies"
    yield ""
    yield "How often each choice has each alternative. Examples shrink to the first one of each row. Hypothesis tries"
    yield "small examples first and repeats parts of earlier ones, so a short run has more of the first alternatives."
    yield ""
    yield from table(
        ("choice", "alternatives"), ((name, _alternatives(shares)) for name, shares in frequencies().items())
    )
    yield ""
    more, named = _percent(MORE_ITEMS), _percent(NAMED)
    yield f"* {more} of all arrays have more items than they need, {more} of these another one, and so on."
    yield f"* {named} of the addresses have a `target_name`, as many a `name`, as many a `detail`; half of these are"
    yield "  not ASCII. An extension always has a `target_name`."
    yield "* Only a source of type `tel` has `anonymous` `yes`."
    yield "* 10 of the 1,500 numbers are [magic numbers](magic-numbers.md)."
    yield ""
    yield "## Options of actions"
    yield ""
    yield "Each option of an action, and its `id`, occurs as often as the second column says. Its values are equally"
    yield "likely."
    yield ""
    yield from table(("action", "each option", "values"), (_action(type) for type in OPTIONS))


def _action(type: str) -> tuple[str, str, str]:
    values = ", ".join(f"`{name}`: {_values(one)}" for name, one in OPTIONS[type].items())
    return code(type), _percent(option_share(type)), values or "no options"


def _values(strategy: st.SearchStrategy[object]) -> str:
    """Return the values of a simple strategy, or the name of another one."""
    name, _, values = repr(strategy).rstrip(")").partition("(")
    if ACTION_IDS[0] in values and name == "sampled_from":
        return "an id"
    if name == "sampled_from":
        return code(values.strip("[]("))
    if name == "integers":
        return re.sub(r"min_value=(.*), max_value=(.*)", r"\1 to \2", values)
    return "`False, True`" if name == "booleans" else name.lstrip("_")


def _alternatives(shares: Shares) -> str:
    """Return the names, those with the same share together."""
    names: dict[Fraction, list[str]] = {}
    for name, share in shares.items():
        names.setdefault(share, []).append(code(name) or "empty")
    return "; ".join(
        f"{_percent(share)}{' each' * (len(some) > 1)}: {', '.join(some)}" for share, some in names.items()
    )


def _percent(share: Fraction) -> str:
    return f"{float(100 * share):.3g} %"
