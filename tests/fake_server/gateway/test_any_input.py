"""Generated requests: the fake never raises, and only a successful request changes anything."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_providercalls.contracts.http import Headers, Request
from pytest_providercalls.contracts.probes import UNKNOWN_ID
from pytest_providercalls.fake_server import FakeVoipbin

from .bad_requests import (
    DESTINATION,
    EDITIONS,
    PROVIDER,
    RESOURCES,
    SOURCE,
    VALID_BODIES,
    bearer,
    is_own_error,
    unexpected_changes,
)

Dump = Callable[[FakeVoipbin], dict[str, Any]]

_TARGET_TEXT = st.text(st.characters(), max_size=30)
_ID = st.sampled_from([PROVIDER, UNKNOWN_ID, "nope", "%00", "%ff", "{", "%2525"])
_KNOWN = [*VALID_BODIES, "/ping", "/v1.0/me", "/v1.0/customer", "/v1.0/groupcalls", "/v1.0/activeflows"]
_TAILS = st.sampled_from(["", "/", "/hangup", "/stop"])
_PATHS = st.one_of(
    st.sampled_from(_KNOWN),
    st.builds("/v1.0/{}/{}{}".format, st.sampled_from(RESOURCES), _ID, _TAILS),
    _TARGET_TEXT.map("/v1.0/".__add__),
    _TARGET_TEXT,
)
_NAMES = st.sampled_from(["page_size", "page_token", "provider_id", "token", "%74oken", "x"])
_PAIRS = st.builds("{}={}".format, _NAMES, _TARGET_TEXT)
_TARGETS = st.one_of(_PATHS, st.builds("{}?{}".format, _PATHS, st.lists(_PAIRS, max_size=3).map("&".join)))
_METHODS = st.one_of(st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]), _TARGET_TEXT)
_HEADER = st.one_of(st.sampled_from(["Cookie", "Authorization", "Origin", "Host", "X-Request-Id"]), _TARGET_TEXT)
_HEADERS = st.lists(st.tuples(_HEADER, _TARGET_TEXT), max_size=3).map(tuple)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
_BODIES = st.one_of(st.binary(max_size=60), _JSON.map(lambda value: json.dumps(value).encode()))


@settings(max_examples=400, deadline=None)
@given(
    edition=st.sampled_from(EDITIONS),
    authenticated=st.booleans(),
    method=_METHODS,
    target=_TARGETS,
    headers=_HEADERS,
    body=_BODIES,
)
def test_any_request_succeeds_or_changes_nothing(
    tables: Dump, edition: str, authenticated: bool, method: str, target: str, headers: Headers, body: bytes
) -> None:
    fake = FakeVoipbin(edition)
    before = tables(fake)
    response = fake.handle(Request(method, target, (*headers, bearer(fake)) if authenticated else headers, body))
    assert 200 <= response.status < 300 or response.status in (301, 307) or is_own_error(fake, response)
    assert 200 <= response.status < 300 or unexpected_changes(before, tables(fake)) == []


_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "provider_id": st.sampled_from([PROVIDER, PROVIDER.upper(), UNKNOWN_ID, "{" + PROVIDER + "}"]),
    "flow_id": st.sampled_from([None, "00000000-0000-0000-0000-000000000000", UNKNOWN_ID]),
    "source": st.sampled_from([None, SOURCE, {}, {"type": "tel", "target": "202"}]),
    "destinations": st.lists(
        st.sampled_from(
            [
                DESTINATION,
                None,
                {},
                {"type": "tel", "target": "+"},
                {"type": "sip", "target": "a@b"},
                {"type": "agent", "target": UNKNOWN_ID},
                {"type": "extension", "target_name": "x"},
                {"type": "email", "target": "a@b"},
            ]
        ),
        max_size=3,
    ),
    "actions": st.lists(st.sampled_from([None, {}, {"type": "answer"}, {"type": "no_such"}]), max_size=2),
    "anonymous": st.sampled_from(["yes", "no", "auto", "", "banana"]),
}
_NEARLY_VALID = st.builds(
    lambda valid, invalid: valid | invalid,
    st.fixed_dictionaries({}, optional=_FIELDS),
    st.dictionaries(st.sampled_from([*_FIELDS, "x"]), _JSON, max_size=1),
)


@settings(max_examples=400, deadline=None)
@given(
    edition=st.sampled_from(EDITIONS),
    body=_NEARLY_VALID,
    path=st.sampled_from(["/v1.0/providercalls", "/v1.0/calls"]),
)
def test_a_nearly_valid_request_places_a_call_or_changes_nothing(
    tables: Dump, edition: str, body: dict[str, Any], path: str
) -> None:
    fake = FakeVoipbin(edition)
    before = tables(fake)
    response = fake.handle(Request("POST", path, (bearer(fake),), json.dumps(body).encode()))
    if response.status == 200:
        assert tables(fake) != before
    else:
        assert is_own_error(fake, response)
        assert unexpected_changes(before, tables(fake)) == []


@settings(max_examples=300, deadline=None)
@given(edition=st.sampled_from(EDITIONS), path=st.sampled_from(list(VALID_BODIES)), data=st.data())
def test_a_damaged_body_is_accepted_or_refused(tables: Dump, edition: str, path: str, data: st.DataObject) -> None:
    fake = FakeVoipbin(edition)
    body = json.dumps(VALID_BODIES[path]).encode()
    start = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(start, min(len(body), start + 5)))
    body = body[:start] + data.draw(st.binary(max_size=4)) + body[end:]
    before = tables(fake)
    response = fake.handle(Request("POST", path, (bearer(fake),), body))
    assert response.status == 200 or is_own_error(fake, response)
    assert response.status == 200 or unexpected_changes(before, tables(fake)) == []
