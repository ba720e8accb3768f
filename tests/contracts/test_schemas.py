"""The JSON Schemas: complete, valid, and specific to each edition's responses."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel
from pytest_providercalls.contracts import EDITIONS, schema
from pytest_providercalls.contracts.formats import go_uuids
from pytest_providercalls.contracts.models import recordings, requests, responses, timelines

MODELS = sorted(
    {
        name
        for module in (recordings, requests, responses, timelines)
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, BaseModel) and value.__module__ == module.__name__
    }
)
ID = "4dbeabd6-f397-4375-95d2-a38411e07ed1"


@pytest.mark.parametrize("edition", [None, *EDITIONS])
@pytest.mark.parametrize("name", MODELS)
def test_each_model_has_a_valid_schema(name: str, edition: str | None) -> None:
    written = schema(name, edition)
    Draft202012Validator.check_schema(written)
    assert written["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert (written["title"], written["type"]) == (name, "object")


def test_an_unknown_edition_is_an_error() -> None:
    with pytest.raises(ValueError, match="unknown edition 'documentd'"):
        schema("Call", "documentd")


def test_an_edition_narrows_response_schemas() -> None:
    found: dict[str | None, dict[str, Any]] = {edition: schema("Call", edition) for edition in (None, *EDITIONS)}
    assert {edition: "type" in one["required"] for edition, one in found.items()} == {
        None: False,
        "documented": True,
        "server-2026-04": False,
        "server-2026-08": False,
    }
    provider = {edition: "codecs" in schema("Provider", edition)["properties"] for edition in EDITIONS}
    assert provider == {"documented": True, "server-2026-04": False, "server-2026-08": True}


@pytest.mark.parametrize(
    ("time", "editions"),
    [
        ("2026-04-21 23:15:00.000000", ["documented"]),
        ("2026-04-21T23:15:00Z", ["server-2026-04", "server-2026-08"]),
        ("2026-04-21T23:15:00.12Z", ["server-2026-04", "server-2026-08"]),
        ("2026-04-21T23:15:00.120Z", []),
        ("2026-04-21 23:15:00", []),
    ],
)
def test_each_edition_has_its_timestamp_format(time: str, editions: list[str]) -> None:
    patterns = {edition: schema("Provider", edition)["properties"]["tm_create"]["pattern"] for edition in EDITIONS}
    assert [edition for edition, pattern in patterns.items() if re.fullmatch(pattern, time)] == editions


def test_request_schemas_are_the_same_in_every_edition() -> None:
    for edition in EDITIONS:
        assert schema("ProviderCallRequest", edition) == schema("ProviderCallRequest")


@given(
    st.text()
    | st.text("0123456789abcdefABCDEFg-{}:urnid\n", min_size=30, max_size=46)
    | st.from_regex(go_uuids.GOOGLE_PATTERN)
)
@example(f"URN:uuid:{ID}")
@example(f"\n{ID}\n")
@example("{" + ID.replace("-", "") + "}")
def test_the_pattern_of_an_id_in_a_request_matches_what_the_server_accepts(text: str) -> None:
    pattern = schema("ProviderCallRequest")["properties"]["provider_id"]["anyOf"][0]["pattern"]
    # `$` is the end of the text in JSON Schema; in Python a newline may follow it.
    assert bool(re.search(pattern.removesuffix("$") + r"\Z", text)) is (go_uuids.parse_google(text) is not None)
