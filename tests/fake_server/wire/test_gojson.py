"""Properties of decoding and encoding JSON as Go does: round trips, and no crash for any input."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel
from pytest_providercalls.contracts.models.requests import (
    AccesskeyRequest,
    ActionRequest,
    AddressRequest,
    CallRequest,
    FlowRequest,
    LoginRequest,
    ProviderCallRequest,
    ProviderRequest,
)
from pytest_providercalls.fake_server.wire.gojson import (
    InvalidJson,
    decode,
    decode_fast,
    encode,
    encode_response,
    sorted_keys,
    utf8,
)

MODELS = [LoginRequest, ProviderCallRequest, CallRequest, FlowRequest, ProviderRequest, AccesskeyRequest]


def option(text: str) -> Any:
    request = decode(f'{{"actions":[{{"option":{{"x":{text}}}}}]}}'.encode(), FlowRequest)
    action = request.actions[0]
    assert action and action.option
    return action.option["x"]


NUMBERS = [
    ("0", "0"),
    ("-0", "-0"),
    ("-0.0", "-0"),
    ("1.0", "1"),
    ("1e2", "100"),
    ("-1.50", "-1.5"),
    ("0.1", "0.1"),
    ("123456789012345", "123456789012345"),
    ("9007199254740993", "9007199254740992"),
    ("12345678901234567890", "12345678901234567000"),
    ("12345678901234567890123", "1.2345678901234568e+22"),
    ("1e20", "100000000000000000000"),
    ("1e21", "1e+21"),
    ("5582144687785409e3", "5582144687785409000"),
    ("1e-5", "0.00001"),
    ("0.000001", "0.000001"),
    ("1e-7", "1e-7"),
    ("1.5E-10", "1.5e-10"),
    ("5e-324", "5e-324"),
    ("1e-999", "0"),
    ("0." + "1" * 5000, "0.1111111111111111"),
]


@pytest.mark.parametrize(("text", "expected"), NUMBERS)
def test_a_number_in_an_option_is_a_float64(text: str, expected: str) -> None:
    number = option(text)
    assert encode(number).decode() == expected
    assert encode({"a": [number], "b": "1.0,e-07}"}).decode() == f'{{"a":[{expected}],"b":"1.0,e-07}}"}}'


def test_a_whole_number_in_an_option_is_an_int() -> None:
    assert [type(option(text)) for text in ("1", "1.0", "1e3", "1.5")] == [int, int, int, float]


@pytest.mark.parametrize("depth", [10, 390])
def test_a_deeply_nested_option_is_decoded_and_encoded(depth: int) -> None:
    text = '{"a":' * depth + "1.0" + "}" * depth
    assert encode(sorted_keys(option(text))).decode() == text.replace("1.0", "1")


texts = st.text()
addresses = st.builds(AddressRequest, type=texts, target=texts, target_name=texts, name=texts, detail=texts)
floats = st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | texts | floats | st.integers(-(2**53), 2**53),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
actions = st.builds(
    ActionRequest,
    id=texts,
    next_id=texts,
    type=texts,
    option=st.none() | st.dictionaries(texts, json_values, max_size=3),
    tm_execute=st.none() | texts,
)
requests = st.builds(
    ProviderCallRequest,
    provider_id=st.none() | st.uuids().map(str),
    flow_id=st.none() | st.uuids().map(str),
    source=st.none() | addresses,
    destinations=st.lists(st.none() | addresses, max_size=3),
    actions=st.lists(st.none() | actions, max_size=3),
    anonymous=st.none() | texts,
)


@given(requests, st.booleans())
def test_a_request_that_python_encodes_is_decoded_unchanged(request: ProviderCallRequest, ascii_only: bool) -> None:
    body = json.dumps(request.model_dump(), ensure_ascii=ascii_only).encode()
    assert decode(body, ProviderCallRequest) == request


@given(requests)
def test_a_request_that_go_encodes_is_decoded_unchanged(request: ProviderCallRequest) -> None:
    assert decode(encode(request.model_dump()), ProviderCallRequest) == request


@given(requests)
def test_the_slow_path_agrees_with_the_fast_path(request: ProviderCallRequest) -> None:
    body = encode({name.upper(): value for name, value in request.model_dump().items()})
    assert decode(body, ProviderCallRequest) == request


@given(json_values)
def test_encoded_values_are_html_safe_json(value: Any) -> None:
    encoded = encode(value)
    assert json.loads(encoded, parse_int=float) == value
    assert not set(encoded) & set(b"<>&")


@given(st.dictionaries(texts, st.none() | st.booleans() | texts | st.integers() | st.lists(texts)))
def test_a_response_body_is_encoded_like_any_value(body: dict[str, Any]) -> None:
    assert encode_response(body) == encode(body)


@given(st.binary(), st.sampled_from(MODELS))
@example(b'{"name":"\xed\xa0\x80"}', FlowRequest)
def test_any_bytes_are_decoded_or_rejected(body: bytes, model: type[BaseModel]) -> None:
    for attempt in (body, b'{"name":' + body + b"}", b'{"actions":[{"option":{"x":"' + body + b'"}}]}'):
        try:
            assert isinstance(decode(attempt, model), model)
        except InvalidJson as error:
            assert str(error)


@given(requests, st.data())
def test_a_damaged_request_is_decoded_or_rejected(request: ProviderCallRequest, data: st.DataObject) -> None:
    body = bytearray(encode(request.model_dump()))
    for _ in range(3):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.sampled_from(b'{}[]",:\\u0-1.e nN\x00\xff'))
    with suppress(InvalidJson):
        decode(bytes(body), ProviderCallRequest)


@given(st.binary())
def test_any_bytes_become_valid_text(data: bytes) -> None:
    assert utf8(data).encode().decode() == utf8(data)
    assert len(utf8(data)) <= len(data)


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "A", "a:b"]), st.sampled_from(['"x"', '"a:b"', "1.0", "{}"]))))
def test_decode_fast_agrees_with_decode(pairs: list[tuple[str, str]]) -> None:
    """This includes the option of an action, a free map: the last of equal keys wins, and numbers are float64."""
    option = ",".join(f'"{key}":{value}' for key, value in pairs)
    body = ('{"name":"n","actions":[{"type":"talk","option":{' + option + "}}]}").encode()
    found = decode_fast(body, FlowRequest)
    assert found is None or found == decode(body, FlowRequest)
    plain = len({key for key, _ in pairs}) == len(pairs) and ":" not in option.replace('":', "")
    assert (found is not None) == (plain and all(value == '"x"' for _, value in pairs))
