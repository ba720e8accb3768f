"""Phone numbers, compared with the results of the servers' own Go modules for 10,000 random numbers and odd texts.

`numbers.jsonl.gz` holds a text, its country by github.com/dongri/phonenumber v0.1.12, and whether
github.com/ttacon/libphonenumber v1.2.1 parses it, on each line.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from pytest_providercalls.fake_server.calls.numbers import countries, syntax

with gzip.open(Path(__file__).parent / "numbers.jsonl.gz", "rt", encoding="utf-8") as lines:
    NUMBERS: list[tuple[str, str, bool]] = [tuple(json.loads(line)) for line in lines]


def test_the_country_of_every_number_is_the_modules() -> None:
    assert len(NUMBERS) > 10_000
    assert [number for number, country, _ in NUMBERS if countries.country_of(number) != country] == []


def test_every_country_occurs() -> None:
    # Greenland's numbers have five digits in the table, and so on: a few countries share all of their numbers.
    assert len(countries.ALL - {country for _, country, _ in NUMBERS}) < 20


def test_a_text_is_a_number_if_the_module_parses_it() -> None:
    assert [number for number, _, parses in NUMBERS if syntax.is_phone_number(number) is not parses] == []


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("+12025550143", "1"),
        ("+4915112345678", "49"),
        ("+35312345678", "353"),
        ("2025550143", "1"),
        ("011 49 151 12345678", "49"),
        ("+999123456", ""),
        ("nobody", ""),
    ],
)
def test_calling_code_of_a_number(number: str, code: str) -> None:
    assert syntax.calling_code(number) == code
