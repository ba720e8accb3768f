"""Encoding JSON as Go does: Go 1.26 printed these texts."""

from __future__ import annotations

import sys
from itertools import count
from typing import Any

import pytest
from pytest_providercalls.fake_server.wire import go_encoder
from pytest_providercalls.fake_server.wire.gojson import encode, sorted_keys

ENCODED: list[tuple[Any, str]] = [
    (None, "null"),
    (True, "true"),
    ([], "[]"),
    ({}, "{}"),
    ({"b": 1, "a": [1, None]}, '{"b":1,"a":[1,null]}'),
    ("<a href='x'>&amp;</a>", "\"\\u003ca href='x'\\u003e\\u0026amp;\\u003c/a\\u003e\""),
    ("\u2028\u2029é\U0001f600", '"\\u2028\\u2029é\U0001f600"'),
    ('"\\/\b\f\n\r\t\x00\x1f\x7f', '"\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\x7f"'),
    ("\ud800x", '"\\ufffdx"'),
    ({"<": "\ufffd"}, '{"\\u003c":"\ufffd"}'),
    (2**70, "1180591620717411303424"),
    (0.01, "0.01"),
    (0.0, "0"),
    (100.0, "100"),
    (1e16, "10000000000000000"),
    (1e21, "1e+21"),
    (1e-6, "0.000001"),
    (1e-7, "1e-7"),
    (1.5e-7, "1.5e-7"),
    (1e-10, "1e-10"),
    ({"x": -1e-05, "y": "1.0"}, '{"x":-0.00001,"y":"1.0"}'),
    ([1.0, "1e-05]", 1.0], '[1,"1e-05]",1]'),
    ({"x": 1.0}, '{"x":1}'),
    ({"x": [1.0]}, '{"x":[1]}'),
    ({"x": 1.0, "y": 1}, '{"x":1,"y":1}'),
    ({"x": [1e-05]}, '{"x":[0.00001]}'),
    ({"x": 1e16}, '{"x":10000000000000000}'),
]


@pytest.mark.parametrize(("value", "text"), ENCODED, ids=range(len(ENCODED)))
def test_a_value_is_encoded_as_go_does(value: Any, text: str) -> None:
    assert encode(value).decode() == text


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_nan_and_infinity_are_rejected(value: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode(value)


def test_keys_are_sorted_at_every_level() -> None:
    value = {"b": [{"z": 1, "a": {"d": 1, "c": 2}}], "B": 1, "a": None}
    assert encode(sorted_keys(value)) == b'{"B":1,"a":null,"b":[{"a":{"c":2,"d":1},"z":1}]}'


@pytest.mark.parametrize(
    "body",
    [
        {"id": "x", "tm_delete": None, "ids": [], "nested": {"b": 1, "a": [True, {"c": '/\x7f\x00"\\\b\f\n'}]}},
        {"name": "é"},
        {"name": "<a> & b"},
        {"actions": [{"option": {"duration": 1.0}}]},
        {"name": "\ud800"},
        {"big": 2**70},
    ],
    ids=range(6),
)
def test_the_encoder_of_a_long_session_writes_the_same_bytes(
    body: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    fast = go_encoder.encode_response(body)
    monkeypatch.delitem(sys.modules, "pydantic_core")
    assert fast == go_encoder.encode_response(body) == encode(body)


def test_a_long_session_imports_the_faster_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "pydantic_core")
    monkeypatch.setattr(go_encoder, "_responses", count())
    monkeypatch.setattr(go_encoder, "_MANY", 3)
    monkeypatch.setattr(go_encoder, "_fast_encoder", lambda: lambda _body: b"fast")
    assert [go_encoder.encode_response({}) for _ in range(5)] == [b"{}"] * 3 + [b"fast"] * 2
