"""The editions: the points where the documents and the servers disagree, in one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edition:
    """A named set of answers to the points of behaviour where documents and servers differ.

    What an edition refuses, and how, stands with each rule (`Rule.answers`); here stands how it behaves.
    """

    name: str
    description: str
    based_on: str
    """The edition whose answers it gives where a rule names none for it; empty for the documents."""
    # the wire
    empty_error_bodies: bool
    """What it refuses as the followed edition does has an empty body."""
    documented_timestamps: bool
    """Timestamps as the documents print them; otherwise RFC 3339 as Go prints it."""
    includes_empty_fields: bool
    """Empty fields are present; otherwise they are left out where Go's `omitempty` does."""
    request_ids: bool
    """Every answer carries X-Request-Id."""
    unsupported_fields: frozenset[str]
    """Fields, as `Model.field`, that the edition does not know."""
    unsupported_actions: frozenset[str]
    """Action types that the edition does not know."""
    json_not_found: bool
    """An unrouted path is answered by the envelope; otherwise by plain text."""
    sends_retry_after: bool
    """A request that is refused for its rate is told in Retry-After when to come back."""
    # who may do what
    checks_tier_before_body: bool
    """The caller's tier is checked before the body is read."""
    accesskeys_inherit_permission: bool
    """An access key carries the permission of the agent who made it; otherwise it is always a customer admin's."""
    blocks_frozen_customers: bool
    """A frozen customer is refused."""
    accepts_delegate_tokens: bool
    """A delegate token is known."""
    # providercalls
    lists_own_records_only: bool
    """The list of providercalls holds the admin's own customer's; otherwise everybody's."""
    sets_tm_update_on_create: bool
    """A new record's tm_update equals its tm_create; otherwise it is null."""
    record_has_temporary_flow_id: bool
    """The record's flow_id is the temporary flow's; otherwise the nil UUID."""
    cleans_up_temporary_flow: bool
    """A temporary flow goes when the request fails after it was made."""
    rtp_debug: bool
    """A provider-forced call's metadata has `rtp_debug`."""
    # calls
    enforces_country_whitelist: bool
    """A tel destination's country must be on the customer's whitelist."""
    normalises_numbers: bool
    """A Call's tel targets keep only the leading plus and digits."""
    drops_unregistered_extensions: bool
    """An extension without a registered contact is dropped; otherwise its groupcall has no calls."""
    anonymizes_unowned_source: bool
    """POST /calls from a number that is not the customer's leaves anonymously; otherwise it is dropped."""
    child_calls_have_groupcall_id: bool
    """A groupcall's call has its id; otherwise the nil UUID."""
    no_answer_reason: str
    """The hangup_reason of a call that nobody answered."""
    auth_rejection_is_failed: bool
    """A call that its carrier refuses (401, 403, 407) ends as `failed`; otherwise as nobody answered."""
    applies_tech_fields: bool
    """A provider's tech_prefix, tech_postfix, tech_headers and codecs show in the INVITE."""
    # flows
    goto_honours_loop_count: bool
    """`goto` falls through after loop_count jumps; otherwise only the execution limit ends the loop."""
    supports_named_conditions: bool
    """Conditions know `equal` and a variable's bare name; otherwise only `==` and `${name}`."""
    stringifies_array_options: bool
    """Numbers in an option's arrays become text, so that condition_datetime with weekdays ends the flow."""
    digits_receive_takes_one_by_default: bool
    """digits_receive with neither length nor key takes one digit; otherwise it waits for the end of its time."""
    continues_after_failed_connect: bool
    """A call that is connected to nobody who answers goes on; otherwise it stays in the empty bridge."""
    on_complete_after_success_only: bool
    """on_complete_flow_id starts when the actions have come to their end; otherwise after every end."""
    execution_limit: int
    """How many actions one activeflow may execute, and one more."""


DOCUMENTED = Edition(
    name="documented",
    description="what the ProviderCall tutorial and its sister pages promise",
    based_on="",
    empty_error_bodies=False,
    documented_timestamps=True,
    includes_empty_fields=True,
    request_ids=True,
    unsupported_fields=frozenset(),
    unsupported_actions=frozenset(),
    json_not_found=True,
    sends_retry_after=True,
    checks_tier_before_body=True,
    accesskeys_inherit_permission=True,
    blocks_frozen_customers=True,
    accepts_delegate_tokens=True,
    lists_own_records_only=True,
    sets_tm_update_on_create=True,
    record_has_temporary_flow_id=False,
    cleans_up_temporary_flow=True,
    rtp_debug=False,
    enforces_country_whitelist=False,
    normalises_numbers=False,
    drops_unregistered_extensions=False,
    anonymizes_unowned_source=True,
    child_calls_have_groupcall_id=True,
    no_answer_reason="no_answer",
    auth_rejection_is_failed=True,
    applies_tech_fields=True,
    goto_honours_loop_count=True,
    supports_named_conditions=True,
    stringifies_array_options=False,
    digits_receive_takes_one_by_default=True,
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
    checks_tier_before_body=False,
    accesskeys_inherit_permission=False,
    blocks_frozen_customers=False,
    accepts_delegate_tokens=False,
    lists_own_records_only=False,
    sets_tm_update_on_create=False,
    record_has_temporary_flow_id=True,
    cleans_up_temporary_flow=False,
    rtp_debug=True,
    enforces_country_whitelist=False,
    normalises_numbers=False,
    drops_unregistered_extensions=False,
    anonymizes_unowned_source=False,
    child_calls_have_groupcall_id=False,
    no_answer_reason="noanswer",
    auth_rejection_is_failed=False,
    applies_tech_fields=False,
    goto_honours_loop_count=False,
    supports_named_conditions=False,
    stringifies_array_options=True,
    digits_receive_takes_one_by_default=False,
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
    checks_tier_before_body=False,
    accesskeys_inherit_permission=False,
    blocks_frozen_customers=True,
    accepts_delegate_tokens=True,
    lists_own_records_only=False,
    sets_tm_update_on_create=False,
    record_has_temporary_flow_id=True,
    cleans_up_temporary_flow=False,
    rtp_debug=True,
    enforces_country_whitelist=True,
    normalises_numbers=True,
    drops_unregistered_extensions=True,
    anonymizes_unowned_source=False,
    child_calls_have_groupcall_id=False,
    no_answer_reason="noanswer",
    auth_rejection_is_failed=False,
    applies_tech_fields=True,
    goto_honours_loop_count=False,
    supports_named_conditions=False,
    stringifies_array_options=True,
    digits_receive_takes_one_by_default=False,
    continues_after_failed_connect=False,
    on_complete_after_success_only=False,
    execution_limit=100,
)

EDITIONS: Mapping[str, Edition] = {edition.name: edition for edition in (DOCUMENTED, SERVER_2026_04, SERVER_2026_08)}
"""Every edition by its name."""
ALIASES: Mapping[str, str] = {"deployed": SERVER_2026_08.name}


def get_edition(name: str) -> Edition:
    """The edition called `name`; `deployed` is another name for the newest server.

    Raises ValueError for an unknown name.
    """
    found = EDITIONS.get(ALIASES.get(name, name))
    if found is None:
        known = ", ".join([*EDITIONS, *ALIASES])
        raise ValueError(f"there is no edition {name!r}; the editions are {known}")
    return found
