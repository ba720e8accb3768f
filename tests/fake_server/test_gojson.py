"""JSON as Go reads and prints it: the verdicts are Go 1.26's, on the structs of the server."""

from __future__ import annotations

import json
import time
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
    MAX_DEPTH,
    InvalidJson,
    decode,
    decode_fast,
    encode,
    sorted_keys,
    utf8,
)

ID = "4dbeabd6-f397-4375-95d2-a38411e07ed1"
MODELS = [LoginRequest, ProviderCallRequest, CallRequest, FlowRequest, ProviderRequest, AccesskeyRequest]


def raw(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def fields_of(request: BaseModel) -> dict[str, Any]:
    return request.model_dump(include=set(type(request).model_fields))


def option(text: str) -> Any:
    request = decode(raw('{"actions":[{"option":{"x":' + text + "}}]}"), FlowRequest)
    action = request.actions[0]
    assert action and action.option
    return action.option["x"]


REFUSED_FOR_ANY = [
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
@pytest.mark.parametrize("body", REFUSED_FOR_ANY, ids=range(len(REFUSED_FOR_ANY)))
def test_what_is_no_json_object_is_refused(model: type[BaseModel], body: str | bytes) -> None:
    with pytest.raises(InvalidJson):
        decode(raw(body), model)


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
def test_what_names_no_field_is_all_zero(model: type[BaseModel], body: str | bytes) -> None:
    assert fields_of(decode(raw(body), model)) == fields_of(model())


def test_both_ways_treat_unknown_fields_alike() -> None:
    short = decode(b'{"q":[1,{"b":null}],"w":1.5}', FlowRequest)
    long = decode(b'{"q":0,"q":[1.0,{"b":null}],"w":15e-1}', FlowRequest)
    assert short == long


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
def test_a_wrong_type_for_a_known_field_is_refused(model: type[BaseModel], body: str) -> None:
    with pytest.raises(InvalidJson):
        decode(raw(body), model)


def test_the_refusal_names_the_field() -> None:
    for body in ('{"source":{"target":5}}', '{"Source":{"target":5}}'):
        with pytest.raises(InvalidJson, match="target: Input should be a valid string"):
            decode(raw(body), CallRequest)
    for body in ('{"destinations":{}}', '{"Destinations":{}}'):
        with pytest.raises(InvalidJson, match="destinations: Input should be a"):
            decode(raw(body), CallRequest)


@pytest.mark.parametrize(("count", "told"), [(1, "variables.k0: Input should be"), (500, "many values have a wrong")])
def test_a_refusal_tells_no_endless_story(count: int, told: str) -> None:
    variables = {f"k{number}": number for number in range(count)}
    with pytest.raises(InvalidJson, match=f"^{told}") as refused:
        decode(json.dumps({"variables": variables}).encode(), CallRequest)
    assert len(str(refused.value)) < 100


READ: list[tuple[type[BaseModel], str | bytes, dict[str, Any]]] = [
    # Spellings of names.
    (LoginRequest, '{"USERNAME":"a","PassWord":"b"}', {"username": "a", "password": "b"}),
    (LoginRequest, '{"uſername":"a","password":"b"}', {"username": "a", "password": "b"}),
    (AccesskeyRequest, '{"İname":"a","Name":"b"}', {"name": "b"}),
    (ProviderRequest, '{"TECH_headers":{"A":1},"codecſ":"x"}', {"tech_headers": {"A": 1}, "codecs": "x"}),
    # The last scalar wins; null keeps a plain field, and empties a pointer.
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
    # Arrays are read over what was there.
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
    # In a free map the last of equal keys wins, and names are exact.
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


@pytest.mark.parametrize(("model", "body", "fields"), READ, ids=range(len(READ)))
def test_a_body_is_read_as_go_reads_it(model: type[BaseModel], body: str | bytes, fields: dict[str, Any]) -> None:
    assert fields_of(decode(raw(body), model)) == fields_of(model.model_validate(fields))


def test_a_null_in_an_array_is_one_empty_element() -> None:
    request = decode(b'{"destinations":[null,{}],"actions":[null]}', ProviderCallRequest)
    assert request.destinations == [None, AddressRequest()]
    assert request.actions == [None]


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


@pytest.mark.parametrize(("text", "printed"), NUMBERS)
def test_a_number_of_an_option_passes_through_float64(text: str, printed: str) -> None:
    number = option(text)
    assert encode(number).decode() == printed
    assert encode({"a": [number], "b": "1.0,e-07}"}).decode() == f'{{"a":[{printed}],"b":"1.0,e-07}}"}}'


def test_a_whole_number_of_an_option_is_an_int() -> None:
    assert [type(option(text)) for text in ("1", "1.0", "1e3", "1.5")] == [int, int, int, float]


@pytest.mark.parametrize("depth", [10, 390])
def test_a_deep_option_is_read_and_printed(depth: int) -> None:
    text = '{"a":' * depth + "1.0" + "}" * depth
    assert encode(sorted_keys(option(text))).decode() == text.replace("1.0", "1")


@pytest.mark.parametrize("more", ["", ',"Name":"long way"'])
def test_the_deepest_body_is_as_deep_as_it_may_be(more: str) -> None:
    def body(depth: int) -> bytes:
        opened = depth - 3  # within the body, its list of actions, and the action
        option = '{"a":' * opened + "1" + "}" * opened
        return f'{{"destinations":[{{}}],"actions":[{{"option":{option}}}]{more}}}'.encode()

    assert decode(body(MAX_DEPTH), CallRequest).actions
    with pytest.raises(InvalidJson, match="nested too deeply"):
        decode(body(MAX_DEPTH + 1), CallRequest)


def test_depth_is_counted_not_brackets() -> None:
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
def test_a_large_body_takes_time_in_proportion(body: bytes) -> None:
    begin = time.process_time()
    with suppress(InvalidJson):
        decode(body, ProviderCallRequest)
    assert time.process_time() - begin < 5


PRINTED: list[tuple[Any, str]] = [
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


@pytest.mark.parametrize(("value", "text"), PRINTED, ids=range(len(PRINTED)))
def test_a_value_is_printed_as_go_prints_it(value: Any, text: str) -> None:
    assert encode(value).decode() == text


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_has_no_word_for_is_not_printed(value: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode(value)


def test_the_keys_of_a_map_are_sorted_at_every_level() -> None:
    value = {"b": [{"z": 1, "a": {"d": 1, "c": 2}}], "B": 1, "a": None}
    assert encode(sorted_keys(value)) == b'{"B":1,"a":null,"b":[{"a":{"c":2,"d":1},"z":1}]}'


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
def test_a_valid_request_is_read_back(request: ProviderCallRequest, ascii_only: bool) -> None:
    body = json.dumps(request.model_dump(), ensure_ascii=ascii_only).encode()
    assert decode(body, ProviderCallRequest) == request


@given(requests)
def test_what_go_prints_is_read_back(request: ProviderCallRequest) -> None:
    assert decode(encode(request.model_dump()), ProviderCallRequest) == request


@given(requests)
def test_the_long_way_reads_as_the_short_way(request: ProviderCallRequest) -> None:
    body = encode({name.upper(): value for name, value in request.model_dump().items()})
    assert decode(body, ProviderCallRequest) == request


@given(json_values)
def test_what_is_printed_is_json(value: Any) -> None:
    printed = encode(value)
    assert json.loads(printed, parse_int=float) == value
    assert not set(printed) & set(b"<>&")


@given(st.binary(), st.sampled_from(MODELS))
@example(b'{"name":"\xed\xa0\x80"}', FlowRequest)
def test_any_bytes_are_read_or_refused(body: bytes, model: type[BaseModel]) -> None:
    for attempt in (body, b'{"name":' + body + b"}", b'{"actions":[{"option":{"x":"' + body + b'"}}]}'):
        try:
            assert isinstance(decode(attempt, model), model)
        except InvalidJson as refused:
            assert str(refused)


@given(requests, st.data())
def test_any_damage_is_read_or_refused(request: ProviderCallRequest, data: st.DataObject) -> None:
    body = bytearray(encode(request.model_dump()))
    for _ in range(3):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.sampled_from(b'{}[]",:\\u0-1.e nN\x00\xff'))
    with suppress(InvalidJson):
        decode(bytes(body), ProviderCallRequest)


@given(st.binary())
def test_bytes_become_text_without_loss_of_length(data: bytes) -> None:
    assert utf8(data).encode().decode() == utf8(data)
    assert len(utf8(data)) <= len(data)


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "A", "a:b"]), st.sampled_from(['"x"', '"a:b"', "1.0", "{}"]))))
def test_what_is_read_at_once_is_read_as_go_reads_it(pairs: list[tuple[str, str]]) -> None:
    """Also an option of an action, a free map: of equal keys the last counts, and numbers are float64."""
    option = ",".join(f'"{key}":{value}' for key, value in pairs)
    body = raw('{"name":"n","actions":[{"type":"talk","option":{' + option + "}}]}")
    found = decode_fast(body, FlowRequest)
    assert found is None or found == decode(body, FlowRequest)
    plain = len({key for key, _ in pairs}) == len(pairs) and ":" not in option.replace('":', "")
    assert (found is not None) == (plain and all(value == '"x"' for _, value in pairs))
