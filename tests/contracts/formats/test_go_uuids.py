"""UUID spellings, with the results of google/uuid 1.6.0 and gofrs/uuid 4.4.0 (gateway.md 5.2)."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_providercalls.contracts.formats import go_uuids

ID = "4dbeabd6-f397-4375-95d2-a38411e07ed1"
BARE = ID.replace("-", "")

SPELLINGS = [
    # text, google accepts, gofrs accepts
    (ID, True, True),
    (ID.upper(), True, True),
    (BARE, True, True),
    (BARE.upper(), True, True),
    ("{" + ID + "}", True, True),
    ("x" + ID + "y", True, False),
    ("\n" + ID + "\n", True, False),
    ("{" + BARE + "}", False, True),
    ("urn:uuid:" + ID, True, True),
    ("URN:uuid:" + ID, True, False),
    ("urn:UuId:" + ID.upper(), True, False),
    ("urn:uuid:" + BARE, False, True),
    ("urn:uuid:{" + ID + "}", False, False),
    ("urn-uuid:" + ID, False, False),
    ("é" + ID, False, False),
    ("", False, False),
    ("nope", False, False),
    (" " + ID, False, False),
    (ID + "\n", False, False),
    (ID.replace("-", "_"), False, False),
    (ID[:-1] + "g", False, False),
    (ID[:-1] + "١", False, False),
    (BARE[:-1] + "-", False, False),
]


@pytest.mark.parametrize(("text", "google", "gofrs"), SPELLINGS)
def test_spellings_that_each_library_accepts(text: str, google: bool, gofrs: bool) -> None:
    assert go_uuids.parse_google(text) == (ID if google else None)
    assert go_uuids.parse_gofrs(text) == (ID if gofrs else None)


@pytest.mark.parametrize("text", [go_uuids.NIL, go_uuids.NIL.replace("-", ""), "{" + go_uuids.NIL + "}"])
def test_the_nil_uuid_is_a_uuid(text: str) -> None:
    assert go_uuids.parse_google(text) == go_uuids.parse_gofrs(text) == go_uuids.NIL


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "invalid UUID length: 0"),
        ("nope", "invalid UUID length: 4"),
        ("é", "invalid UUID length: 2"),
        ("{" + BARE + "}", "invalid UUID length: 34"),
        ("g" + ID[1:], "invalid UUID format"),
        ("g" + BARE[1:], "invalid UUID format"),
        ("urn-uuid:" + ID, 'invalid urn prefix: "urn-uuid:"'),
        ("{" + ID[:-1] + "g}", "invalid UUID format"),
        ("URN:uuid:" + ID[:-1] + "g", "invalid UUID format"),
        ("zzz:uuid:" + ID, 'invalid urn prefix: "zzz:uuid:"'),
        ("\uffff\U0010ffff\x01\x1f" + ID, 'invalid urn prefix: "\\uffff\\U0010ffff\\x01\\x1f"'),
        ('"\\\x07\n\x00\x7f\u00a0x' + ID, 'invalid urn prefix: "\\"\\\\\\a\\n\\x00\\x7f\\u00a0x"'),
        ("12345678é" + ID[:-1], 'invalid urn prefix: "12345678\\xc3"'),
    ],
)
def test_error_messages_are_those_of_google_uuid(text: str, message: str) -> None:
    assert go_uuids.google_error(text) == message


@given(st.uuids())
def test_canonical_text_is_unchanged(value: UUID) -> None:
    assert go_uuids.parse_google(str(value)) == go_uuids.parse_gofrs(value.hex.upper()) == str(value)


@given(st.text())
def test_any_text_can_be_parsed(text: str) -> None:
    for found in (go_uuids.parse_google(text), go_uuids.parse_gofrs(text)):
        assert found is None or str(UUID(found)) == found
