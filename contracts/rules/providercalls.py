"""Provider calls: the resource that rings phones (the tutorial; providers.md 3 and 8, whose ids these are)."""

from __future__ import annotations

from typing import Any

from ..go_uuids import NIL
from ..http import Response
from ..probes import DESTINATION, UNDIALLABLE, UNKNOWN_ID, ProbeClient, require_equal, require_success
from ..rule import DENIED, INVALID_DATA, NO_DIRECT, NOT_FOUND, Body, Safety, accepted, empty_error, error, rule

_OTHER = {"type": "tel", "target": "+12025550144"}
_ACTIONS: list[dict[str, Any]] = [
    {"type": "answer"},
    {"type": "talk", "option": {"text": "This is a provider verification call.", "language": "en-US"}},
    {"type": "hangup"},
]
KNOWN_ANONYMOUS = (None, "", "yes", "no", "auto")
_LIST_PROVIDERS = "List the providers with GET /v1.0/providers and choose a current id."


# who may


@rule(
    "PC-AUTH-01",
    "tutorial: Prerequisites; tutorial: Troubleshooting (403 Forbidden)",
    Safety.READ,
    DENIED,
    server_2026_04=empty_error(403),
    hint="Log in as a platform super-admin: customer-tier tokens and access keys do not do for provider calls.",
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
    hint="Log in as a platform super-admin: customer-tier tokens and access keys place no provider calls.",
)
def super_admin_places(api: ProbeClient) -> Response:
    """A customer-tier token places no call: 403."""
    return api.post("/providercalls", api.body(), as_="customer_admin")


@rule(
    "PC-AUTH-03",
    "tutorial: Troubleshooting (403 Forbidden, Fix)",
    Safety.READ,
    server_2026_04=empty_error(403),
    server_2026_08=DENIED,
    edition_flag="accesskeys_inherit_permission",
    hint="On the servers an access key is always a customer admin's: use a super-admin's token.",
    depends_on=("AU-04", "PC-AUTH-01"),
)
def admin_accesskey(api: ProbeClient) -> Response:
    """A super-admin's access key does for provider calls, say the documents; on the servers it never does."""
    return api.get("/providercalls", as_=None, accesskey=api.accesskey("super_admin"))


@rule("PC-AUTH-04", "providers.md 3.3", Safety.READ, NO_DIRECT, server_2026_04=empty_error(403))
def no_direct_access(api: ProbeClient) -> Response:
    """A direct token is refused."""
    return api.get("/providercalls", as_="direct")


# before anything is placed


@rule(
    "PC-NEW-34",
    "providers.md 3.3",
    Safety.INERT,
    error(400, "INVALID_ARGUMENT", "provider_id is required."),
    hint=_LIST_PROVIDERS,
)
def provider_id_given(api: ProbeClient) -> Response:
    """provider_id is given, and is not the nil UUID."""
    return api.post("/providercalls", api.undiallable_body(provider_id=NIL))


@rule(
    "PC-PRE-04",
    "tutorial: Prerequisites",
    Safety.INERT,
    error(400, "INVALID_ARGUMENT", "destinations is required and must not be empty."),
    hint='Give at least one destination, such as {"type": "tel", "target": "+12025550143"}.',
)
def destinations_given(api: ProbeClient) -> Response:
    """There is at least one destination."""
    return api.post("/providercalls", api.body(destinations=[]))


@rule(
    "PC-PRE-01",
    "tutorial: Prerequisites; tutorial: Troubleshooting (400 provider not found)",
    Safety.INERT,
    error(400, "INVALID_ARGUMENT", "provider not found"),
    server_2026_04=empty_error(404),
    server_2026_08=NOT_FOUND,
    hint=_LIST_PROVIDERS,
)
def provider_exists(api: ProbeClient) -> Response:
    """provider_id names an existing provider."""
    return api.post("/providercalls", api.undiallable_body(provider_id=UNKNOWN_ID))


@rule(
    "PC-PRE-02",
    "tutorial: Prerequisites; tutorial: Troubleshooting (400 provider not found)",
    Safety.BILLABLE,
    error(400, "INVALID_ARGUMENT", "provider not found"),
    server_2026_04=accepted("the deleted provider is dialled"),
    server_2026_08=accepted("the deleted provider is dialled"),
    hint=_LIST_PROVIDERS,
)
def provider_not_deleted(api: ProbeClient) -> Response:
    """The provider has not been soft-deleted, say the documents; the servers dial it all the same."""
    provider = api.provider()
    require_success(api.delete(f"/providers/{provider['id']}"))
    return api.post("/providercalls", api.body(provider_id=provider["id"]))


@rule("PC-PRE-03", "providers.md 3.3", Safety.INERT, depends_on=("PC-PRE-01",))
def provider_checked_first(api: ProbeClient) -> None:
    """The provider is looked up before anything is made: an unknown one with a bad action is told of the provider."""
    body = api.undiallable_body(provider_id=UNKNOWN_ID, actions=[{"type": "no_such_action"}])
    response = api.post("/providercalls", body)
    expected = provider_exists.answers[api.edition.name]
    require_equal("the status", response.status, expected.status)
    if expected.reason:
        require_equal("the reason", response.json()["error"]["reason"], expected.reason)


@rule(
    "PC-NEW-27",
    "providers.md 3.3; flows.md 2.3",
    Safety.INERT,
    error(400, "INVALID_ACTION_TYPE", "not supported action type: {type}"),
    hint="Use a type of the Flow Action struct, such as answer, talk, play, sleep or hangup.",
)
def action_types_known(api: ProbeClient) -> Response:
    """Every inline action has a supported type."""
    return api.post("/providercalls", api.undiallable_body(actions=[{"type": "no_such_action"}]))


@rule(
    "PC-NEW-36",
    "flows.md 2.3",
    Safety.INERT,
    error(400, "INVALID_ANONYMOUS_VALUE", "invalid anonymous value for {type} action: {value}"),
    hint="`anonymous` of a call or connect action is yes, no, auto or empty.",
)
def action_anonymous_known(api: ProbeClient) -> Response:
    """`anonymous` of a call or connect action is one of yes, no, auto and empty."""
    action = {"type": "connect", "option": {"anonymous": "perhaps"}}
    return api.post("/providercalls", api.undiallable_body(actions=[action]))


@rule(
    "PC-NEW-01",
    "tutorial: Place a providercall; providers.md 3.3",
    Safety.BILLABLE,
    accepted("the record's source is null"),
    server_2026_04=empty_error(400),
    server_2026_08=error(503, "REQUEST_TIMEOUT", "The request timed out."),
    hint='Send a source, such as {"type": "tel", "target": "+12025550100"}: without one the servers crash.',
)
def source_given(api: ProbeClient) -> Response:
    """source is optional, say the documents; without it the servers crash, and answer after three seconds."""
    return api.post("/providercalls", api.body(source=None))


@rule(
    "PC-NEW-28",
    "providers.md 3.3",
    Safety.INERT,
    INVALID_DATA,
    hint="Look at the notes of the request: they tell for each destination why it was dropped.",
    depends_on=("PC-NEW-16",),
)
def at_least_one_call_placed(api: ProbeClient) -> Response:
    """At least one destination produced a call or a groupcall; otherwise the request fails, and no record is kept."""
    return api.post("/providercalls", api.undiallable_body())


@rule("PC-NEW-37", "providers.md 3.3", Safety.INERT, depends_on=("PC-NEW-16", "PC-NEW-28"))
def no_record_of_failure(api: ProbeClient) -> None:
    """A request that placed nothing leaves no record."""
    provider = api.provider()["id"]
    api.post("/providercalls", api.undiallable_body(provider_id=provider))
    require_equal("a record of it", provider in [row["provider_id"] for row in api.first_page("/providercalls")], False)


# what is placed


@rule("PC-NEW-03", "tutorial: Place a providercall", Safety.BILLABLE)
def answers_the_record(api: ProbeClient) -> None:
    """A POST answers 200 with the whole record: every key, always."""
    record = api.place()
    keys = (
        "id customer_id provider_id flow_id source destinations anonymous call_ids groupcall_ids "
        "tm_create tm_update tm_delete"
    )
    require_equal("the keys", " ".join(record), keys)


@rule("PC-NEW-14", "tutorial: Place a providercall; providers.md 3.3", Safety.BILLABLE)
def one_call_per_destination(api: ProbeClient) -> None:
    """Each tel or sip destination becomes one call, in order."""
    record = api.place(destinations=[DESTINATION, _OTHER, DESTINATION])
    targets = [require_success(api.get(f"/calls/{id}"))["destination"]["target"] for id in record["call_ids"]]
    require_equal("the targets", targets, [DESTINATION["target"], _OTHER["target"], DESTINATION["target"]])


@rule("PC-NEW-16", "providers.md 3.3", Safety.BILLABLE, depends_on=("PC-NEW-14",))
def other_types_dropped(api: ProbeClient) -> None:
    """A destination of a type other than tel, sip, agent and extension is dropped, but stays on the record."""
    record = api.place(destinations=[UNDIALLABLE, DESTINATION])
    require_equal("the calls and destinations", (len(record["call_ids"]), len(record["destinations"])), (1, 2))


@rule("PC-NEW-15", "providers.md 3.3", Safety.BILLABLE)
def groups_become_groupcalls(api: ProbeClient) -> None:
    """An agent or extension destination becomes a groupcall, not a call."""
    agent = {"type": "agent", "target": api.identity("super_admin").id}
    record = api.place(destinations=[agent])
    require_equal("the calls and groupcalls", (len(record["call_ids"]), len(record["groupcall_ids"])), (0, 1))


@rule("PC-NEW-04", "providers.md 3.1", Safety.BILLABLE, depends_on=("GW-BODY-01",))
def id_made_by_server(api: ProbeClient) -> None:
    """The record's id is the server's, whatever the client sends."""
    require_equal("the client's id", api.place(id=UNKNOWN_ID)["id"] == UNKNOWN_ID, False)


@rule("PC-NEW-05", "providers.md 3.1", Safety.BILLABLE, depends_on=("GW-BODY-01",))
def customer_is_the_askers(api: ProbeClient) -> None:
    """customer_id is the admin's own, on the record and its calls, and cannot be set."""
    record = api.place(customer_id=UNKNOWN_ID)
    own = api.identity("super_admin").customer_id
    require_equal("the customers", (record["customer_id"], api.first_call(record)["customer_id"]), (own, own))


@rule("PC-NEW-06", "providers.md 3.1", Safety.BILLABLE)
def provider_echoed(api: ProbeClient) -> None:
    """provider_id is the one that was asked for."""
    provider = api.provider()["id"]
    require_equal("provider_id", api.place(provider_id=provider)["provider_id"], provider)


@rule("PC-NEW-07", "providers.md 3.1", Safety.BILLABLE)
def no_flow_is_nil(api: ProbeClient) -> None:
    """Without flow_id and actions, flow_id is the nil UUID."""
    require_equal("flow_id", api.place()["flow_id"], NIL)


@rule("PC-PRE-07", "tutorial: Place a providercall with inline actions", Safety.BILLABLE, depends_on=("FL-TMP-02",))
def temporary_flow_made(api: ProbeClient) -> None:
    """Actions without a flow_id make a temporary flow, which the call carries and no list shows."""
    call = api.first_call(api.place(actions=_ACTIONS))
    flow = require_success(api.get(f"/flows/{call['flow_id']}"))
    require_equal("the flow", (flow["name"], flow["detail"]), ("tmp", "tmp outbound flow for providercall"))
    require_equal("listed", flow["id"] in [row["id"] for row in api.first_page("/flows")], False)


@rule("PC-NEW-26", "tutorial: Place a providercall with inline actions", Safety.BILLABLE, depends_on=("PC-PRE-07",))
def action_ids_made(api: ProbeClient) -> None:
    """Inline actions come without ids; the server makes them, and keeps their order."""
    call = api.first_call(api.place(actions=_ACTIONS))
    actions = require_success(api.get(f"/flows/{call['flow_id']}"))["actions"]
    require_equal("the types", [action["type"] for action in actions], ["answer", "talk", "hangup"])
    require_equal("the ids", len({action["id"] for action in actions} - {NIL}), 3)


@rule(
    "PC-NEW-08",
    "tutorial: Place a providercall (the example); providers.md 3.3",
    Safety.BILLABLE,
    edition_flag="record_has_temporary_flow_id",
    depends_on=("PC-PRE-07",),
)
def record_names_temporary_flow(api: ProbeClient) -> None:
    """With inline actions the record's flow_id is nil in the documents, the temporary flow's on the servers."""
    record = api.place(actions=_ACTIONS)
    require_equal("flow_id is nil", record["flow_id"] == NIL, not api.edition.record_has_temporary_flow_id)


@rule("PC-PRE-06", "tutorial: Prerequisites", Safety.BILLABLE)
def flow_id_used(api: ProbeClient) -> None:
    """flow_id is on the record and on each call."""
    flow = require_success(api.post("/flows", {"name": "probe"}))["id"]
    record = api.place(flow_id=flow)
    require_equal("flow_id", (record["flow_id"], api.first_call(record)["flow_id"]), (flow, flow))


@rule("PC-PRE-08", "providers.md 3.3", Safety.BILLABLE, depends_on=("PC-PRE-03", "PC-PRE-06"))
def flow_id_wins(api: ProbeClient) -> None:
    """With a flow_id, actions are read over."""
    flow = require_success(api.post("/flows", {"name": "probe"}))["id"]
    record = api.place(flow_id=flow, actions=[{"type": "no_such_action"}])
    require_equal("flow_id", api.first_call(record)["flow_id"], flow)


@rule(
    "PC-PRE-09",
    "calls.md 3.2; calls.md 3.9",
    Safety.REFUSED,
    INVALID_DATA,
    hint="List the flows with GET /v1.0/flows and choose a current id, or send actions instead.",
    depends_on=("PC-NEW-28", "PC-PRE-06"),
)
def flow_usable(api: ProbeClient) -> Response:
    """flow_id names a flow of the admin's customer; otherwise every destination fails, and leaves an orphan call."""
    return api.post("/providercalls", api.body(flow_id=UNKNOWN_ID))


@rule("PC-NEW-02", "tutorial: Place a providercall", Safety.BILLABLE, depends_on=("PC-PRE-05",))
def empty_source_is_kept(api: ProbeClient) -> None:
    """An empty source is accepted: the call leaves without a caller id."""
    record = api.place(source={})
    require_equal("the source's target", record["source"].get("target", ""), "")


@rule("PC-NEW-09", "tutorial: Place a providercall", Safety.BILLABLE, depends_on=("PC-PRE-05",))
def source_verbatim(api: ProbeClient) -> None:
    """source is recorded as it was sent."""
    source = {"type": "tel", "target": " +1 (202) 555-0100", "target_name": "Sales"}
    require_equal("the source", api.place(source=source)["source"], source)


@rule("PC-PRE-05", "tutorial: Prerequisites", Safety.BILLABLE)
def source_ownership_unchecked(api: ProbeClient) -> None:
    """The source need not be a number of the customer's: the call leaves from it."""
    source = {"type": "tel", "target": "+12025550199"}
    require_equal("the call's source", api.first_call(api.place(source=source))["source"]["target"], source["target"])


@rule("PC-NEW-10", "tutorial: Place a providercall", Safety.BILLABLE)
def destinations_verbatim(api: ProbeClient) -> None:
    """destinations are recorded as they were sent, in order."""
    sent = [{**DESTINATION, "target_name": "A"}, {**_OTHER, "target_name": "B"}]
    require_equal("the destinations", api.place(destinations=sent)["destinations"], sent)


@rule("PC-NEW-11", "providers.md 3.1", Safety.BILLABLE, depends_on=("PC-NEW-03",))
def anonymous_defaults_to_auto(api: ProbeClient) -> None:
    """anonymous is `auto` when it is left out."""
    require_equal("anonymous", api.place()["anonymous"], "auto")


@rule("PC-NEW-13", "providers.md 3.1", Safety.BILLABLE, depends_on=("PC-NEW-03",))
def anonymous_verbatim(api: ProbeClient) -> None:
    """Any other value of anonymous is recorded as it was sent, and dialled as `auto`; so is the empty one."""
    found = [api.place(anonymous=value)["anonymous"] for value in ("yes", "", "banana")]
    require_equal("anonymous", found, ["yes", "", "banana"])


@rule(
    "PC-ANON-04",
    "providers.md 3.3; providers.md 4.2",
    Safety.REFUSED,
    INVALID_DATA,
    hint="With anonymous `yes` a tel destination needs a source in E.164, beginning with a plus.",
    depends_on=("PC-NEW-13", "PC-NEW-28"),
)
def anonymous_needs_number(api: ProbeClient) -> Response:
    """anonymous `yes` to a tel destination needs a source that begins with a plus; otherwise the destination fails."""
    source = {"type": "tel", "target": "2025550100"}
    return api.post("/providercalls", api.body(anonymous="yes", source=source))


@rule("PC-NEW-38", "providers.md 3.1", Safety.BILLABLE, depends_on=("PC-NEW-13", "PC-NEW-28"))
def anonymous_is_short(api: ProbeClient) -> None:
    """An anonymous value over 16 characters fails the request, after its calls were placed."""
    response = api.post("/providercalls", api.body(anonymous="a" * 17))
    require_equal("the status", response.status, 400)


@rule("PC-NEW-18", "tutorial: Place a providercall (the example)", Safety.BILLABLE, edition_flag="sets_tm_update_on_create")
def updated_on_create(api: ProbeClient) -> None:
    """A new record's tm_update equals its tm_create in the documents, and is null on the servers."""
    record = api.place()
    expected = record["tm_create"] if api.edition.sets_tm_update_on_create else None
    require_equal("tm_update", record["tm_update"], expected)


@rule("PC-NEW-19", "tutorial: Place a providercall (the example)", Safety.BILLABLE)
def not_deleted_when_new(api: ProbeClient) -> None:
    """A new record's tm_delete is null."""
    require_equal("tm_delete", api.place()["tm_delete"], None)


@rule("PC-NEW-21", "tutorial: Observe call outcome", Safety.BILLABLE, depends_on=("PC-NEW-06", "PC-OBS-02"))
def call_names_its_provider(api: ProbeClient) -> None:
    """Each call's metadata has route_provider_ids: the one provider that was asked for."""
    record = api.place()
    require_equal("the ids", _metadata(api, record).get("route_provider_ids"), [record["provider_id"]])


@rule("PC-NEW-22", "tutorial: Observe call outcome", Safety.BILLABLE, depends_on=("PC-OBS-02",))
def call_skips_source_validation(api: ProbeClient) -> None:
    """Each call's metadata has skip_source_validation: true."""
    require_equal("the flag", _metadata(api, api.place()).get("skip_source_validation"), True)


@rule("PC-NEW-23", "providers.md 3.3", Safety.BILLABLE, edition_flag="rtp_debug", depends_on=("PC-OBS-02",))
def call_has_rtp_debug(api: ProbeClient) -> None:
    """Each call's metadata has rtp_debug: true on the servers; the documents do not know it."""
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
    """The POST answers before the call ends: a call starts in `dialing`, outgoing, of type flow."""
    call = api.first_call(api.place())
    require_equal("the call", (call["status"], call["direction"], call["type"]), ("dialing", "outgoing", "flow"))


@rule("PC-OBS-01", "tutorial: Observe call outcome", Safety.BILLABLE)
def record_never_changes(api: ProbeClient) -> None:
    """The record does not change as its calls go on."""
    placed = api.place()
    before = require_success(api.get(f"/providercalls/{placed['id']}"))
    require_success(api.post(f"/calls/{placed['call_ids'][0]}/hangup"))
    require_equal("the record", require_success(api.get(f"/providercalls/{placed['id']}")), before)


@rule("PC-NEW-20", "tutorial: Observe call outcome", Safety.BILLABLE)
def post_is_not_idempotent(api: ProbeClient) -> None:
    """There is no idempotency key: the same POST places another call."""
    body = api.body()
    key = (("Idempotency-Key", "probe"),)
    first, second = (require_success(api.post("/providercalls", body, headers=key)) for _ in range(2))
    require_equal("the same call twice", first["call_ids"] == second["call_ids"], False)


# lists


@rule(
    "PC-LIST-01",
    "tutorial: Get list of providercalls",
    Safety.BILLABLE,
    edition_flag="lists_own_records_only",
    depends_on=("PC-NEW-19",),
)
def own_records_only(api: ProbeClient) -> None:
    """The list holds the admin's own customer's records, say the documents; everybody's on the servers."""
    record = api.place(as_="other_super_admin")
    listed = record["id"] in [row["id"] for row in api.first_page("/providercalls")]
    require_equal("another customer's record is listed", listed, not api.edition.lists_own_records_only)


@rule("PC-LIST-02", "tutorial: Get list of providercalls", Safety.BILLABLE, depends_on=("PC-NEW-06", "PC-NEW-19"))
def list_filtered_by_provider(api: ProbeClient) -> None:
    """provider_id narrows the list to one provider."""
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
    """The provider_id filter is a UUID."""
    return api.get("/providercalls", provider_id="nope")


@rule("PC-LIST-08", "providers.md 3.5", Safety.BILLABLE, depends_on=("PC-NEW-19",))
def nil_provider_filter_ignored(api: ProbeClient) -> None:
    """The nil UUID filters nothing."""
    record = api.place()
    rows = api.first_page("/providercalls", provider_id=NIL)
    require_equal("listed", record["id"] in [row["id"] for row in rows], True)


# one record


@rule("PC-GET-01", "tutorial: Get detail of a providercall", Safety.BILLABLE, depends_on=("PC-NEW-03",))
def get_answers_the_record(api: ProbeClient) -> None:
    """GET answers the record."""
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
    """A record that is read exists."""
    return api.get(f"/providercalls/{UNKNOWN_ID}")


@rule("PC-GET-03", "providers.md 3.4", Safety.BILLABLE, depends_on=("PC-DEL-01",))
def deleted_still_readable(api: ProbeClient) -> None:
    """GET of a deleted record still answers, with tm_delete set."""
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
    """DELETE answers the record with tm_delete, equal to tm_update, and takes it off the list."""
    record = api.place()
    deleted = require_success(api.delete(f"/providercalls/{record['id']}"))
    require_equal("the times", (deleted["tm_delete"], deleted["tm_delete"] is None), (deleted["tm_update"], False))
    require_equal("listed", record["id"] in [row["id"] for row in api.first_page("/providercalls")], False)


@rule("PC-DEL-02", "tutorial: Delete a providercall", Safety.BILLABLE)
def delete_leaves_calls(api: ProbeClient) -> None:
    """DELETE does not touch the calls: it does not hang up."""
    record = api.place()
    require_success(api.delete(f"/providercalls/{record['id']}"))
    # A call goes on by itself meanwhile, but only who hangs it up cancels it.
    require_equal("the call was cancelled", api.first_call(record).get("hangup_reason") == "cancel", False)


@rule("PC-DEL-04", "providers.md 3.4", Safety.BILLABLE, depends_on=("PC-DEL-01",))
def delete_again_answers(api: ProbeClient) -> None:
    """A second DELETE answers again, with new times."""
    path = f"/providercalls/{api.place()['id']}"
    first, second = require_success(api.delete(path)), require_success(api.delete(path))
    require_equal("the same time", first["tm_delete"] == second["tm_delete"], False)


@rule("PC-DEL-05", "providers.md 3.4", Safety.INERT, NOT_FOUND, server_2026_04=empty_error(400))
def deleted_record_exists(api: ProbeClient) -> Response:
    """A record that is deleted exists; the reason differs from that of a GET."""
    return api.delete(f"/providercalls/{UNKNOWN_ID}")
