"""Rules of /outbound_config and /outbound_configs: access, fields, the whitelist, deletion (routing.md 4).

The servers of April 2026 have neither: there, each probe finds that the path is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ...answer import DELETED, DENIED, INTERNAL, INVALID_DATA, NO_DIRECT, NOT_FOUND, accepted, error
from ...formats.go_uuids import NIL
from ...http import Response
from ...probes import DESTINATION, SOURCE, UNKNOWN_ID, ProbeClient, require_equal, require_success
from ...rule import Safety, rule

_SOURCE = "routing.md 4"
_ABSENT = accepted("there are no outbound configurations")
_OWN = "/outbound_config"
_LOST = {"default_outgoing_source_number_id": UNKNOWN_ID}


@rule(
    "OC-AUTH-01",
    _SOURCE,
    Safety.READ,
    DENIED,
    server_2026_04=_ABSENT,
    hint="Use a customer admin's token or access key.",
    depends_on=("GW-ROUTE-01",),
)
def admin_only(api: ProbeClient) -> Response | None:
    """Only customer admins may read and change their own customer's outbound configuration."""
    return _unless_absent(api, api.get(_OWN, as_="customer_manager"))


@rule(
    "OC-AUTH-02",
    _SOURCE,
    Safety.READ,
    DENIED,
    server_2026_04=_ABSENT,
    hint="Use a super-admin's token, or your own customer's configuration at /outbound_config.",
    depends_on=("GW-ROUTE-01",),
)
def super_admin_only(api: ProbeClient) -> Response | None:
    """Only platform super-admins may access the outbound configurations of all customers."""
    return _unless_absent(api, api.get("/outbound_configs", as_="customer_admin"))


@rule("OC-AUTH-03", _SOURCE, Safety.READ, NO_DIRECT, server_2026_04=_ABSENT, depends_on=("GW-ROUTE-01",))
def no_direct_access(api: ProbeClient) -> Response | None:
    """A direct token is refused."""
    return _unless_absent(api, api.get(_OWN, as_="direct"))


@rule("OC-GET-01", _SOURCE, Safety.READ, depends_on=("GW-ROUTE-01",))
def every_customer_has_one(api: ProbeClient) -> None:
    """A customer has one outbound configuration, from its creation."""
    response = api.get(_OWN)
    if _unless_absent(api, response) is not None:
        found = require_success(response)
        require_equal("the customer", found["customer_id"], api.identity("super_admin").customer_id)


@rule("OC-GET-02", _SOURCE, Safety.READ, NOT_FOUND, server_2026_04=_ABSENT, depends_on=("GW-ROUTE-01",))
def own_exists(api: ProbeClient) -> Response | None:
    """The user's own outbound configuration must exist: it can have been deleted."""
    return _unless_absent(api, api.get(_OWN, as_="unconfigured_admin"))


@rule(
    "OC-GET-03",
    _SOURCE,
    Safety.READ,
    error(404, "OUTBOUND_CONFIG_NOT_FOUND", "The outbound config was not found."),
    server_2026_04=_ABSENT,
    hint="Read your own customer's with GET /v1.0/outbound_config: its id is the one to use.",
    depends_on=("GW-ROUTE-01",),
)
def exists(api: ProbeClient) -> Response | None:
    """The outbound configuration to read, change or delete must exist, and not be deleted; the nil UUID is an id like
    others."""
    response = api.get(f"/outbound_configs/{NIL}")
    require_equal("the nil UUID", response.status, 404)
    return _unless_absent(api, api.get(f"/outbound_configs/{UNKNOWN_ID}"))


@rule("OC-LIST-01", _SOURCE, Safety.READ, edition_flag="lists_outbound_configs", depends_on=("GW-ROUTE-01",))
def all_are_listed(api: ProbeClient) -> None:
    """The list has the outbound configurations of all customers (documented); on the servers it is always empty."""
    response = api.get("/outbound_configs")
    if _unless_absent(api, response) is not None:
        listed = require_success(response)["result"] != []
        require_equal("some are listed", listed, api.edition.lists_outbound_configs)


@rule("OC-LIST-02", _SOURCE, Safety.READ, depends_on=("GW-ROUTE-01", "OC-LIST-01"))
def list_filtered_by_customer(api: ProbeClient) -> None:
    """customer_id filters the list by customer, where the list is not empty."""
    id = api.identity("super_admin").customer_id
    response = api.get("/outbound_configs", customer_id=id)
    if _unless_absent(api, response) is not None:
        customers = [row["customer_id"] for row in require_success(response)["result"]]
        require_equal("the customers", customers, [id] if api.edition.lists_outbound_configs else [])


@rule(
    "OC-LIST-03",
    _SOURCE,
    Safety.READ,
    error(400, "INVALID_REQUEST_PARAMETER", 'The parameter "{name}" has an invalid format.'),
    server_2026_04=_ABSENT,
    depends_on=("GW-ROUTE-01",),
)
def customer_filter_is_uuid(api: ProbeClient) -> Response | None:
    """The customer_id filter must be a UUID."""
    return _unless_absent(api, api.get("/outbound_configs", customer_id="nope"))


@rule("OC-NEW-01", _SOURCE, Safety.INERT, DELETED, server_2026_04=_ABSENT, depends_on=("GW-ROUTE-01",))
def one_per_customer(api: ProbeClient) -> Response | None:
    """POST creates an outbound configuration of the super-admin's own customer, which must not have or have had one."""
    return _unless_absent(api, api.post("/outbound_configs", {}))


@rule("OC-PUT-01", _SOURCE, Safety.INERT, depends_on=("GW-ROUTE-01",))
def put_changes_what_is_sent(api: ProbeClient) -> None:
    """PUT changes the fields that are sent, and no others."""
    with _restored(api) as before:
        if before:
            require_success(api.put(_OWN, {"detail": "probe"}))
            changed = require_success(api.put(_OWN, {"name": "probe", "destination_whitelist": ["us", "de"]}))
            found = (changed["name"], changed["detail"], changed["destination_whitelist"], changed["codecs"])
            require_equal("the fields", found, ("probe", "probe", ["us", "de"], before["codecs"]))


@rule(
    "OC-PUT-02",
    _SOURCE,
    Safety.INERT,
    INVALID_DATA,
    server_2026_04=_ABSENT,
    server_2026_08=INTERNAL,
    hint='Send ISO 3166 alpha-2 codes in lower case, each once, such as ["us", "de"].',
    depends_on=("GW-ROUTE-01",),
)
def countries_known(api: ProbeClient) -> Response | None:
    """The entries of destination_whitelist must be different ISO 3166 alpha-2 codes, whatever their case; the servers
    respond with 500."""
    with _restored(api):
        doubled = api.put(_OWN, {"destination_whitelist": ["us", " US "]})
        unknown = api.put(_OWN, {"destination_whitelist": ["us", "xx"]})
    if _unless_absent(api, doubled) is not None:
        require_equal("one twice", doubled.status, countries_known.answers[api.edition.name].status)
    return _unless_absent(api, unknown)


@rule(
    "OC-PUT-03",
    _SOURCE,
    Safety.INERT,
    INVALID_DATA,
    server_2026_04=_ABSENT,
    server_2026_08=INTERNAL,
    hint="Send names separated by commas, such as PCMU,PCMA, without spaces.",
    depends_on=("GW-ROUTE-01",),
)
def codecs_well_formed(api: ProbeClient) -> Response | None:
    """codecs must be a comma-separated list of at most 255 characters: letters, digits and hyphens, no spaces; the
    servers respond with 500."""
    with _restored(api):
        return _unless_absent(api, api.put(_OWN, {"codecs": "PCMU, PCMA"}))


@rule(
    "OC-PUT-04",
    _SOURCE,
    Safety.INERT,
    INVALID_DATA,
    server_2026_04=_ABSENT,
    server_2026_08=INTERNAL,
    depends_on=("GW-ROUTE-01",),
)
def texts_fit(api: ProbeClient) -> Response | None:
    """name has at most 255 characters, and `detail` at most 65,535 bytes; the servers respond with 500."""
    with _restored(api):
        return _unless_absent(api, api.put(_OWN, {"name": "x" * 256}))


@rule("OC-PUT-05", _SOURCE, Safety.INERT, depends_on=("GW-ROUTE-01",))
def default_source_is_lost(api: ProbeClient) -> None:
    """default_outgoing_source_number_id cannot be set: the gateway accepts it and does not pass it on."""
    with _restored(api) as before:
        if before:
            changed = require_success(api.put(_OWN, _LOST))
            require_equal("the id", changed["default_outgoing_source_number_id"], NIL)


@rule("OC-DIAL-01", _SOURCE, Safety.BILLABLE, depends_on=("GW-ROUTE-01", "OC-GET-01", "PC-NEW-28", "PC-NEW-31"))
def whitelist_is_enforced(api: ProbeClient) -> None:
    """A change of destination_whitelist decides about the next tel call. Entries are compared as they were sent: one in
    upper case allows nothing."""
    with _restored(api) as before:
        if before:
            for entries, allowed in ((["US", "VI"], False), (["us", "vi"], True)):
                require_success(api.put(_OWN, {"destination_whitelist": entries}))
                status = api.post("/providercalls", api.body()).status
                require_equal(f"a call is placed with {entries}", status == 200, allowed)


@rule("OC-DIAL-02", _SOURCE, Safety.BILLABLE, depends_on=("GW-ROUTE-01", "OC-GET-01"))
def codecs_of_sip_calls(api: ProbeClient) -> None:
    """codecs are in the metadata of a customer's calls to SIP destinations, not of those to telephone numbers."""
    with _restored(api) as before:
        if before:
            require_success(api.put(_OWN, {"codecs": "PCMU,PCMA"}))
            sip = {"type": "sip", "target": "probe@sip.example.invalid"}
            body = {"source": SOURCE, "destinations": [sip, DESTINATION]}
            calls = require_success(api.post("/calls", body))["calls"]
            found = [(call.get("metadata") or {}).get("codecs") for call in calls]
            require_equal("the codecs", found, ["PCMU,PCMA", None])


@rule(
    "OC-DEL-01",
    _SOURCE,
    Safety.REFUSED,
    hazard="the customer of the role removable_super_admin can call no telephone afterwards",
    depends_on=("GW-ROUTE-01", "OC-GET-01", "OC-GET-02", "OC-GET-03", "PC-NEW-28", "PC-NEW-31"),
)
def delete_blocks_calls(api: ProbeClient) -> None:
    """A deleted outbound configuration is not found any more, and its customer can call no telephone."""
    response = api.get(_OWN, as_="removable_super_admin")
    if _unless_absent(api, response) is not None:
        path = f"/outbound_configs/{require_success(response)['id']}"
        require_equal("tm_delete is set", require_success(api.delete(path))["tm_delete"] is not None, True)
        require_equal("the status of a GET", api.get(_OWN, as_="removable_super_admin").status, 404)
        require_equal("the status of a second DELETE", api.delete(path).status, 404)
        status = api.post("/providercalls", api.body(), as_="removable_super_admin").status
        require_equal("a call is placed", status == 200, False)


@contextmanager
def _restored(api: ProbeClient) -> Iterator[dict[str, Any] | None]:
    """Yield the outbound configuration, and restore it afterwards; None if the edition has none."""
    response = api.get(_OWN)
    if _unless_absent(api, response) is None:
        yield None
        return
    before = require_success(response)
    try:
        yield before
    finally:
        api.put(_OWN, {name: before[name] for name in ("name", "detail", "destination_whitelist", "codecs")})


def _unless_absent(api: ProbeClient, response: Response) -> Response | None:
    """Return the response. If the edition has no outbound configurations, require that the path is unknown."""
    if api.edition.has_outbound_configs:
        return response
    require_equal("the status", response.status, 404)
    return None
