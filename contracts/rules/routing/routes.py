"""Rules of /routes: access, fields, deletion, lists (routing.md 1)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ...answer import DENIED, INTERNAL, INVALID_DATA, NO_DIRECT, Body, empty_error, error
from ...formats.go_uuids import NIL
from ...http import Response
from ...probes import UNKNOWN_ID, ProbeClient, require_equal, require_success
from ...rule import Safety, rule

DEFAULT_CUSTOMER = "00000000-0000-0000-0000-000000000001"
"""The customer_id of default routes, which are for all customers."""
_SOURCE = "routing.md 1"


@rule(
    "RT-AUTH-01",
    _SOURCE,
    Safety.READ,
    DENIED,
    server_2026_04=empty_error(400),
    hint="Use a super-admin's token: routes belong to the platform, not to a customer.",
)
def super_admin_only(api: ProbeClient) -> Response:
    """Only platform super-admins may access routes; the permission is checked before the route is looked up."""
    refused = api.get(f"/routes/{UNKNOWN_ID}", as_="customer_admin")
    require_equal("one that does not exist", refused.status, super_admin_only.answers[api.edition.name].status)
    return api.get("/routes", as_="customer_admin")


@rule("RT-AUTH-02", _SOURCE, Safety.READ, NO_DIRECT, server_2026_04=empty_error(400))
def no_direct_access(api: ProbeClient) -> Response:
    """A direct token is refused."""
    return api.get("/routes", as_="direct")


@rule(
    "RT-GET-01",
    _SOURCE,
    Safety.READ,
    error(404, "ROUTE_NOT_FOUND", "The route was not found."),
    server_2026_04=empty_error(400),
    hint="List the routes with GET /v1.0/routes and choose a current id.",
)
def exists(api: ProbeClient) -> Response:
    """The route to read, change or delete must exist."""
    return api.get(f"/routes/{UNKNOWN_ID}")


@rule("RT-GET-02", _SOURCE, Safety.INERT, depends_on=("RT-DEL-01", "RT-NEW-01"))
def deleted_still_readable(api: ProbeClient) -> None:
    """A deleted route can still be read, with tm_delete set."""
    path = f"/routes/{_unused_route(api)}"
    require_success(api.delete(path))
    require_equal("tm_delete is set", require_success(api.get(path))["tm_delete"] is not None, True)


@rule("RT-NEW-01", _SOURCE, Safety.INERT)
def ids_are_not_checked(api: ProbeClient) -> None:
    """POST /routes accepts an empty object, and ids of customers and providers that do not exist; a text that is not a
    UUID becomes the nil UUID."""
    empty = require_success(api.post("/routes", {"customer_id": "nope"}))
    require_success(api.delete(f"/routes/{empty['id']}"))
    found = (empty["customer_id"], empty["provider_id"], empty["target"], empty["priority"])
    require_equal("the fields", found, (NIL, NIL, "", 0))
    sent = {"customer_id": UNKNOWN_ID, "provider_id": UNKNOWN_ID, "name": "probe", "priority": 7, "target": "+1"}
    given = require_success(api.post("/routes", sent))
    require_success(api.delete(f"/routes/{given['id']}"))
    require_equal("the fields", {name: given[name] for name in sent}, sent)


@rule("RT-NEW-02", _SOURCE, Safety.INERT, INVALID_DATA, server_2026_04=empty_error(400))
def new_route_fits(api: ProbeClient) -> Response:
    """A new route's texts have at most 255 characters, `detail` 65,535 bytes; its priority fits into 32 bits."""
    require_equal("a priority of 2^31", api.post("/routes", {"priority": 2**31}).status, 400)
    return api.post("/routes", {"name": "x" * 256})


@rule("RT-PUT-01", _SOURCE, Safety.INERT, depends_on=("GW-BODY-01", "RT-NEW-01"))
def put_replaces(api: ProbeClient) -> None:
    """PUT replaces every field except customer_id: an absent one becomes empty."""
    path = f"/routes/{_unused_route(api)}"
    changed = require_success(api.put(path, {"name": "changed", "customer_id": UNKNOWN_ID}))
    require_success(api.delete(path))
    found = (changed["name"], changed["target"], changed["customer_id"])
    require_equal("the fields", found, ("changed", "", NIL))


@rule("RT-PUT-02", _SOURCE, Safety.INERT, INVALID_DATA, server_2026_08=INTERNAL, depends_on=("RT-NEW-01",))
def changed_route_fits(api: ProbeClient) -> Response:
    """What PUT replaces has the same limits; the servers of August 2026 respond with 500."""
    path = f"/routes/{_unused_route(api)}"
    response = api.put(path, {"target": "x" * 256})
    require_success(api.delete(path))
    return response


@rule("RT-DEL-01", _SOURCE, Safety.INERT, depends_on=("PC-LIST-03", "RT-NEW-01"))
def delete_is_soft(api: ProbeClient) -> None:
    """DELETE returns the route with tm_delete equal to tm_update, and removes it from the list; again, with new
    times."""
    path = f"/routes/{_unused_route(api)}"
    first, second = require_success(api.delete(path)), require_success(api.delete(path))
    require_equal("the times", (first["tm_delete"], first["tm_delete"] is None), (first["tm_update"], False))
    require_equal("the same time", first["tm_delete"] == second["tm_delete"], False)
    require_equal("listed", first["id"] in [row["id"] for row in api.first_page("/routes")], False)


@rule("RT-LIST-01", _SOURCE, Safety.INERT, depends_on=("RT-NEW-01",))
def list_filtered_by_customer(api: ProbeClient) -> None:
    """customer_id filters the list by customer."""
    with routes(api, {"customer_id": UNKNOWN_ID}, {"customer_id": NIL}) as (one, _):
        rows = api.first_page("/routes", customer_id=UNKNOWN_ID)
    require_equal("the ids", [row["id"] for row in rows], [one])


@rule("RT-LIST-02", _SOURCE, Safety.INERT, depends_on=("RT-NEW-01",))
def nil_customer_filter_ignored(api: ProbeClient) -> None:
    """A customer_id that is nil, or no UUID, does not filter the list."""
    with routes(api, {"customer_id": UNKNOWN_ID}) as (one,):
        for text in (NIL, "nope"):
            listed = [row["id"] for row in api.first_page("/routes", customer_id=text)]
            require_equal("listed", one in listed, True)


@rule(
    "RT-LIST-03",
    _SOURCE,
    Safety.READ,
    error(400, "INVALID_REQUEST_PARAMETER", 'The parameter "{name}" has an invalid format.'),
    server_2026_04=error(400, "", "Invalid format for parameter {name}: {detail}", Body.BINDER),
)
def customer_filter_given_once(api: ProbeClient) -> Response:
    """customer_id must be given at most once."""
    return api.get(f"/routes?customer_id={NIL}&customer_id={NIL}")


@contextmanager
def routes(api: ProbeClient, *bodies: dict[str, object]) -> Iterator[list[str]]:
    """Create routes for this probe, yield their ids, and delete the routes."""
    ids: list[str] = []
    try:
        for body in bodies:
            ids.append(require_success(api.post("/routes", {"name": "probe", **body}))["id"])
        yield ids
    finally:
        for id in ids:
            api.delete(f"/routes/{id}")


def _unused_route(api: ProbeClient) -> str:
    """Create a route that no call takes, and return its id."""
    id: str = require_success(api.post("/routes", {"name": "probe", "target": "+1"}))["id"]
    return id
