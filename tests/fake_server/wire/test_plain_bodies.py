"""Ordinary bodies that are read by their layout: as their model reads them, or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from pytest_providercalls.contracts.models import bodies, requests
from pytest_providercalls.contracts.models.bodies import PROVIDERCALL, ObjectLayout
from pytest_providercalls.fake_server.wire.gojson import InvalidJson, decode
from pytest_providercalls.fake_server.wire.plain_bodies import PlainObject, read_plain

ID = "4dbeabd6-f397-4375-95d2-a38411e07ed1"
TEL = {"type": "tel", "target": "+12025550143", "name": 'é "\\u00e9" \t'}


def plain(body: bytes | str) -> Any:
    found = read_plain(body if isinstance(body, bytes) else body.encode(), PROVIDERCALL)
    return None if found is None else as_data(found)


def modelled(body: bytes | str) -> Any:
    return as_data(decode(body if isinstance(body, bytes) else body.encode(), requests.ProviderCallRequest))


def as_data(value: Any) -> Any:
    if isinstance(value, (PlainObject, BaseModel)):
        return {key: as_data(item) for key, item in vars(value).items()}
    return list(map(as_data, value)) if isinstance(value, list) else value


def layouts(layout: ObjectLayout) -> Iterator[ObjectLayout]:
    yield layout
    for kind in layout.fields.values():
        nested = kind[0] if isinstance(kind, list) else kind
        if isinstance(nested, ObjectLayout):
            yield from layouts(nested)


def test_the_layouts_are_those_of_the_models() -> None:
    for layout in layouts(PROVIDERCALL):
        model = getattr(requests, layout.name)
        assert list(layout.fields) == list(model.model_fields)
    assert plain("{}") == as_data(requests.ProviderCallRequest())
    actions = plain('{"source":{},"destinations":[{}],"actions":[{}]}')
    assert actions == modelled('{"source":{},"destinations":[{}],"actions":[{}]}')
    assert PROVIDERCALL.model is requests.ProviderCallRequest


@pytest.mark.parametrize(
    "body",
    [
        {"provider_id": ID, "source": TEL, "destinations": [TEL, {}]},
        {"provider_id": ID.upper(), "flow_id": f"urn:uuid:{ID}", "source": None, "anonymous": "yes"},
        {"provider_id": None, "flow_id": None, "anonymous": None, "destinations": [], "actions": []},
        {"actions": [{"id": "x", "type": "talk", "option": {"text": "a:b", "": ""}, "tm_execute": None}]},
        {"actions": [{"type": "hangup", "option": None, "next_id": "", "tm_execute": "x"}]},
    ],
    ids=range(5),
)
@pytest.mark.parametrize("ascii", [True, False])
def test_an_ordinary_body_is_read_as_by_its_model(body: dict[str, Any], ascii: bool) -> None:
    text = f" {json.dumps(body, ensure_ascii=ascii, indent=1)}\r\n"
    assert plain(text) is not None
    assert plain(text) == modelled(text)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        '"x"',
        '{"anonymous":"x"',
        '{"anonymous":"x"} {}',
        '\ufeff{"anonymous":"x"}',
        '{"other":"x"}',
        '{"Anonymous":"x"}',
        '{"anonymous":"x","anonymous":"x"}',
        '{"anonymous":1}',
        '{"provider_id":"x"}',
        '{"provider_id":5}',
        '{"source":[]}',
        '{"source":{"target":null}}',
        '{"source":{"target":"x","target":"y"}}',
        '{"source":{"more":"x"}}',
        '{"destinations":null}',
        '{"destinations":{}}',
        '{"destinations":[null]}',
        '{"destinations":["x"]}',
        '{"actions":[{"type":null}]}',
        '{"actions":[{"option":[]}]}',
        '{"actions":[{"option":{"a":1.0}}]}',
        '{"actions":[{"option":{"a":NaN}}]}',
        '{"actions":[{"option":{"a":null}}]}',
        '{"actions":[{"option":{"a":"1","a":"2"}}]}',
        '{"actions":[{"tm_execute":0}]}',
        '{"anonymous":"\\ud800"}',
        '{"anonymous":"\t"}',
        b'{"anonymous":"\xff"}',
        '{"anonymous":' + "[" * 3000,
        '{"anonymous":"' + "x" * 5000 + '"}',
    ],
    ids=range(33),
)
def test_any_other_body_is_left_to_its_model(body: str | bytes) -> None:
    assert plain(body) is None


scalars = st.none() | st.text(max_size=3) | st.sampled_from([ID, "tel", 0, 1.0, True])
objects = st.dictionaries(st.sampled_from([*bodies.ADDRESS.fields, *bodies.ACTION.fields, "x"]), scalars, max_size=3)
values = scalars | objects | st.lists(objects, max_size=2)
texts = st.dictionaries(st.sampled_from([*PROVIDERCALL.fields, "ANONYMOUS"]), values, max_size=4).map(json.dumps)


@settings(max_examples=150, deadline=None)
@given(texts)
def test_every_body_is_read_as_by_its_model_or_not_at_all(body: str) -> None:
    found = plain(body)
    try:
        expected = modelled(body)
    except InvalidJson:
        expected = None
    assert found is None or found == expected
