"""Strategies for phone numbers reserved for fiction, and for addresses of every type (calls.md 4)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from hypothesis import strategies as st

from .json_values import draw_some

Address = dict[str, str]

FICTION: Mapping[str, tuple[str, ...]] = {
    # NANP: 555-0100 to 555-0199 in every area.
    "us": ("+120255501", "+121255501", "+130555501", "+141555501"),
    "ca": ("+141655501", "+160455501"),
    # Ofcom's numbers for drama: mobile, London, Manchester, no area.
    "gb": ("+4477009001", "+4420794601", "+4416149601", "+4416329601"),
    # ACMA's numbers for radio, books, film and TV: east, south-east.
    "au": ("+612555001", "+612701001", "+613555001"),
    # ARCEP's numbers for audiovisual works: Île-de-France, mobile.
    "fr": ("+331990010", "+336399810"),
}
"""The numbers that each country's regulator reserves for fiction, without the last two digits."""
UNKNOWN_IDS = st.sampled_from([f"f1f2f3f4-0000-4000-8000-00000000{number:04x}" for number in range(0xDEAD, 0xDEB7)])
"""The ids of no record."""


@st.composite
def fictional_numbers(draw: st.DrawFn, *countries: str) -> str:
    """Generate unassigned phone numbers in E.164 of these countries (`us`, `ca`, `gb`, `au`, `fr`), by default of all.

    The simplest is +12025550100. US numbers that end in 80 to 89 are magic numbers of the fake.
    """
    return draw(numbers(*countries))


def numbers(*countries: str) -> st.SearchStrategy[str]:
    """Return the strategy that `fictional_numbers` draws from."""
    prefixes = [prefix for country in countries or FICTION for prefix in FICTION[country]]
    return st.sampled_from([f"{prefix}{number:02}" for prefix in prefixes for number in range(100)])


_NUMBERS = numbers()
_EXTENSIONS = st.sampled_from(["2000", "2001"])
# Each target is one choice.
_TARGETS: Mapping[str, st.SearchStrategy[str]] = {
    "tel": _NUMBERS,
    "sip": st.sampled_from(["alice@sip.example.invalid", "sip:bob@192.0.2.1;transport=tcp"]),
    "agent": UNKNOWN_IDS,
    "extension": _EXTENSIONS,
    "conference": UNKNOWN_IDS,
    "line": UNKNOWN_IDS,
    "email": st.sampled_from(["nobody@example.invalid", '"no body"@example.invalid']),
    "ai": UNKNOWN_IDS,
    "ai_team": UNKNOWN_IDS,
    "webchat": UNKNOWN_IDS,
    "web_session": UNKNOWN_IDS,
    "whatsapp": _NUMBERS,
    "": st.sampled_from(["", "nobody"]),
}
_LABELS = {
    "name": st.sampled_from(["front desk", "Zoë"]),
    "detail": st.sampled_from(["until six", "täglich bis 18 Uhr"]),
}
_NAMES = {"target_name": st.sampled_from(["Sales", 'Zoë "Zo" Ōno <x&y>']), **_LABELS}
# An extension is found by its target_name; its target is a label.
_EXTENSION_NAMES = {"target_name": _EXTENSIONS, **_LABELS}
ADDRESS_TYPES: tuple[str, ...] = tuple(_TARGETS)
"""Every address type, including the empty one."""
DIALLED = ("tel", "sip")
"""The types of destinations that become calls."""
GROUPED = ("agent", "extension")
"""The types of destinations that become groupcalls, if they have an address to call."""


@st.composite
def addresses(draw: st.DrawFn, *types: str) -> Address:
    """Generate addresses of these types (see ADDRESS_TYPES), by default of all. Some have a name."""
    return draw(of_types(*types))


@cache
def of_types(*types: str) -> st.SearchStrategy[Address]:
    """Return the strategy that `addresses` draws from. A type that is given several times is more likely."""
    return _addresses(st.sampled_from(types or ADDRESS_TYPES))


@st.composite
def _addresses(draw: st.DrawFn, types: st.SearchStrategy[str]) -> Address:
    return draw_one(draw, draw(types))


def draw_one(draw: st.DrawFn, type: str) -> Address:
    """Draw an address of one type."""
    return draw_named(draw, type, draw(_TARGETS[type]))


def draw_named(draw: st.DrawFn, type: str, target: str) -> Address:
    """Draw the names of an address."""
    if type == "extension":
        return {"type": type, "target": target, **draw_some(draw, _EXTENSION_NAMES, one_in=4, first=True)}
    return {"type": type, "target": target, **draw_some(draw, _NAMES, one_in=4)}
