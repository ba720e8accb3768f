"""The JSON of a providercall that is written in one step: the bytes of its JSON object, encoded."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_providercalls.contracts.editions import EDITIONS, get_edition
from pytest_providercalls.fake_server.wire import gojson
from pytest_providercalls.fake_server.wire.providercall_json import ProviderCallWriter
from pytest_providercalls.fake_server.wire.serializers import renderer
from pytest_providercalls.fake_server.world.records import ProviderCall
from pytest_providercalls.fake_server.world.values import Address

ID = "4dbeabd6-f397-4375-95d2-a38411e07ed1"
NOW = datetime(2026, 4, 21, 23, 15, 0, 120_000, tzinfo=timezone.utc)
ORDINARY = ProviderCall(
    id=ID,
    tm_create=NOW,
    tm_update=NOW,
    customer_id=ID,
    provider_id=ID,
    flow_id=ID,
    source=Address("tel", "+12025550100"),
    destinations=(Address("tel", "+12025550143", "Ann", "office", 'the "first" one'), Address("sip", "a@b.example")),
    anonymous="auto",
    call_ids=(ID, ID),
    groupcall_ids=(ID,),
)

# Surrogates as well: a client may escape one.
texts = st.text(st.characters(exclude_categories=[]), max_size=6) | st.sampled_from(["<b>", "&", "\u2028", '\\"', "é"])
addresses = st.builds(Address, texts, texts, texts, texts, texts)
times = st.datetimes(timezones=st.just(timezone.utc), min_value=datetime(2000, 1, 1))
several = st.lists(texts, max_size=3).map(tuple)
providercalls = st.builds(
    ProviderCall,
    id=texts,
    tm_create=times,
    tm_update=st.none() | times,
    tm_delete=st.none() | times,
    customer_id=texts,
    provider_id=texts,
    flow_id=texts,
    source=st.none() | addresses,
    destinations=st.lists(addresses, max_size=3).map(tuple),
    anonymous=texts,
    call_ids=several,
    groupcall_ids=several,
)


def encoded(edition: str, record: ProviderCall) -> bytes:
    return gojson.encode(renderer(get_edition(edition))(record))


@given(st.sampled_from(sorted(EDITIONS)), providercalls)
def test_every_record_is_written_as_the_encoder_does(edition: str, record: ProviderCall) -> None:
    assert renderer(get_edition(edition)).encode(record) == encoded(edition, record)


@pytest.mark.parametrize("edition", sorted(EDITIONS))
@pytest.mark.parametrize("changes", [{}, {"source": None, "tm_update": None, "groupcall_ids": ()}, {"tm_delete": NOW}])
def test_an_ordinary_record_needs_no_encoder(
    edition: str, changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    record = replace(ORDINARY, **changes)
    expected = encoded(edition, record)
    monkeypatch.setattr(gojson, "encode_response", None)
    assert renderer(get_edition(edition)).encode(record) == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"destinations": 300 * ORDINARY.destinations},
        {"anonymous": "<yes>"},
        {"anonymous": "é"},
        {"source": Address("tel", "a&b")},
        # What a test has put into a field.
        {"anonymous": None},
        {"source": Address("tel", 12025550100)},  # type: ignore[arg-type]
        {"destinations": None},
        {"tm_create": None, "tm_update": None},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_other_records_are_encoded(changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    record = replace(ORDINARY, **changes)
    render = renderer(get_edition("documented"))
    assert render.encode(record) == gojson.encode(render(record))
    written = []
    monkeypatch.setattr(ProviderCallWriter, "write", lambda self, one: written.append(WRITE(self, one)))
    render.encode(record)
    assert written == [None]


WRITE = ProviderCallWriter.write
