"""Rules of provider calls: permissions, lists, GET, DELETE and observation (the tutorial; providers.md 3 and 8)."""

from __future__ import annotations

from typing import Any

from ..answer import DENIED, NO_DIRECT, NOT_FOUND, Body, empty_error, error
from ..formats.go_uuids import NIL
from ..http import Response
from ..probes import UNKNOWN_ID, ProbeClient, require_equal, require_success
from ..rule import Safety, rule

# access


@rule(
    "PC-AUTH-01",
    "tutorial: Prerequisites; tutorial: Troubleshooting (403 Forbidden)",
    Safety.READ,
    DENIED,
    server_2026_04=empty_error(403),
    hint="Log in as a platform super-admin: provider calls do not accept customer-tier tokens or access keys.",
)
def super_admin_only(api: ProbeClient) -> Response:
    """Only a platform super-admin may use provider calls."""
    return api.get("/providercalls", as_="customer_admin")


@rule(
    "PC-TRB-01",
    "tutorial: Troubleshooting (403 Forbidden)",
    Safety.REFUSED,
    DENIED,
    server_2026_04=empty_error(403),
    hint="Log in as a platform super-admin: customer-tier tokens and access keys cannot place provider calls.",
)
def super_admin_places(api: ProbeClient) -> Response:
    """Only a platform super-admin may place provider calls: a customer-tier token is refused with 403."""
    return api.post("/providercalls", api.body(), as_="customer_admin")


@rule(
    "PC-AUTH-03",
    "tutorial: Troubleshooting (403 Forbidden, Fix)",
    Safety.READ,
    server_2026_04=empty_error(403),
    server_2026_08=DENIED,
    edition_flag="accesskeys_inherit_permission",
    hint="On the servers an access key only has a customer admin's permission: use a super-admin's token.",
    depends_on=("AU-04", "PC-AUTH-01"),
)
def admin_accesskey(api: ProbeClient) -> Response:
    """A super-admin's access key is accepted for provider calls (documented); the servers always refuse it."""
    return api.get("/providercalls", as_=None, accesskey=api.accesskey("super_admin"))


@rule("PC-AUTH-04", "providers.md 3.3", Safety.READ, NO_DIRECT, server_2026_04=empty_error(403))
def no_direct_access(api: ProbeClient) -> Response:
    """A direct token is refused."""
    return api.get("/providercalls", as_="direct")


# lists


@rule(
    "PC-LIST-01",
    "tutorial: Get list of providercalls",
    Safety.BILLABLE,
    edition_flag="lists_own_records_only",
    depends_on=("PC-NEW-19",),
)
def own_records_only(api: ProbeClient) -> None:
    """The list contains only records of the admin's own customer (documented; on the servers, of every customer)."""
    record = api.place(as_="other_super_admin")
    listed = record["id"] in [row["id"] for row in api.first_page("/providercalls")]
    require_equal("another customer's record is listed", listed, not api.edition.lists_own_records_only)


@rule("PC-LIST-02", "tutorial: Get list of providercalls", Safety.BILLABLE, depends_on=("PC-NEW-06", "PC-NEW-19"))
def list_filtered_by_provider(api: ProbeClient) -> None:
    """provider_id filters the list by provider."""
    record, _ = api.place(), api.place()
    rows = api.first_page("/providercalls", provider_id=record["provider_id"])
    require_equal("the ids", [row["id"] for row in rows], [record["id"]])


@rule(
    "PC-LIST-07",
    "providers.md 3.5",
    Safety.READ,
    error(400, "INVALID_REQUEST_PARAMETER", 'The parameter "{name}" has an invalid format.'),
    server_2026_04=error(400, "", "Invalid format for parameter {name}: {detail}", Body.BINDER),
)
def provider_filter_is_uuid(api: ProbeClient) -> Response:
    """The provider_id filter must be a UUID."""
    return api.get("/providercalls", provider_id="nope")


@rule("PC-LIST-08", "providers.md 3.5", Safety.BILLABLE, depends_on=("PC-NEW-19",))
def nil_provider_filter_ignored(api: ProbeClient) -> None:
    """A nil provider_id does not filter the list."""
    record = api.place()
    rows = api.first_page("/providercalls", provider_id=NIL)
    require_equal("listed", record["id"] in [row["id"] for row in rows], True)


# one record


@rule("PC-GET-01", "tutorial: Get detail of a providercall", Safety.BILLABLE, depends_on=("PC-NEW-03",))
def get_answers_the_record(api: ProbeClient) -> None:
    """GET returns the record."""
    record = api.place()
    require_equal("the record", require_success(api.get(f"/providercalls/{record['id']}")), record)


@rule(
    "PC-GET-02",
    "providers.md 3.4",
    Safety.READ,
    error(404, "PROVIDERCALL_NOT_FOUND", "The provider call was not found."),
    server_2026_04=empty_error(400),
)
def record_exists(api: ProbeClient) -> Response:
    """The providercall must exist."""
    return api.get(f"/providercalls/{UNKNOWN_ID}")


@rule("PC-GET-03", "providers.md 3.4", Safety.BILLABLE, depends_on=("PC-DEL-01",))
def deleted_still_readable(api: ProbeClient) -> None:
    """A deleted record can still be read, with tm_delete set."""
    path = f"/providercalls/{api.place()['id']}"
    require_success(api.delete(path))
    require_equal("tm_delete is set", require_success(api.get(path))["tm_delete"] is not None, True)


@rule("PC-GET-04", "providers.md 3.4", Safety.BILLABLE)
def readable_across_customers(api: ProbeClient) -> None:
    """Any super-admin may read any customer's record."""
    record = api.place(as_="other_super_admin")
    require_equal("the id", require_success(api.get(f"/providercalls/{record['id']}"))["id"], record["id"])


@rule("PC-DEL-01", "tutorial: Delete a providercall", Safety.BILLABLE, depends_on=("PC-LIST-03",))
def delete_is_soft(api: ProbeClient) -> None:
    """DELETE returns the record with tm_delete equal to tm_update, and removes it from the list."""
    record = api.place()
    deleted = require_success(api.delete(f"/providercalls/{record['id']}"))
    require_equal("the times", (deleted["tm_delete"], deleted["tm_delete"] is None), (deleted["tm_update"], False))
    require_equal("listed", record["id"] in [row["id"] for row in api.first_page("/providercalls")], False)


@rule("PC-DEL-02", "tutorial: Delete a providercall", Safety.BILLABLE)
def delete_leaves_calls(api: ProbeClient) -> None:
    """DELETE does not affect the calls: it does not hang up."""
    record = api.place()
    require_success(api.delete(f"/providercalls/{record['id']}"))
    # The call may progress on its own, but only hanging it up cancels it.
    require_equal("the call was cancelled", api.first_call(record).get("hangup_reason") == "cancel", False)


@rule("PC-DEL-04", "providers.md 3.4", Safety.BILLABLE, depends_on=("PC-DEL-01",))
def delete_again_answers(api: ProbeClient) -> None:
    """A second DELETE succeeds too, with new times."""
    path = f"/providercalls/{api.place()['id']}"
    first, second = require_success(api.delete(path)), require_success(api.delete(path))
    require_equal("the same time", first["tm_delete"] == second["tm_delete"], False)


@rule("PC-DEL-05", "providers.md 3.4", Safety.INERT, NOT_FOUND, server_2026_04=empty_error(400))
def deleted_record_exists(api: ProbeClient) -> Response:
    """The providercall to delete must exist; the error reason differs from GET's."""
    return api.delete(f"/providercalls/{UNKNOWN_ID}")


# observation


@rule("PC-OBS-01", "tutorial: Observe call outcome", Safety.BILLABLE)
def record_never_changes(api: ProbeClient) -> None:
    """The record does not change as its calls progress."""
    placed = api.place()
    before = require_success(api.get(f"/providercalls/{placed['id']}"))
    require_success(api.post(f"/calls/{placed['call_ids'][0]}/hangup"))
    require_equal("the record", require_success(api.get(f"/providercalls/{placed['id']}")), before)


@rule("PC-NEW-21", "tutorial: Observe call outcome", Safety.BILLABLE, depends_on=("PC-NEW-06", "PC-OBS-02"))
def call_names_its_provider(api: ProbeClient) -> None:
    """Each call's metadata has route_provider_ids, with only the requested provider."""
    record = api.place()
    require_equal("the ids", _metadata(api, record).get("route_provider_ids"), [record["provider_id"]])


@rule("PC-NEW-22", "tutorial: Observe call outcome", Safety.BILLABLE, depends_on=("PC-OBS-02",))
def call_skips_source_validation(api: ProbeClient) -> None:
    """Each call's metadata has skip_source_validation: true."""
    require_equal("the flag", _metadata(api, api.place()).get("skip_source_validation"), True)


@rule("PC-NEW-23", "providers.md 3.3", Safety.BILLABLE, edition_flag="rtp_debug", depends_on=("PC-OBS-02",))
def call_has_rtp_debug(api: ProbeClient) -> None:
    """Each call's metadata has rtp_debug: true on the servers (not documented)."""
    expected = True if api.edition.rtp_debug else None
    require_equal("the flag", _metadata(api, api.place()).get("rtp_debug"), expected)


@rule("PC-NEW-24", "providers.md 3.3", Safety.BILLABLE, depends_on=("GW-BODY-01",))
def metadata_not_settable(api: ProbeClient) -> None:
    """A client cannot set metadata."""
    require_equal("the client's key", "mine" in _metadata(api, api.place(metadata={"mine": 1})), False)


def _metadata(api: ProbeClient, record: dict[str, Any]) -> dict[str, Any]:
    metadata: dict[str, Any] = api.first_call(record).get("metadata", {})
    return metadata


@rule("PC-NEW-32", "providers.md 4.4", Safety.BILLABLE)
def answers_while_dialing(api: ProbeClient) -> None:
    """POST responds before the call ends: a call starts as `dialing`, outgoing, of type `flow`."""
    call = api.first_call(api.place())
    require_equal("the call", (call["status"], call["direction"], call["type"]), ("dialing", "outgoing", "flow"))


@rule("PC-RTE-02", "routing.md 3", Safety.BILLABLE)
def forced_never_fails_over(api: ProbeClient) -> None:
    """A provider call is dialled by its provider only: if that fails, the call ends, whatever the routes are."""
    id = api.place()["call_ids"][0]
    api.drive_call(id, "reject 503")
    require_equal("the status", api.ended_call(id)["status"], "hangup")
