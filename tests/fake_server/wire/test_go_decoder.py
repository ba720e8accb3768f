"""Decoding JSON as Go does: Go 1.26 gave these results for the server's structs."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import Any

import pytest
from pydantic import BaseModel
from pytest_providercalls.contracts.models.requests import (
    AccesskeyRequest,
    AddressRequest,
    CallRequest,
    FlowRequest,
    LoginRequest,
    ProviderCallRequest,
    ProviderRequest,
)
from pytest_providercalls.fake_server.wire.deep_json import decode_deep
from pytest_providercalls.fake_server.wire.gojson import MAX_DEPTH, InvalidJson, TooDeep, decode

ID = "4dbeabd6-f397-4375-95d2-a38411e07ed1"
MODELS = [LoginRequest, ProviderCallRequest, CallRequest, FlowRequest, ProviderRequest, AccesskeyRequest]


def to_bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def fields_of(request: BaseModel) -> dict[str, Any]:
    return request.model_dump(include=set(type(request).model_fields))


NOT_AN_OBJECT = [
    "",
    " \n",
    "{",
    '{"name":"x"',
    '{"name":"x",}',
    '{"name":}',
    '{"name" "x"}',
    "{name:1}",
    "{'name':'x'}",
    '{"name":"x"/* no */}',
    "// no\n{}",
    "\ufeff{}",
    "\u00a0{}",
    "\x0c{}",
    "name=x&detail=y",
    "[]",
    "[{}]",
    '"x"',
    "5",
    "-0",
    "true",
    "NaN",
    "nul",
    '{"q":NaN}',
    '{"q":-Infinity}',
    '{"q":Infinity}',
    '{"q":01}',
    '{"q":1.}',
    '{"q":.5}',
    '{"q":+1}',
    '{"q":-}',
    '{"q":1e}',
    '{"q":0x1}',
    '{"q":"\t"}',
    '{"q":"\x00"}',
    '{"q":"\\x"}',
    '{"q":"\\\'"}',
    '{"q":"\\u12"}',
    '{"q":"\\ud800\\u12"}',
    '{"q":"x}',
    '{"q":[1,]}',
    '{"q":[1 2]}',
    '{"q":tru}',
    b'{"q":\xff}',
    b"\xff{}",
    '{"q":' + "[" * 20_000 + "]" * 20_000 + "}",
    '{"q":' * 20_000,
    "[" * 1_000_000,
]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("body", NOT_AN_OBJECT, ids=range(len(NOT_AN_OBJECT)))
def test_a_body_that_is_not_a_json_object_is_rejected(model: type[BaseModel], body: str | bytes) -> None:
    with pytest.raises(InvalidJson):
        decode(to_bytes(body), model)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    "body",
    [
        "{}",
        "null",
        " \t\r\n{} ",
        "{} garbage",
        "{}{",
        "{}\x00",
        b"{}\xff\xfe",
        "nullx",
        '{"q":1e999,"w":[{"e":null}],"é":-0.0e-7}',
        '{"q":"\\ud800"}',
        b'{"q":"\xff","\xff":1}',
        '{"q":' + "9" * 10_000 + "}",
        '{"q":1,"q":"x","Q":[]}',
    ],
)
def test_a_body_without_known_fields_sets_nothing(model: type[BaseModel], body: str | bytes) -> None:
    assert fields_of(decode(to_bytes(body), model)) == fields_of(model())


def test_the_fast_and_the_slow_path_read_unknown_fields_alike() -> None:
    fast = decode(b'{"q":[1,{"b":null}],"w":1.5}', FlowRequest)
    slow = decode(b'{"q":0,"q":[1.0,{"b":null}],"w":15e-1}', FlowRequest)
    assert fast == slow


TYPE_ERRORS: list[tuple[type[BaseModel], str]] = [
    (ProviderCallRequest, '{"provider_id":""}'),
    (ProviderCallRequest, '{"provider_id":"nope"}'),
    (ProviderCallRequest, '{"provider_id":5}'),
    (ProviderCallRequest, '{"provider_id":[4,219]}'),
    (ProviderCallRequest, '{"provider_id":"x","provider_id":"' + ID + '"}'),
    (ProviderCallRequest, '{"PROVIDER_ID":"x"}'),
    (ProviderCallRequest, '{"flow_id":""}'),
    (ProviderCallRequest, '{"flow_id":false}'),
    (ProviderCallRequest, '{"source":"x"}'),
    (ProviderCallRequest, '{"source":[]}'),
    (ProviderCallRequest, '{"source":{"target":5}}'),
    (ProviderCallRequest, '{"ſource":{"target":5}}'),
    (ProviderCallRequest, '{"source":{"target":5},"source":{"target":"x"}}'),
    (ProviderCallRequest, '{"source":{"target":5},"source":null}'),
    (ProviderCallRequest, '{"destinations":{}}'),
    (ProviderCallRequest, '{"destinations":"x"}'),
    (ProviderCallRequest, '{"destinations":["x"]}'),
    (ProviderCallRequest, '{"destinations":[{},[]]}'),
    (ProviderCallRequest, '{"destinations":[1],"destinations":[]}'),
    (ProviderCallRequest, '{"anonymous":true}'),
    (ProviderCallRequest, '{"anonymous":12345678901234567890}'),
    (ProviderCallRequest, '{"actions":[{"id":1}]}'),
    (ProviderCallRequest, '{"actions":[{"option":[]}]}'),
    (ProviderCallRequest, '{"actions":[{"option":"x"}]}'),
    (ProviderCallRequest, '{"actions":[{"option":{"x":1e999}}]}'),
    (ProviderCallRequest, '{"actions":[{"option":{"x":[-1e400]}}]}'),
    (ProviderCallRequest, '{"actions":[{"option":{"x":1e999,"x":1}}]}'),
    (ProviderCallRequest, '{"actions":[{"tm_execute":0}]}'),
    (CallRequest, '{"flow_id":5}'),
    (CallRequest, '{"variables":{"a":1}}'),
    (CallRequest, '{"variables":{"a":1,"a":"x"}}'),
    (CallRequest, '{"variables":[]}'),
    (FlowRequest, '{"name":1.5}'),
    (FlowRequest, '{"name":{}}'),
    (FlowRequest, '{"Name":1,"name":"x"}'),
    (ProviderRequest, '{"tech_headers":[]}'),
    (ProviderRequest, '{"tech_headers":{"X":1e999}}'),
    (ProviderRequest, '{"codecs":[]}'),
    (AccesskeyRequest, '{"expire":"86400"}'),
    (AccesskeyRequest, '{"expire":86400.0}'),
    (AccesskeyRequest, '{"expire":8.64e4}'),
    (AccesskeyRequest, '{"expire":1.5}'),
    (AccesskeyRequest, '{"expire":true}'),
    (AccesskeyRequest, '{"expire":9223372036854775808}'),
    (AccesskeyRequest, '{"expire":-9223372036854775809}'),
    (AccesskeyRequest, '{"expire":' + "1" * 10_000 + "}"),
    (LoginRequest, '{"username":["x"]}'),
    (LoginRequest, '{"paſſword":1}'),
]


@pytest.mark.parametrize(("model", "body"), TYPE_ERRORS, ids=range(len(TYPE_ERRORS)))
def test_a_known_field_of_the_wrong_type_is_rejected(model: type[BaseModel], body: str) -> None:
    with pytest.raises(InvalidJson):
        decode(to_bytes(body), model)


def test_the_error_names_the_field() -> None:
    for body in ('{"source":{"target":5}}', '{"Source":{"target":5}}'):
        with pytest.raises(InvalidJson, match="target: Input should be a valid string"):
            decode(to_bytes(body), CallRequest)
    for body in ('{"destinations":{}}', '{"Destinations":{}}'):
        with pytest.raises(InvalidJson, match="destinations: Input should be a"):
            decode(to_bytes(body), CallRequest)


@pytest.mark.parametrize(
    ("count", "message"), [(1, "variables.k0: Input should be"), (500, "many values have a wrong")]
)
def test_an_error_message_is_short(count: int, message: str) -> None:
    variables = {f"k{number}": number for number in range(count)}
    with pytest.raises(InvalidJson, match=f"^{message}") as error:
        decode(json.dumps({"variables": variables}).encode(), CallRequest)
    assert len(str(error.value)) < 100


ACCEPTED: list[tuple[type[BaseModel], str | bytes, dict[str, Any]]] = [
    # Field names in other spellings.
    (LoginRequest, '{"USERNAME":"a","PassWord":"b"}', {"username": "a", "password": "b"}),
    (LoginRequest, '{"uſername":"a","password":"b"}', {"username": "a", "password": "b"}),
    (AccesskeyRequest, '{"İname":"a","Name":"b"}', {"name": "b"}),
    (ProviderRequest, '{"TECH_headers":{"A":1},"codecſ":"x"}', {"tech_headers": {"A": 1}, "codecs": "x"}),
    # The last scalar wins. null keeps a plain field and clears a pointer.
    (FlowRequest, '{"name":"a","name":"b","NAME":"c"}', {"name": "c"}),
    (FlowRequest, '{"name":"a","name":null}', {"name": "a"}),
    (AccesskeyRequest, '{"name":"a","name":null}', {}),
    (AccesskeyRequest, '{"expire":1,"Expire":null}', {}),
    (AccesskeyRequest, '{"expire":null,"expire":-0}', {"expire": 0}),
    (AccesskeyRequest, '{"expire":9223372036854775807}', {"expire": 2**63 - 1}),
    (ProviderCallRequest, f'{{"provider_id":"{ID.upper()}","provider_id":null}}', {"provider_id": ID}),
    (ProviderCallRequest, f'{{"flow_id":"{ID}","flow_id":null}}', {}),
    (ProviderCallRequest, '{"anonymous":"yes","anonymous":null}', {}),
    (ProviderCallRequest, '{"anonymous":null,"anonymous":""}', {"anonymous": ""}),
    (CallRequest, '{"flow_id":"a","flow_id":null}', {}),
    (ProviderRequest, '{"codecs":"a","codecs":null,"hostname":"h","hostname":null}', {"hostname": "h"}),
    # Objects merge.
    (
        CallRequest,
        '{"source":{"target":"1","type":"tel"},"source":{"name":"n","target":"2"}}',
        {"source": {"target": "2", "type": "tel", "name": "n"}},
    ),
    (CallRequest, '{"source":{"target":"1"},"source":null,"source":{"name":"n"}}', {"source": {"name": "n"}}),
    (CallRequest, '{"source":{"Target":"1"}}', {"source": {"target": "1"}}),
    (CallRequest, '{"destinations":[{"TARGET":"1"}]}', {"destinations": [{"target": "1"}]}),
    (CallRequest, '{"source":{"target":"1"},"source":{"target":null}}', {"source": {}}),
    # Arrays overwrite earlier elements, field by field.
    (
        CallRequest,
        '{"destinations":[{"type":"tel","target":"1"}],"destinations":[{"target":"2"},{}]}',
        {"destinations": [{"type": "tel", "target": "2"}, {}]},
    ),
    (
        CallRequest,
        '{"destinations":[{"target":"1"},{"target":"2"}],"destinations":[null]}',
        {"destinations": [{"target": "1"}]},
    ),
    (
        CallRequest,
        '{"destinations":[{"target":"1"},{"target":"2"}],"destinations":[{}],"destinations":[{},{},{}]}',
        {"destinations": [{"target": "1"}, {"target": "2"}, {}]},
    ),
    (CallRequest, '{"destinations":[{"target":"1"}],"destinations":[]}', {}),
    (
        CallRequest,
        '{"destinations":[{"target":"1"}],"destinations":[],"destinations":[{}]}',
        {"destinations": [{}]},
    ),
    (CallRequest, '{"destinations":[{"target":"1"}],"destinations":null}', {}),
    (
        FlowRequest,
        '{"actions":[{"id":"a","type":"talk","option":{"a":1}}],"actions":[{"id":null,"option":{"b":2}}]}',
        {"actions": [{"id": "a", "type": "talk", "option": {"a": 1, "b": 2}}]},
    ),
    (FlowRequest, '{"actions":[{"option":{"a":1},"option":null}]}', {"actions": [{}]}),
    # In a free map the last of equal keys wins, and case matters.
    (
        FlowRequest,
        '{"actions":[{"option":{"x":{"a":1},"x":{"b":2},"X":3,"type":1,"TYPE":2}}]}',
        {"actions": [{"option": {"x": {"b": 2}, "X": 3, "type": 1, "TYPE": 2}}]},
    ),
    (
        ProviderRequest,
        '{"tech_headers":{"A":"1","A":null},"tech_headers":{"B":"2"}}',
        {"tech_headers": {"A": None, "B": "2"}},
    ),
    (CallRequest, '{"variables":{"a":"1","a":null,"b":"2"}}', {"variables": {"a": "", "b": "2"}}),
    # Text.
    (FlowRequest, b'{"name":"\xff\xe2\x82x\xed\xa0\x80"}', {"name": "\ufffd" * 3 + "x" + "\ufffd" * 3}),
    (
        FlowRequest,
        '{"name":"\\ud800x\\udc00","detail":"\\ud800\\ud83d\\ude00"}',
        {"name": "\ufffdx\ufffd", "detail": "\ufffd\U0001f600"},
    ),
    (FlowRequest, '{"name":"\\\\ud800\\/\\b\\u00e9\\u2028"}', {"name": "\\ud800/\b\u00e9\u2028"}),
]


@pytest.mark.parametrize(("model", "body", "fields"), ACCEPTED, ids=range(len(ACCEPTED)))
def test_a_body_is_decoded_as_go_does(model: type[BaseModel], body: str | bytes, fields: dict[str, Any]) -> None:
    assert fields_of(decode(to_bytes(body), model)) == fields_of(model.model_validate(fields))


def test_null_in_an_array_stays_an_element() -> None:
    request = decode(b'{"destinations":[null,{}],"actions":[null]}', ProviderCallRequest)
    assert request.destinations == [None, AddressRequest()]
    assert request.actions == [None]


@pytest.mark.parametrize("more", ["", ',"Name":"slow path"'])
def test_the_nesting_limit_is_exact(more: str) -> None:
    def body(depth: int) -> bytes:
        levels = depth - 3  # The body, its list of actions and the action are three.
        option = '{"a":' * levels + "1" + "}" * levels
        return f'{{"destinations":[{{}}],"actions":[{{"option":{option}}}]{more}}}'.encode()

    assert decode(body(MAX_DEPTH), CallRequest).actions
    with pytest.raises(InvalidJson, match="nested too deeply"):
        decode(body(MAX_DEPTH + 1), CallRequest)


def test_brackets_in_strings_do_not_count_as_nesting() -> None:
    body = {"destinations": [{"target": "[{" * 300}] * 1000}
    assert len(decode(json.dumps(body).encode(), CallRequest).destinations) == 1000


@pytest.mark.parametrize(
    "body",
    [
        b'{"destinations":[' + b",".join([b'{"type":"tel","target":"+82101234567"}'] * 50_000) + b"]}",
        b'{"destinations":[{"type":"tel"}' + b",{}" * 50_000 + b"]" + b',"destinations":[{}]' * 50_000 + b"}",
        b'{"destinations":[' + b",".join([b"1"] * 1_000_000) + b"]}",
        b'{"actions":[{"option":{' + b'"k":1.0,' * 200_000 + b'"k":1}' + b',"option":{}' * 100_000 + b"}]}",
        b'{"q":' + b"1" * 10_000_000 + b"}",
        b'{"anonymous":"' + b"\xff" * 2_000_000 + b'"}',
    ],
    ids=["many", "repeated", "wrong", "numbers", "digits", "bytes"],
)
def test_the_time_for_a_large_body_is_linear(body: bytes) -> None:
    start = time.process_time()
    with suppress(InvalidJson):
        decode(body, ProviderCallRequest)
    assert time.process_time() - start < 5


def nested(levels: int, inner: bytes = b"", opening: bytes = b"[", closing: bytes = b"]") -> bytes:
    return opening * levels + inner + closing * levels


@pytest.mark.parametrize(
    "value",
    [
        nested(9_999),
        nested(9_999, b"1"),
        nested(9_998, b'{"a":"\\"]}["}'),
        nested(3_332, b"[null,[1]]", b'[{"a":[1,', b'],"b":[[]]},[],"c"]'),
        b"[" + nested(5_000) + b"," + nested(5_000, b"1e999") + b"]",
    ],
    ids=["lists", "number", "string", "mixed", "two"],
)
def test_a_value_that_go_skips_may_be_deep(value: bytes) -> None:
    body = b'{"name":"n","surprise":' + value + b',"detail":"d"} and more'
    request = decode_deep(body, FlowRequest)
    assert (request.name, request.detail) == ("n", "d")


@pytest.mark.parametrize(
    "value",
    [
        nested(10_000),
        b"[" * 20_000,
        nested(9_000, b"01"),
        nested(9_000, b"nope"),
        nested(9_000, b'"'),
        nested(9_000, b"}"),
        nested(9_000, b"1", b"[", b",]"),
        nested(9_000) + b",",
        nested(9_000, b"1") + b"]",
    ],
    ids=["too deep", "open", "number", "word", "string", "bracket", "comma", "field", "closed"],
)
def test_a_deep_value_that_go_rejects(value: bytes) -> None:
    with pytest.raises(InvalidJson):
        decode_deep(b'{"surprise":' + value + b"}", FlowRequest)


@pytest.mark.parametrize("field", [b'"name":%s', b'"actions":[{"option":{"a":%s}}]', b'"actions":%s'])
def test_a_deep_value_of_a_known_field_is_refused(field: bytes) -> None:
    with pytest.raises(InvalidJson):
        decode_deep(b"{" + field % nested(5_000) + b"}", FlowRequest)


@pytest.mark.parametrize("more", ["", ',"Name":"slow path"'])
def test_the_decoder_says_that_a_body_is_too_deep(more: str) -> None:
    with pytest.raises(TooDeep):
        decode(b'{"surprise":' + nested(50_000) + more.encode() + b"}", FlowRequest)
