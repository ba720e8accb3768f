"""Rules of numbers: the telephone numbers that a customer owns (accounts.md 3)."""

from __future__ import annotations

from typing import Any

from ...answer import DENIED, NO_DIRECT, NOT_FOUND, empty_error, error
from ...formats.go_uuids import NIL
from ...http import Response
from ...probes import UNKNOWN_ID, ProbeClient, ProbeUnavailable, require_equal, require_success
from ...rule import Safety, rule

_SOURCE = "accounts.md 3"
_FLOWS = ("call_flow_id", "message_flow_id")


@rule("NU-AUTH-01", _SOURCE, Safety.READ, DENIED, server_2026_04=empty_error(400))
def staff_only(api: ProbeClient) -> Response:
    """Only a customer's admins and managers may read and change its numbers."""
    require_success(api.get("/numbers", as_="customer_manager"))
    return api.get("/numbers", as_="customer_agent")


@rule("NU-AUTH-02", "gateway.md 2.5", Safety.READ, NO_DIRECT, server_2026_04=empty_error(400))
def no_direct_access(api: ProbeClient) -> Response:
    """A direct token is refused."""
    return api.get("/numbers", as_="direct")


@rule("NU-LIST-01", _SOURCE, Safety.READ)
def own_numbers_listed(api: ProbeClient) -> None:
    """GET /numbers lists the numbers of the user's own customer, even for a super-admin."""
    owners = {row["customer_id"] for row in api.first_page("/numbers")}
    require_equal("the customers", owners, {api.identity("super_admin").customer_id})


@rule("NU-GET-01", _SOURCE, Safety.READ)
def number_is_described(api: ProbeClient) -> None:
    """A number has its type, its flows, its status and its metadata; GET /numbers/{id} returns it as the list does."""
    listed = _first(api)
    found = require_success(api.get(f"/numbers/{listed['id']}"))
    require_equal("the number in the list", listed, found)
    require_equal("the type", found["type"] in ("normal", "virtual"), True)
    require_equal("the status", found["status"], "active")
    require_equal("the type of rtp_debug", type(found["metadata"].get("rtp_debug")), bool)


@rule(
    "NU-GET-02",
    _SOURCE,
    Safety.READ,
    error(404, "NUMBER_NOT_FOUND", "The phone number was not found."),
    server_2026_04=empty_error(400),
    hint="List the numbers with GET /v1.0/numbers and choose a current id.",
)
def exists(api: ProbeClient) -> Response:
    """The number must exist."""
    return api.get(f"/numbers/{UNKNOWN_ID}")


@rule("NU-GET-03", _SOURCE, Safety.READ, NOT_FOUND, server_2026_04=empty_error(400))
def not_deleted(api: ProbeClient) -> Response:
    """The number must not be deleted; the error reason differs from that of an unknown number."""
    return api.get(f"/numbers/{api.deleted('numbers')}")


@rule("NU-GET-04", _SOURCE, Safety.READ, DENIED, server_2026_04=empty_error(400))
def own_customer_only(api: ProbeClient) -> Response:
    """The number must belong to the user's own customer, except for a super-admin."""
    return api.get(f"/numbers/{_first(api)['id']}", as_="customer_admin")


@rule("NU-PUT-01", _SOURCE, Safety.INERT)
def flows_replaced(api: ProbeClient) -> None:
    """PUT /numbers/{id}/flow_ids replaces both flows of a number and sets tm_update; an id that is missing or not a
    UUID becomes the nil UUID, and the flow need not exist."""
    number = _first(api)
    path = f"/numbers/{number['id']}"
    try:
        both = require_success(api.put(f"{path}/flow_ids", dict.fromkeys(_FLOWS, UNKNOWN_ID)))
        one = require_success(api.put(f"{path}/flow_ids", {"call_flow_id": "greeting"}))
        read = require_success(api.get(path))
    finally:
        api.put(f"{path}/flow_ids", {name: number[name] for name in _FLOWS})
    require_equal("both flows", _flows(both), [UNKNOWN_ID, UNKNOWN_ID])
    require_equal("the flows without a UUID", _flows(one), [NIL, NIL])
    require_equal("tm_update is set", one["tm_update"] is not None, True)
    require_equal("the flows afterwards", _flows(read), [NIL, NIL])


def _flows(number: dict[str, Any]) -> list[str]:
    return [number[name] for name in _FLOWS]


def _first(api: ProbeClient) -> dict[str, Any]:
    """Return a number of the super-admin's customer. Raises ProbeUnavailable if it has none."""
    for row in api.first_page("/numbers"):
        if row["customer_id"] == api.identity("super_admin").customer_id and row["tm_delete"] is None:
            return row
    raise ProbeUnavailable("the super-admin's customer has no number")
