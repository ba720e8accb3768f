"""The editions: one table of the points on which the documents and the servers disagree."""

from __future__ import annotations

from collections.abc import Mapping

from .light_imports import Value, dataclass


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Edition(Value):
    """A named set of answers to the points on which documents and servers differ.

    Each rule has its answer to a refused request (`Rule.answers`); the fields of an edition describe its behaviour.
    """

    name: str
    description: str
    based_on: str
    """The edition from which it inherits answers; empty for the documents."""
    # wire format
    empty_error_bodies: bool
    """An error response that is inherited has an empty body."""
    documented_timestamps: bool
    """Timestamps have the format of the documents; otherwise RFC 3339 as printed by Go."""
    includes_empty_fields: bool
    """Empty fields are included; otherwise they are omitted where Go's `omitempty` applies."""
    request_ids: bool
    """Every response has X-Request-Id."""
    unsupported_fields: frozenset[str]
    """Fields that the edition does not have, as `Model.field`."""
    unsupported_actions: frozenset[str]
    """Action types that the edition does not have."""
    json_not_found: bool
    """An unknown path returns the error envelope; otherwise plain text."""
    sends_retry_after: bool
    """A rate-limited response includes Retry-After."""
    lists_metadata_last: bool
    """/customers returns a customer's metadata after its statuses; otherwise before them, as /customer does."""
    # permissions
    checks_tier_before_body: bool
    """The user's tier is checked before the body is parsed."""
    accesskeys_inherit_permission: bool
    """An access key has the permission of the agent who created it; otherwise always a customer admin's."""
    blocks_frozen_customers: bool
    """A frozen customer is refused."""
    accepts_delegate_tokens: bool
    """Delegate tokens are accepted."""
    # recordings
    zips_recording_files: bool
    """The file of a recording is a ZIP archive with one WAV for each direction; otherwise one WAV."""
    # providercalls
    lists_own_records_only: bool
    """Providercalls are listed for the admin's own customer; otherwise for all customers."""
    sets_tm_update_on_create: bool
    """A new record's tm_update equals its tm_create; otherwise it is null."""
    record_has_temporary_flow_id: bool
    """The record's flow_id is the id of the temporary flow; otherwise the nil UUID."""
    cleans_up_temporary_flow: bool
    """A temporary flow is deleted if the request fails after its creation."""
    rtp_debug: bool
    """The metadata of a call that is forced through a provider has `rtp_debug`."""
    # calls
    enforces_country_whitelist: bool
    """A tel destination's country must be on the customer's whitelist."""
    normalises_numbers: bool
    """The tel targets of a call keep only the leading plus and the digits."""
    drops_unregistered_extensions: bool
    """An extension without a registered contact is dropped; otherwise its groupcall has no calls."""
    started_channel_updates_call: bool
    """A call has a tm_update as soon as its channel has started; otherwise from its first change of status."""
    anonymizes_unowned_source: bool
    """POST /calls from a number that the customer does not own is placed anonymously; otherwise it is dropped."""
    child_calls_have_groupcall_id: bool
    """A groupcall's calls have its id as groupcall_id; otherwise the nil UUID."""
    creates_groupcall_legs_later: bool
    """The calls of a groupcall are created after the response that names them; otherwise before it."""
    counts_failed_legs: bool
    """A call of a groupcall that cannot be dialled counts as ended; otherwise only if it is the only one."""
    links_nested_groupcalls: bool
    """A nested groupcall and its master hear of each other's answers and ends; otherwise each is on its own."""
    no_answer_reason: str
    """The hangup_reason of a call that nobody answered."""
    auth_rejection_is_failed: bool
    """A call that the carrier rejects with 401, 403 or 407 ends as `failed`; otherwise with no_answer_reason."""
    applies_tech_fields: bool
    """A provider's tech_prefix, tech_postfix, tech_headers and codecs are applied to the INVITE."""
    # routes
    orders_routes_by_priority: bool
    """The routes of a customer for one target are dialled by ascending priority; otherwise the newest one first."""
    default_routes_follow: bool
    """A customer's calls use the default routes after its own; otherwise only if it has none for the destination."""
    has_outbound_configs: bool
    """Customers have an outbound configuration, at /outbound_config."""
    lists_outbound_configs: bool
    """GET /outbound_configs lists those of all customers; otherwise none."""
    # websocket
    wraps_websocket_events: bool
    """An event on the WebSocket has the body of its webhook, with its type; otherwise it is the resource alone."""
    second_websocket_topic: str
    """What an event's second topic has in place of the resource type; empty if an event has one topic only."""
    binds_websocket_scopes: bool
    """Events of a customer or an agent arrive while more subscribes than unsubscribes have named a topic of theirs."""
    # flows
    passes_call_variables: bool
    """The variables of POST /calls reach the flows of the calls; otherwise they are ignored."""
    goto_honours_loop_count: bool
    """`goto` stops jumping after loop_count jumps; otherwise only the execution limit ends the loop."""
    supports_named_conditions: bool
    """Conditions accept `equal` and a variable's bare name; otherwise only `==` and `${name}`."""
    stringifies_array_options: bool
    """Numbers in an option's arrays become strings: condition_datetime with weekdays ends the flow."""
    digits_receive_takes_one_by_default: bool
    """digits_receive without length and key takes one digit; otherwise it waits for its timeout."""
    timed_actions_end: bool
    """An action with a duration ends after it; otherwise it lasts until the call is hung up."""
    continues_after_failed_connect: bool
    """The flow continues if nobody answers a connect; otherwise the call stays in the empty bridge."""
    on_complete_after_success_only: bool
    """on_complete_flow_id starts only if all actions have been executed; otherwise however the flow ends."""
    execution_limit: int
    """The execution limit of an activeflow, which executes one action more than this."""

    def __hash__(self) -> int:
        # Each fake looks its edition up. Editions that are equal have the same name.
        return hash(self.name)


DOCUMENTED = Edition(
    name="documented",
    description="the behaviour documented by the ProviderCall tutorial and related pages",
    based_on="",
    empty_error_bodies=False,
    documented_timestamps=True,
    includes_empty_fields=True,
    request_ids=True,
    unsupported_fields=frozenset({"FullBillingAccount.status"}),
    unsupported_actions=frozenset(),
    json_not_found=True,
    sends_retry_after=True,
    lists_metadata_last=False,
    checks_tier_before_body=True,
    accesskeys_inherit_permission=True,
    blocks_frozen_customers=True,
    accepts_delegate_tokens=True,
    zips_recording_files=False,
    lists_own_records_only=True,
    sets_tm_update_on_create=True,
    record_has_temporary_flow_id=False,
    cleans_up_temporary_flow=True,
    rtp_debug=False,
    enforces_country_whitelist=True,
    normalises_numbers=False,
    drops_unregistered_extensions=False,
    started_channel_updates_call=False,
    anonymizes_unowned_source=True,
    child_calls_have_groupcall_id=True,
    creates_groupcall_legs_later=False,
    counts_failed_legs=True,
    links_nested_groupcalls=True,
    no_answer_reason="no_answer",
    auth_rejection_is_failed=True,
    applies_tech_fields=True,
    orders_routes_by_priority=True,
    default_routes_follow=False,
    has_outbound_configs=True,
    lists_outbound_configs=True,
    wraps_websocket_events=True,
    second_websocket_topic="",
    binds_websocket_scopes=False,
    passes_call_variables=True,
    goto_honours_loop_count=True,
    supports_named_conditions=True,
    stringifies_array_options=False,
    digits_receive_takes_one_by_default=True,
    timed_actions_end=True,
    continues_after_failed_connect=True,
    on_complete_after_success_only=True,
    execution_limit=1000,
)

SERVER_2026_04 = Edition(
    name="server-2026-04",
    description="the servers of 22 April 2026",
    based_on="documented",
    empty_error_bodies=True,
    documented_timestamps=False,
    includes_empty_fields=False,
    request_ids=False,
    unsupported_fields=frozenset(
        {
            "Provider.metadata",
            "Provider.codecs",
            "Activeflow.webhook_uri",
            "Activeflow.webhook_method",
            "Customer.webhook_secret",
        }
    ),
    unsupported_actions=frozenset({"case_create"}),
    json_not_found=False,
    sends_retry_after=False,
    lists_metadata_last=True,
    checks_tier_before_body=False,
    accesskeys_inherit_permission=False,
    blocks_frozen_customers=False,
    accepts_delegate_tokens=False,
    zips_recording_files=True,
    lists_own_records_only=False,
    sets_tm_update_on_create=False,
    record_has_temporary_flow_id=True,
    cleans_up_temporary_flow=False,
    rtp_debug=True,
    enforces_country_whitelist=False,
    normalises_numbers=False,
    drops_unregistered_extensions=False,
    started_channel_updates_call=True,
    anonymizes_unowned_source=False,
    child_calls_have_groupcall_id=False,
    creates_groupcall_legs_later=True,
    counts_failed_legs=False,
    links_nested_groupcalls=False,
    no_answer_reason="noanswer",
    auth_rejection_is_failed=False,
    applies_tech_fields=False,
    orders_routes_by_priority=False,
    default_routes_follow=True,
    has_outbound_configs=False,
    lists_outbound_configs=False,
    wraps_websocket_events=True,
    second_websocket_topic="webhook:{type}",
    binds_websocket_scopes=False,
    passes_call_variables=False,
    goto_honours_loop_count=False,
    supports_named_conditions=False,
    stringifies_array_options=True,
    digits_receive_takes_one_by_default=False,
    timed_actions_end=False,
    continues_after_failed_connect=False,
    on_complete_after_success_only=False,
    execution_limit=100,
)

SERVER_2026_08 = Edition(
    name="server-2026-08",
    description="the servers of August 2026",
    based_on="documented",
    empty_error_bodies=False,
    documented_timestamps=False,
    includes_empty_fields=False,
    request_ids=True,
    unsupported_fields=frozenset({"Customer.default_outgoing_source_number_id"}),
    unsupported_actions=frozenset(),
    json_not_found=True,
    sends_retry_after=True,
    lists_metadata_last=False,
    checks_tier_before_body=False,
    accesskeys_inherit_permission=False,
    blocks_frozen_customers=True,
    accepts_delegate_tokens=True,
    zips_recording_files=True,
    lists_own_records_only=False,
    sets_tm_update_on_create=False,
    record_has_temporary_flow_id=True,
    cleans_up_temporary_flow=False,
    rtp_debug=True,
    enforces_country_whitelist=True,
    normalises_numbers=True,
    drops_unregistered_extensions=True,
    started_channel_updates_call=True,
    anonymizes_unowned_source=False,
    child_calls_have_groupcall_id=False,
    creates_groupcall_legs_later=True,
    counts_failed_legs=False,
    links_nested_groupcalls=False,
    no_answer_reason="noanswer",
    auth_rejection_is_failed=False,
    applies_tech_fields=True,
    orders_routes_by_priority=False,
    default_routes_follow=True,
    has_outbound_configs=True,
    lists_outbound_configs=False,
    wraps_websocket_events=False,
    second_websocket_topic="{resource}:{type}",
    binds_websocket_scopes=True,
    passes_call_variables=True,
    goto_honours_loop_count=False,
    supports_named_conditions=False,
    stringifies_array_options=True,
    digits_receive_takes_one_by_default=False,
    timed_actions_end=False,
    continues_after_failed_connect=False,
    on_complete_after_success_only=False,
    execution_limit=100,
)

EDITIONS: Mapping[str, Edition] = {edition.name: edition for edition in (DOCUMENTED, SERVER_2026_04, SERVER_2026_08)}
"""The editions by name."""
ALIASES: Mapping[str, str] = {"deployed": SERVER_2026_08.name}


def get_edition(name: str) -> Edition:
    """Return the edition `name`; `deployed` is an alias for the newest servers.

    Raises ValueError if the name is unknown.
    """
    found = EDITIONS.get(ALIASES.get(name, name))
    if found is None:
        known = ", ".join([*EDITIONS, *ALIASES])
        raise ValueError(f"unknown edition {name!r}; expected one of {known}")
    return found
