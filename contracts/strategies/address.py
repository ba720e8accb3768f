"""Whom calls come from and go to: numbers reserved for fiction, and addresses of every type (calls.md 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, partial

from hypothesis import strategies as st

Address = dict[str, str]

FICTION: Mapping[str, tuple[str, ...]] = {
    # NANP: 555-0100 to 555-0199 in every area.
    "us": ("+120255501", "+121255501", "+130555501", "+141555501"),
    "ca": ("+141655501", "+160455501"),
    # Ofcom's numbers for drama: mobile, London, Manchester, and an area that is nowhere.
    "gb": ("+4477009001", "+4420794601", "+4416149601", "+4416329601"),
    # ACMA's numbers for radio, books, film and TV: east, south-east.
    "au": ("+612555001", "+612701001", "+613555001"),
    # ARCEP's numbers for audiovisual works: Île-de-France, mobile.
    "fr": ("+331990010", "+336399810"),
}
"""By country, numbers that its regulator keeps for fiction, without their last two digits."""
_NAMES = st.sampled_from(
    [{}, {"target_name": "Sales"}, {"target_name": 'Zoë "Zo" Ōno <x&y>', "name": "front desk", "detail": "until six"}]
)
_EXTENSIONS = st.sampled_from([{"target_name": "2000"}, {"target_name": "2001", "name": "front desk"}])
_UUIDS = st.uuids(version=4).map(str)


@st.composite
def fictional_numbers(draw: st.DrawFn, *countries: str) -> str:
    """Phone numbers in E.164 that nobody has: of these countries (`us`, `ca`, `gb`, `au`, `fr`), or of all.

    The simplest is +12025550100. Of the American ones those that end in 80 to 89 choose what a fake's far side does.
    """
    return draw(numbers(*countries))


def numbers(*countries: str) -> st.SearchStrategy[str]:
    """What `fiction_numbers` draws from."""
    prefixes = [prefix for country in countries or FICTION for prefix in FICTION[country]]
    return st.integers(0, 100 * len(prefixes) - 1).map(partial(_number, prefixes))


def _number(prefixes: Sequence[str], number: int) -> str:
    return f"{prefixes[number // 100]}{number % 100:02}"


_NUMBERS = numbers()
_TARGETS: Mapping[str, st.SearchStrategy[str]] = {
    "tel": _NUMBERS,
    "sip": st.sampled_from(["alice@sip.example.invalid", "sip:bob@192.0.2.1;transport=tcp"]),
    "agent": _UUIDS,
    "extension": st.sampled_from(["2000", "2001"]),
    "conference": _UUIDS,
    "line": _UUIDS,
    "email": st.sampled_from(["nobody@example.invalid", '"no body"@example.invalid']),
    "ai": _UUIDS,
    "ai_team": _UUIDS,
    "webchat": _UUIDS,
    "web_session": _UUIDS,
    "whatsapp": _NUMBERS,
    "": st.just(""),
}
ADDRESS_TYPES: tuple[str, ...] = tuple(_TARGETS)
"""Every type of address, the empty one too."""
DIALLED = ("tel", "sip")
"""The types of which a destination becomes a call."""
GROUPED = ("agent", "extension")
"""The types of which a destination becomes a groupcall, if there is somebody in it."""


@st.composite
def addresses(draw: st.DrawFn, *types: str) -> Address:
    """Addresses of these types (see ADDRESS_TYPES), or of all; some have a name."""
    return draw(of_types(*types))


@cache
def of_types(*types: str) -> st.SearchStrategy[Address]:
    """What `addresses` draws from."""
    return st.one_of([_of(type) for type in types or ADDRESS_TYPES])


def _of(type: str) -> st.SearchStrategy[Address]:
    # An extension is found by its target_name; its target is a label.
    names = _EXTENSIONS if type == "extension" else _NAMES
    return st.tuples(st.just(type), _TARGETS[type], names).map(_written)


def _written(parts: tuple[str, str, Address]) -> Address:
    type, target, names = parts
    return {"type": type, "target": target, **names}
