"""Rules of POST /providercalls, which rings phones: prerequisites, destinations and the new record (providers.md 3)."""

from __future__ import annotations

from typing import Any

from ..answer import INVALID_DATA, NOT_FOUND, accepted, empty_error, error
from ..formats.go_uuids import NIL
from ..http import Response
from ..probes import DESTINATION, UNDIALLABLE, UNKNOWN_ID, ProbeClient, require_equal, require_success
from ..rule import Safety, rule

_OTHER = {"type": "tel", "target": "+12025550144"}
_ACTIONS: list[dict[str, Any]] = [
    {"type": "answer"},
    {"type": "talk", "option": {"text": "This is a provider verification call.", "language": "en-US"}},
    {"type": "hangup"},
]
KNOWN_ANONYMOUS = (None, "", "yes", "no", "auto")
_LIST_PROVIDERS = "List the providers with GET /v1.0/providers and choose a current id."

# prerequisites


@rule(
    "PC-NEW-34",
    "providers.md 3.3",
    Safety.INERT,
    error(400, "INVALID_ARGUMENT", "provider_id is required."),
    hint=_LIST_PROVIDERS,
)
def provider_id_given(api: ProbeClient) -> Response:
    """provider_id is required and must not be the nil UUID."""
    return api.post("/providercalls", api.undiallable_body(provider_id=NIL))


@rule(
    "PC-PRE-04",
    "tutorial: Prerequisites",
    Safety.INERT,
    error(400, "INVALID_ARGUMENT", "destinations is required and must not be empty."),
    hint='Add at least one destination, for example {"type": "tel", "target": "+12025550143"}.',
)
def destinations_given(api: ProbeClient) -> Response:
    """At least one destination is required."""
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
    """provider_id must be the id of an existing provider."""
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
    """The provider must not be deleted (documented only; the servers still dial it)."""
    provider = api.provider()
    require_success(api.delete(f"/providers/{provider['id']}"))
    return api.post("/providercalls", api.body(provider_id=provider["id"]))


@rule("PC-PRE-03", "providers.md 3.3", Safety.INERT, depends_on=("PC-PRE-01",))
def provider_checked_first(api: ProbeClient) -> None:
    """The provider is checked before anything is created: an unknown provider is reported before an invalid action."""
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
    """Every inline action must have a supported type."""
    return api.post("/providercalls", api.undiallable_body(actions=[{"type": "no_such_action"}]))


@rule(
    "PC-NEW-36",
    "flows.md 2.3",
    Safety.INERT,
    error(400, "INVALID_ANONYMOUS_VALUE", "invalid anonymous value for {type} action: {value}"),
    hint="Set `anonymous` of the call or connect action to yes, no, auto or an empty string.",
)
def action_anonymous_known(api: ProbeClient) -> Response:
    """`anonymous` of a call or connect action must be yes, no, auto or empty."""
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
    hazard="it crashes a service of the servers, and every user's provider calls fail until the service is restarted",
)
def source_given(api: ProbeClient) -> Response:
    """source is optional (documented); without it the servers crash and respond after three seconds."""
    return api.post("/providercalls", api.body(source=None))


@rule(
    "PC-NEW-28",
    "providers.md 3.3",
    Safety.INERT,
    INVALID_DATA,
    hint="See the notes of the request: they explain why each destination was dropped.",
    depends_on=("PC-NEW-16",),
)
def at_least_one_call_placed(api: ProbeClient) -> Response:
    """At least one destination must result in a call or a groupcall; otherwise the request fails and no record is
    created."""
    return api.post("/providercalls", api.undiallable_body())


@rule("PC-NEW-37", "providers.md 3.3", Safety.INERT, depends_on=("PC-NEW-16", "PC-NEW-28"))
def no_record_of_failure(api: ProbeClient) -> None:
    """A request that placed nothing leaves no record."""
    provider = api.provider()["id"]
    api.post("/providercalls", api.undiallable_body(provider_id=provider))
    require_equal(
        "a record of it exists", provider in [row["provider_id"] for row in api.first_page("/providercalls")], False
    )


# the record and its calls


@rule("PC-NEW-03", "tutorial: Place a providercall", Safety.BILLABLE)
def answers_the_record(api: ProbeClient) -> None:
    """POST returns 200 with the whole record; every key is always present."""
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
    """The server generates the record's id and ignores one from the client."""
    require_equal("the client's id", api.place(id=UNKNOWN_ID)["id"] == UNKNOWN_ID, False)


@rule("PC-NEW-05", "providers.md 3.1", Safety.BILLABLE, depends_on=("GW-BODY-01",))
def customer_id_is_the_admins(api: ProbeClient) -> None:
    """customer_id is the admin's own, on the record and its calls, and cannot be set."""
    record = api.place(customer_id=UNKNOWN_ID)
    own = api.identity("super_admin").customer_id
    require_equal("the customers", (record["customer_id"], api.first_call(record)["customer_id"]), (own, own))


@rule("PC-NEW-06", "providers.md 3.1", Safety.BILLABLE)
def provider_echoed(api: ProbeClient) -> None:
    """The record has the provider_id of the request."""
    provider = api.provider()["id"]
    require_equal("provider_id", api.place(provider_id=provider)["provider_id"], provider)


@rule("PC-NEW-07", "providers.md 3.1", Safety.BILLABLE)
def no_flow_is_nil(api: ProbeClient) -> None:
    """Without flow_id and actions, flow_id is the nil UUID."""
    require_equal("flow_id", api.place()["flow_id"], NIL)


@rule("PC-PRE-07", "tutorial: Place a providercall with inline actions", Safety.BILLABLE, depends_on=("FL-TMP-02",))
def temporary_flow_made(api: ProbeClient) -> None:
    """Actions without a flow_id create a temporary flow, which the call refers to and no list shows."""
    call = api.first_call(api.place(actions=_ACTIONS))
    flow = require_success(api.get(f"/flows/{call['flow_id']}"))
    require_equal("the flow", (flow["name"], flow["detail"]), ("tmp", "tmp outbound flow for providercall"))
    require_equal("listed", flow["id"] in [row["id"] for row in api.first_page("/flows")], False)


@rule("PC-NEW-26", "tutorial: Place a providercall with inline actions", Safety.BILLABLE, depends_on=("PC-PRE-07",))
def action_ids_made(api: ProbeClient) -> None:
    """The server generates the ids of inline actions and keeps their order."""
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
    """With inline actions, the record's flow_id is nil (documented); on the servers it is the temporary flow's id."""
    record = api.place(actions=_ACTIONS)
    require_equal("flow_id is nil", record["flow_id"] == NIL, not api.edition.record_has_temporary_flow_id)


@rule("PC-PRE-06", "tutorial: Prerequisites", Safety.BILLABLE)
def flow_id_used(api: ProbeClient) -> None:
    """The record and each of its calls have the flow_id of the request."""
    flow = require_success(api.post("/flows", {"name": "probe"}))["id"]
    record = api.place(flow_id=flow)
    require_equal("flow_id", (record["flow_id"], api.first_call(record)["flow_id"]), (flow, flow))


@rule("PC-PRE-08", "providers.md 3.3", Safety.BILLABLE, depends_on=("PC-PRE-03", "PC-PRE-06"))
def flow_id_wins(api: ProbeClient) -> None:
    """If flow_id is given, actions are ignored."""
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
    """flow_id must be a flow of the admin's customer; otherwise every destination fails and leaves an orphan call."""
    return api.post("/providercalls", api.body(flow_id=UNKNOWN_ID))


@rule("PC-NEW-02", "tutorial: Place a providercall", Safety.BILLABLE, depends_on=("PC-PRE-05",))
def empty_source_is_kept(api: ProbeClient) -> None:
    """An empty source is accepted: the call is placed without a caller id."""
    record = api.place(source={})
    require_equal("the source's target", record["source"].get("target", ""), "")


@rule("PC-NEW-09", "tutorial: Place a providercall", Safety.BILLABLE, depends_on=("PC-PRE-05",))
def source_verbatim(api: ProbeClient) -> None:
    """source is recorded as sent."""
    source = {"type": "tel", "target": " +1 (202) 555-0100", "target_name": "Sales"}
    require_equal("the source", api.place(source=source)["source"], source)


@rule("PC-PRE-05", "tutorial: Prerequisites", Safety.BILLABLE)
def source_ownership_unchecked(api: ProbeClient) -> None:
    """The source need not be one of the customer's numbers; calls are placed from it anyway."""
    source = {"type": "tel", "target": "+12025550199"}
    require_equal("the call's source", api.first_call(api.place(source=source))["source"]["target"], source["target"])


@rule("PC-NEW-10", "tutorial: Place a providercall", Safety.BILLABLE)
def destinations_verbatim(api: ProbeClient) -> None:
    """destinations are recorded as sent, in order."""
    sent = [{**DESTINATION, "target_name": "A"}, {**_OTHER, "target_name": "B"}]
    require_equal("the destinations", api.place(destinations=sent)["destinations"], sent)


@rule("PC-NEW-11", "providers.md 3.1", Safety.BILLABLE, depends_on=("PC-NEW-03",))
def anonymous_defaults_to_auto(api: ProbeClient) -> None:
    """anonymous defaults to `auto`."""
    require_equal("anonymous", api.place()["anonymous"], "auto")


@rule("PC-NEW-13", "providers.md 3.1", Safety.BILLABLE, depends_on=("PC-NEW-03",))
def anonymous_verbatim(api: ProbeClient) -> None:
    """anonymous is recorded as sent; an unknown or empty value is dialled as `auto`."""
    found = [api.place(anonymous=value)["anonymous"] for value in ("yes", "", "banana")]
    require_equal("anonymous", found, ["yes", "", "banana"])


@rule(
    "PC-ANON-04",
    "providers.md 3.3; providers.md 4.2",
    Safety.REFUSED,
    INVALID_DATA,
    hint="Send a source in E.164 format, starting with a plus: anonymous `yes` needs one for a tel destination.",
    depends_on=("PC-NEW-13", "PC-NEW-28"),
)
def anonymous_needs_number(api: ProbeClient) -> Response:
    """anonymous `yes` to a tel destination requires a source that starts with a plus; otherwise the destination
    fails."""
    source = {"type": "tel", "target": "2025550100"}
    return api.post("/providercalls", api.body(anonymous="yes", source=source))


@rule("PC-NEW-38", "providers.md 3.1", Safety.BILLABLE, depends_on=("PC-NEW-13", "PC-NEW-28"))
def anonymous_is_short(api: ProbeClient) -> None:
    """An anonymous value of more than 16 characters fails the request, after its calls were placed."""
    response = api.post("/providercalls", api.body(anonymous="a" * 17))
    require_equal("the status", response.status, 400)


@rule(
    "PC-NEW-18",
    "tutorial: Place a providercall (the example)",
    Safety.BILLABLE,
    edition_flag="sets_tm_update_on_create",
)
def updated_on_create(api: ProbeClient) -> None:
    """A new record's tm_update equals its tm_create (documented; null on the servers)."""
    record = api.place()
    expected = record["tm_create"] if api.edition.sets_tm_update_on_create else None
    require_equal("tm_update", record["tm_update"], expected)


@rule("PC-NEW-19", "tutorial: Place a providercall (the example)", Safety.BILLABLE)
def not_deleted_when_new(api: ProbeClient) -> None:
    """A new record's tm_delete is null."""
    require_equal("tm_delete", api.place()["tm_delete"], None)


@rule("PC-NEW-20", "tutorial: Observe call outcome", Safety.BILLABLE)
def post_is_not_idempotent(api: ProbeClient) -> None:
    """POST is not idempotent: repeating it places another call."""
    body = api.body()
    key = (("Idempotency-Key", "probe"),)
    first, second = (require_success(api.post("/providercalls", body, headers=key)) for _ in range(2))
    require_equal("the same call twice", first["call_ids"] == second["call_ids"], False)
