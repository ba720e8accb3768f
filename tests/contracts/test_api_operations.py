"""The table of all operations of the API."""

from __future__ import annotations

from collections import Counter

import pytest
from pytest_providercalls.contracts.editions import EDITIONS, get_edition
from pytest_providercalls.contracts.operations.api_operations import (
    PREFIX,
    api_operations,
    find_api_operation,
    nearest_modelled,
)
from pytest_providercalls.contracts.operations.table import OPERATIONS
from pytest_providercalls.contracts.probes import UNKNOWN_ID


def test_every_edition_has_the_operations_of_its_server() -> None:
    counts = {name: sum(one.is_in(edition) for one in api_operations()) for name, edition in EDITIONS.items()}
    assert counts == {"documented": 410, "server-2026-04": 328, "server-2026-08": 410}


def test_every_operation_is_listed_once_with_its_purpose() -> None:
    assert max(Counter(one.name for one in api_operations()).values()) == 1
    assert all(one.editions and one.purpose[0].isupper() and one.purpose[-1] != "." for one in api_operations())


def test_every_modelled_operation_is_one_of_the_api() -> None:
    below = {one.name.replace(PREFIX, "") for one in OPERATIONS if one.path.startswith(PREFIX)}
    assert below - {one.name for one in api_operations()} == set()


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_operation_is_found_by_a_path_of_its_own(edition: str) -> None:
    for one in api_operations():
        parts = [UNKNOWN_ID if part.startswith("{") else part for part in one.path.split("/")]
        found = find_api_operation(one.method, PREFIX + "/".join(parts), get_edition(edition))
        assert found == (one if one.is_in(get_edition(edition)) else None), one.name


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", "/v1.0/contact_cases/unresolved", "GET /contact_cases/unresolved"),
        ("GET", "/v1.0/contact_cases/other", "GET /contact_cases/{id}"),
        ("GET", "/v1.0/timelines/calls/1/pcap", "GET /timelines/calls/{call_id}/pcap"),
        ("GET", "/v1.0/timelines/calls/1/events", "GET /timelines/{resource_type}/{resource_id}/events"),
        ("POST", "/auth/signup", "POST /auth/signup"),
        ("GET", "/v1.0/%63ampaigns", "GET /campaigns"),
        ("PATCH", "/v1.0/campaigns", None),
        ("GET", "/campaigns", None),
        ("GET", "/v1.0/campaigns/", None),
        ("GET", "/v1.0/campaigns//campaigncalls", None),
        ("GET", "/v1.0/Campaigns", None),
        ("GET", "/v1.0/calls/1/hold", None),
        ("GET", "/v1.0", None),
    ],
)
def test_a_path_is_matched_as_the_router_does(method: str, path: str, name: str | None) -> None:
    found = find_api_operation(method, path, get_edition("deployed"))
    assert (found and found.name) == name


@pytest.mark.parametrize(
    ("method", "path", "nearest"),
    [
        ("GET", "/calls/1/media_stream", "GET /calls/{id}"),
        ("DELETE", "/customers/1", "GET /customers/{id}"),
        ("GET", "/campaigns", "GET /agents"),
    ],
)
def test_the_nearest_operation_is_of_the_same_resource_if_it_is_modelled(method: str, path: str, nearest: str) -> None:
    operation = find_api_operation(method, PREFIX + path, get_edition("deployed"))
    assert operation is not None
    assert nearest_modelled(operation) == nearest
