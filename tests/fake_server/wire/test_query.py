"""Queries, cookies, integers and path segments: Go 1.26 and oapi runtime 1.1.2 gave these results."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_providercalls.fake_server.wire import query
from pytest_providercalls.fake_server.wire.query import InvalidParameter, InvalidTarget

PARSE_INT = "error binding string parameter: strconv.ParseInt: parsing "


@pytest.mark.parametrize(
    ("raw", "values"),
    [
        ("", {}),
        ("page_size=5&page_token=a+b", {"page_size": ["5"], "page_token": ["a b"]}),
        ("token=&token=Z", {"token": ["", "Z"]}),
        ("page_size", {"page_size": [""]}),
        ("page_size=%2B5", {"page_size": ["+5"]}),
        ("%70age_size=5&Page_Size=6", {"page_size": ["5"], "Page_Size": ["6"]}),
        ("page_size=5%", {}),
        ("page_size=%zz&page_token=x", {"page_token": ["x"]}),
        ("%zz=5", {}),
        ("page_size=5;page_token=x", {}),
        ("a=1;b&c=2", {"c": ["2"]}),
        ("a=1%3Bb", {"a": ["1;b"]}),
        ("&&a=b=c&&", {"a": ["b=c"]}),
        ("=&==", {"": ["", "="]}),
        ("x=%ff&y=%e2%82&z=%C3%A9", {"x": ["\ufffd"], "y": ["\ufffd\ufffd"], "z": ["é"]}),
    ],
)
def test_a_query_is_parsed_as_url_parse_query_does(raw: str, values: dict[str, list[str]]) -> None:
    assert query.parse(raw) == values


def test_a_query_of_more_than_ten_thousand_parameters_is_ignored() -> None:
    assert query.parse("&".join(["a=1"] * 10_000)) == {"a": ["1"] * 10_000}
    assert query.parse("&".join(["a=1"] * 10_001)) == {}


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("", {}),
        ("token=abc; accesskey=vb_x", {"token": "abc", "accesskey": "vb_x"}),
        ("token=a;token=b", {"token": "a"}),
        ("token=;token=b", {}),
        ("token=%zz; token=b", {}),
        ("token=é; token=b", {"token": "b"}),
        ("token=a%20b+c", {"token": "a b c"}),
        ('token="abc"', {"token": "abc"}),
        ('token="a b,c"', {"token": "a b,c"}),
        ('token="abc', {}),
        ('token="', {}),
        ('token=""', {}),
        ('token="; token=b', {"token": "b"}),
        ('token=""; token=b', {}),
        ("token=a\\b", {}),
        ("token = abc", {"token": " abc"}),
        (" \t token=abc \t ", {"token": "abc"}),
        ("to ken=abc; =x; token", {}),
        ("Token=abc", {"Token": "abc"}),
        ("a=b=c", {"a": "b=c"}),
    ],
)
def test_cookies_are_parsed_as_net_http_does(header: str, values: dict[str, str]) -> None:
    assert query.cookies(header) == values


def test_a_header_of_more_than_three_thousand_cookies_is_ignored() -> None:
    assert query.cookies(";".join(["a=1"] * 3_000)) == {"a": "1"}
    assert query.cookies(";".join(["a=1"] * 3_001)) == {}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("5", 5),
        ("+5", 5),
        ("-5", -5),
        ("05", 5),
        ("-0", 0),
        ("0" * 5000 + "7", 7),
        ("9223372036854775807", 2**63 - 1),
        ("-9223372036854775808", -(2**63)),
    ],
)
def test_go_int_parses_an_integer(text: str, number: int) -> None:
    assert query.go_int(text) == number


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", '"": invalid syntax'),
        ("+", '"+": invalid syntax'),
        ("abc", '"abc": invalid syntax'),
        ("1.0", '"1.0": invalid syntax'),
        ("1e2", '"1e2": invalid syntax'),
        ("0x10", '"0x10": invalid syntax'),
        ("1_0", '"1_0": invalid syntax'),
        (" 5", '" 5": invalid syntax'),
        ("5\n", '"5\\n": invalid syntax'),
        ("+-5", '"+-5": invalid syntax'),
        ("٣", '"٣": invalid syntax'),
        ('"\\', '"\\"\\\\": invalid syntax'),
        ("9223372036854775808", '"9223372036854775808": value out of range'),
        ("-9223372036854775809", '"-9223372036854775809": value out of range'),
        ("18446744073709551615x", '"18446744073709551615x": invalid syntax'),
        ("18446744073709551616x", '"18446744073709551616x": value out of range'),
        ("9" * 5000, f'"{"9" * 5000}": value out of range'),
    ],
)
def test_the_errors_of_go_int_are_those_of_strconv(text: str, message: str) -> None:
    with pytest.raises(InvalidParameter) as error:
        query.go_int(text)
    assert error.value.detail == PARSE_INT + message


def test_a_repeated_parameter_is_rejected() -> None:
    values = query.parse("page_size=5&token=a&token=a&page_token=")
    assert query.single(values, "page_size") == "5"
    assert query.single(values, "page_token") == ""
    assert query.single(values, "provider_id") is None
    with pytest.raises(InvalidParameter, match="^multiple values for single value parameter 'token'$"):
        query.single(values, "token")


@pytest.mark.parametrize(
    ("segment", "text"),
    [
        ("abc", "abc"),
        ("a+b", "a b"),
        ("a%2Bb", "a b"),
        ("a%252Bb", "a+b"),
        ("4dbeabd6%252D", "4dbeabd6-"),
        ("a%2520b", "a b"),
        ("a%C3%A9", "aé"),
        ("%25C3%25A9", "é"),
        ("%ff", "\ufffd"),
    ],
)
def test_a_path_segment_is_decoded_twice(segment: str, text: str) -> None:
    assert query.unescape_path(segment) == text


@pytest.mark.parametrize(
    ("segment", "escape"),
    [("%25zz", "%zz"), ("%25zzz", "%zz"), ("a%25", "%"), ("%252", "%2"), ("%25+0", "%+0"), ("%25%22", '%\\"')],
)
def test_an_invalid_second_escape_is_a_binding_error(segment: str, escape: str) -> None:
    with pytest.raises(InvalidParameter) as error:
        query.unescape_path(segment)
    assert error.value.detail == f"error unescaping query parameter 'id': invalid URL escape \"{escape}\""


def test_an_invalid_first_escape_is_rejected_before_routing() -> None:
    with pytest.raises(InvalidTarget, match='^invalid URL escape "%zz"$'):
        query.unescape_path("%zz")


def test_the_error_names_the_parameter() -> None:
    with pytest.raises(InvalidParameter, match="^parameter 'target_id' is empty, can't bind its value$"):
        query.unescape_path("", "target_id")


@given(st.dictionaries(st.text(), st.text()))
def test_a_query_that_python_encodes_is_parsed_unchanged(values: dict[str, str]) -> None:
    assert query.parse(urlencode(values)) == {name: [value] for name, value in values.items()}


@given(st.text())
def test_any_text_can_be_parsed_as_a_query_and_as_cookies(text: str) -> None:
    query.parse(text)
    assert all(query.cookies(text).values())


@given(st.text(min_size=1))
def test_a_segment_is_decoded_after_quoting_twice(text: str) -> None:
    assert query.unescape_path(quote(quote(text, safe=""), safe="")) == text


@given(st.integers(-(2**70), 2**70))
def test_go_int_accepts_exactly_64_bits(number: int) -> None:
    if -(2**63) <= number < 2**63:
        assert query.go_int(str(number)) == number
    else:
        with pytest.raises(InvalidParameter, match="value out of range$"):
            query.go_int(str(number))
