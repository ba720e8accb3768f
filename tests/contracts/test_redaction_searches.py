"""The fast searches of the redaction find what the plain ones find."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pytest_providercalls.contracts.redaction import known_values
from pytest_providercalls.contracts.redaction.names import IN_A_FORM, IN_MESSAGE, ON_THE_WIRE, name_places

NAMES = (
    "access_token",
    "page_token",
    "TOKEN",
    "token",
    "Set-Cookie",
    "cookie",
    "id-token",
    "secret_key",
    "my_password",
)
FRAGMENTS = (
    *NAMES,
    *"=:\"'{}[](),&; \n`<>\\-a1",
    "=>",
    " is ",
    "...",
    "name=",
    "value",
    "Bearer ",
    "s3cr3t-v4lue",
    "!=",
)
TEXTS = st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join)
NAMED = [one for one in {*IN_A_FORM, *IN_MESSAGE, *ON_THE_WIRE} if one.regex.begins_with_name]


@given(TEXTS)
@example("access_token=a&token=b")
@example("webhook_secret_key='s3cr3t-v4lue'")
@example('token="token=1" token: "token"')
def test_a_pattern_that_begins_with_a_name_is_found_at_names(text: str) -> None:
    names = name_places(text)
    for pattern in NAMED:
        spans = [found.span() for found in pattern.regex.finditer(text, names)]
        assert spans == [found.span() for found in pattern.regex.compiled.finditer(text)], pattern.regex._source


def test_most_patterns_begin_with_a_name() -> None:
    assert len(NAMED) > 15


@given(st.text("ab", max_size=60), st.sets(st.text("ab", min_size=6, max_size=6), min_size=1, max_size=8))
@example("aaaaaaaa", {"aaaaaa"})
def test_heads_are_found_one_by_one_as_character_by_character(text: str, heads: set[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:

        def places(limit: Any) -> list[int]:
            patch.setattr(known_values, "_SEARCHED_ONE_BY_ONE", limit)
            return known_values._places(text, heads)

        assert places(100) == places(0)
