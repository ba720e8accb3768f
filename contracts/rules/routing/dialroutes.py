"""Rules of the routes by which calls without a forced provider are dialled, and of failover (routing.md 2 and 3).

No response shows the route. A call whose first route names an unknown provider fails at once: that shows the order.
"""

from __future__ import annotations

from typing import Any

from ...answer import INTERNAL, accepted, empty_error, error
from ...http import Response
from ...probes import DESTINATION, SOURCE, UNKNOWN_ID, ProbeClient, ProbeUnavailable, require_equal, require_success
from ...rule import Safety, rule
from .routes import DEFAULT_CUSTOMER, routes

_ORDER = "routing.md 2"
_FAILOVER = "routing.md 3"
_RESTORED = ("customer_id", "name", "detail", "provider_id", "priority", "target")
_ATTEMPTS = 10
"""More attempts than a call on a usual server has."""


@rule(
    "RT-DIAL-01",
    _ORDER,
    Safety.BILLABLE,
    hazard="calls to its country fail for a moment, those of all users without routes of their own",
    depends_on=("RT-NEW-01",),
)
def own_routes_first(api: ProbeClient) -> None:
    """A customer's own routes come before the default ones."""
    # The other way round, with an unknown provider in its own route, the probe would depend on RT-DIAL-06, whose probe
    # depends on this rule.
    default = {"customer_id": DEFAULT_CUSTOMER, "provider_id": UNKNOWN_ID, "priority": 1, "target": "+1"}
    with routes(api, _own(api, provider_id=api.provider()["id"]), default):
        require_equal("placed by its own route", _placed(api), True)


@rule("RT-DIAL-02", _ORDER, Safety.BILLABLE, depends_on=("RT-NEW-01",))
def country_first(api: ProbeClient) -> None:
    """A customer's routes for the calling code of the destination, such as `+1`, come before those for `all`."""
    good = _own(api, provider_id=api.provider()["id"], target="+1")
    other = _own(api, provider_id=UNKNOWN_ID, target="+44")
    with routes(api, good, other, _own(api, provider_id=UNKNOWN_ID)):
        require_equal("placed by the route for its country", _placed(api), True)


@rule(
    "RT-DIAL-03",
    _ORDER,
    Safety.BILLABLE,
    edition_flag="orders_routes_by_priority",
    depends_on=("CL-NEW-05", "RT-DEL-01", "RT-DIAL-01", "RT-DIAL-02", "RT-DIAL-06", "RT-NEW-01"),
)
def ordered_by_priority(api: ProbeClient) -> None:
    """Routes of one customer for one target are tried by ascending priority (documented); the servers ignore it, and
    try the newest route first."""
    with routes(api, _own(api, provider_id=api.provider()["id"]), _own(api, provider_id=UNKNOWN_ID, priority=2)):
        require_equal("placed by the route of priority 1", _placed(api), api.edition.orders_routes_by_priority)


@rule(
    "RT-DIAL-04",
    _ORDER,
    Safety.BILLABLE,
    edition_flag="default_routes_follow",
    depends_on=("PC-NEW-32", "PC-OBS-03", "RT-DEL-01", "RT-FAIL-01"),
)
def default_routes_follow(api: ProbeClient) -> None:
    """A customer's calls use the default routes only if it has no route for the destination (documented); on the
    servers the default routes follow its own."""
    if not _default_providers(api):
        raise ProbeUnavailable("the target has no default route")
    with routes(api, _own(api, provider_id=api.provider()["id"])):
        id = _call(api)
        api.drive_call(id, "reject 503")
        status = require_success(api.get(f"/calls/{id}"))["status"]
        require_equal("the call goes on", status == "dialing", api.edition.default_routes_follow)


@rule(
    "RT-DIAL-05",
    _ORDER,
    Safety.BILLABLE,
    depends_on=("PC-LIST-03", "PC-NEW-32", "PC-OBS-03", "RT-DEL-01", "RT-DIAL-02", "RT-DIAL-04", "RT-FAIL-01"),
)
def provider_tried_once(api: ProbeClient) -> None:
    """A provider with a route for the calling code and one for `all` is tried once."""
    provider = api.provider()["id"]
    with routes(api, _own(api, provider_id=provider, target="+1"), _own(api, provider_id=provider)):
        id = _call(api)
        tries = 0
        while tries < _ATTEMPTS and require_success(api.get(f"/calls/{id}"))["status"] == "dialing":
            api.drive_call(id, "reject 503")
            tries += 1
    further = len(_default_providers(api)) if api.edition.default_routes_follow else 0
    require_equal("the attempts", tries, 1 + further)


@rule(
    "RT-DIAL-06",
    _ORDER,
    Safety.REFUSED,
    INTERNAL,
    server_2026_04=empty_error(400),
    hint="The provider of the first route does not exist: change the route with PUT /routes/{id}.",
    depends_on=("CL-NEW-05", "RT-DEL-01", "RT-DIAL-01", "RT-NEW-01"),
)
def provider_exists(api: ProbeClient) -> Response:
    """A call whose first route names an unknown provider is dropped; an orphan call stays in `dialing`."""
    with routes(api, _own(api, provider_id=UNKNOWN_ID)):
        return api.post("/calls", _body())


@rule(
    "RT-DIAL-07",
    _ORDER,
    Safety.REFUSED,
    accepted("the destination is dropped"),
    server_2026_04=empty_error(400),
    server_2026_08=error(503, "REQUEST_TIMEOUT", "The request timed out."),
    hint="No route is for this destination: add one with POST /routes, for `all` or for its calling code.",
    hazard="it removes all default routes for a moment, which fails every user's calls and crashes a service",
    depends_on=("CL-NEW-05", "RT-DEL-01"),
)
def route_exists(api: ProbeClient) -> Response | None:
    """A tel destination needs a route; without one the servers crash and respond after three seconds (not documented:
    the destination is dropped)."""
    removed = api.first_page("/routes", customer_id=DEFAULT_CUSTOMER)
    for one in removed:
        require_success(api.delete(f"/routes/{one['id']}"))
    try:
        response = api.post("/calls", _body())
    finally:
        for one in reversed(removed):
            require_success(api.post("/routes", {name: one[name] for name in _RESTORED}))
    if route_exists.answers[api.edition.name].refuses:
        return response
    require_equal("the status", response.status, provider_exists.answers[api.edition.name].status)
    return None


@rule("RT-FAIL-01", _FAILOVER, Safety.BILLABLE, depends_on=("PC-OBS-03",))
def failed_call_fails_over(api: ProbeClient) -> None:
    """A tel call that ends as `failed` or `dialout` before its answer is dialled by its next route instead; its status
    does not change."""
    with routes(api, *(_own(api, provider_id=api.provider()["id"]) for _ in range(2))):
        id = _call(api)
        api.drive_call(id, "ring")
        api.drive_call(id, "reject 503")
        call = require_success(api.get(f"/calls/{id}"))
        require_equal("the call goes on", (call["status"], call.get("hangup_reason") or ""), ("ringing", ""))
        api.drive_call(id, "answer")
        require_equal("the call is answered", require_success(api.get(f"/calls/{id}"))["status"], "progressing")


@rule("RT-FAIL-02", _FAILOVER, Safety.BILLABLE, depends_on=("PC-TRB-04",))
def callee_decides(api: ProbeClient) -> None:
    """A call that is busy, or that nobody answers, is not dialled by another route."""
    with routes(api, *(_own(api, provider_id=api.provider()["id"]) for _ in range(2))):
        id = _call(api)
        api.drive_call(id, "reject 486")
        call = api.ended_call(id)
    require_equal("the end", (call["status"], call.get("hangup_reason")), ("hangup", "busy"))


def _own(api: ProbeClient, **fields: object) -> dict[str, object]:
    """Return a route of the super-admin's own customer for `all`, with priority 1."""
    return {"customer_id": api.identity("super_admin").customer_id, "priority": 1, "target": "all", **fields}


def _body() -> dict[str, object]:
    sleep = {"type": "sleep", "option": {"duration": 600_000}}
    return {"source": SOURCE, "destinations": [DESTINATION], "actions": [sleep]}


def _placed(api: ProbeClient) -> bool:
    """Return whether a call can be placed."""
    return api.post("/calls", _body()).status == 200


def _call(api: ProbeClient) -> str:
    """Place a call, and return its id."""
    call: dict[str, Any] = require_success(api.post("/calls", _body()))["calls"][0]
    id: str = call["id"]
    return id


def _default_providers(api: ProbeClient) -> set[str]:
    """Return the providers of the default routes for DESTINATION."""
    rows = api.first_page("/routes", customer_id=DEFAULT_CUSTOMER)
    return {row["provider_id"] for row in rows if row["target"] in ("+1", "all")}
