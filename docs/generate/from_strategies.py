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
    yield "How often each choice has each alternative. Examples shrink to the first one of each row. Hypothesis also repeats parts of"
    yield "earlier examples and tries small ones first, so what a short run generates differs from this by some percent."
    yield ""
    yield from table(("choice", "alternatives"), ((name, _alternatives(shares)) for name, shares in frequencies().items()))
    yield ""
    yield f"* {_percent(MORE_ITEMS)} of all arrays have more items than they need, {_percent(MORE_ITEMS)} of these have another one, and so on."
    yield f"* Each of `target_name`, `name` and `detail` is part of {_percent(NAMED)} of the addresses; half of the names are not ASCII. An"
    yield "  extension always has a `target_name`."
    yield "* Only a source of type `tel` has `anonymous` `yes`."
    yield "* 10 of the 1,500 numbers are [magic numbers](magic-numbers.md)."
    yield ""
    yield "## Options of actions"
    yield ""
    yield "Each option of an action, and its `id`, occurs as often as the second column says. Its values are equally likely."
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
    return "; ".join(f"{_percent(share)}{' each' * (len(some) > 1)}: {', '.join(some)}" for share, some in names.items())


def _percent(share: Fraction) -> str:
    return f"{float(100 * share):.3g} %"
