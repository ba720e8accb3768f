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
    about: str
    follows: str
    """The edition whose answers it gives where a rule names none for it; empty for the documents."""
    # the wire
    bare_refusals: bool
    """What it refuses as the followed edition does has an empty body."""
    documented_times: bool
    """Timestamps as the documents print them; otherwise RFC 3339 as Go prints it."""
    shows_empty: bool
    """Empty fields are present; otherwise they are left out where Go's `omitempty` does."""
    request_ids: bool
    """Every answer carries X-Request-Id."""
    absent_fields: frozenset[str]
    """Fields, as `Model.field`, that the edition does not know."""
    absent_actions: frozenset[str]
    """Action types that the edition does not know."""
    json_not_found: bool
    """An unrouted path is answered by the envelope; otherwise by plain text."""
    retry_after: bool
    """A request that is refused for its rate is told in Retry-After when to come back."""
    # who may do what
    tier_before_body: bool
    """The caller's tier is checked before the body is read."""
    admin_keys_are_super: bool
    """An access key carries the permission of the agent who made it; otherwise it is always a customer admin's."""
    frozen_blocked: bool
    """A frozen customer is refused."""
    delegate_tokens: bool
    """A delegate token is known."""
    # providercalls
    own_records_only: bool
    """The list of providercalls holds the admin's own customer's; otherwise everybody's."""
    updated_on_create: bool
    """A new record's tm_update equals its tm_create; otherwise it is null."""
    record_names_temporary_flow: bool
    """The record's flow_id is the temporary flow's; otherwise the nil UUID."""
    removes_temporary_flow: bool
    """A temporary flow goes when the request fails after it was made."""
    rtp_debug: bool
    """A provider-forced call's metadata has `rtp_debug`."""
    # calls
    whitelist: bool
    """A tel destination's country must be on the customer's whitelist."""
    normalises_numbers: bool
    """A Call's tel targets keep only the leading plus and digits."""
    extension_needs_contact: bool
    """An extension without a registered contact is dropped; otherwise its groupcall has no calls."""
    unowned_source_is_anonymous: bool
    """POST /calls from a number that is not the customer's leaves anonymously; otherwise it is dropped."""
    call_names_groupcall: bool
    """A groupcall's call has its id; otherwise the nil UUID."""
    no_answer_word: str
    """The hangup_reason of a call that nobody answered."""
    refusal_is_failure: bool
    """A call that its carrier refuses (401, 403, 407) ends as `failed`; otherwise as nobody answered."""
    applies_tech_fields: bool
    """A provider's tech_prefix, tech_postfix, tech_headers and codecs show in the INVITE."""
    # flows
    goto_counts: bool
    """`goto` falls through after loop_count jumps; otherwise only the execution limit ends the loop."""
    condition_words: bool
    """Conditions know `equal` and a variable's bare name; otherwise only `==` and `${name}`."""
    arrays_become_text: bool
    """Numbers in an option's arrays become text, so that condition_datetime with weekdays ends the flow."""
    one_digit_by_default: bool
    """digits_receive with neither length nor key takes one digit; otherwise it waits for the end of its time."""
    connect_lets_go: bool
    """A call that is connected to nobody who answers goes on; otherwise it stays in the empty bridge."""
    completes_only_success: bool
    """on_complete_flow_id starts when the actions have come to their end; otherwise after every end."""
    execution_limit: int
    """How many actions one activeflow may execute, and one more."""


DOCUMENTED = Edition(
    name="documented",
    about="what the ProviderCall tutorial and its sister pages promise",
    follows="",
    bare_refusals=False,
    documented_times=True,
    shows_empty=True,
    request_ids=True,
    absent_fields=frozenset(),
    absent_actions=frozenset(),
    json_not_found=True,
    retry_after=True,
    tier_before_body=True,
    admin_keys_are_super=True,
    frozen_blocked=True,
    delegate_tokens=True,
    own_records_only=True,
    updated_on_create=True,
    record_names_temporary_flow=False,
    removes_temporary_flow=True,
    rtp_debug=False,
    whitelist=False,
    normalises_numbers=False,
    extension_needs_contact=False,
    unowned_source_is_anonymous=True,
    call_names_groupcall=True,
    no_answer_word="no_answer",
    refusal_is_failure=True,
    applies_tech_fields=True,
    goto_counts=True,
    condition_words=True,
    arrays_become_text=False,
    one_digit_by_default=True,
    connect_lets_go=True,
    completes_only_success=True,
    execution_limit=1000,
)

SERVER_2026_04 = Edition(
    name="server-2026-04",
    about="the servers of 22 April 2026",
    follows="documented",
    bare_refusals=True,
    documented_times=False,
    shows_empty=False,
    request_ids=False,
    absent_fields=frozenset(
        {
            "Provider.metadata",
            "Provider.codecs",
            "Activeflow.webhook_uri",
            "Activeflow.webhook_method",
            "Customer.webhook_secret",
        }
    ),
    absent_actions=frozenset({"case_create"}),
    json_not_found=False,
    retry_after=False,
    tier_before_body=False,
    admin_keys_are_super=False,
    frozen_blocked=False,
    delegate_tokens=False,
    own_records_only=False,
    updated_on_create=False,
    record_names_temporary_flow=True,
    removes_temporary_flow=False,
    rtp_debug=True,
    whitelist=False,
    normalises_numbers=False,
    extension_needs_contact=False,
    unowned_source_is_anonymous=False,
    call_names_groupcall=False,
    no_answer_word="noanswer",
    refusal_is_failure=False,
    applies_tech_fields=False,
    goto_counts=False,
    condition_words=False,
    arrays_become_text=True,
    one_digit_by_default=False,
    connect_lets_go=False,
    completes_only_success=False,
    execution_limit=100,
)

SERVER_2026_08 = Edition(
    name="server-2026-08",
    about="the servers of August 2026",
    follows="documented",
    bare_refusals=False,
    documented_times=False,
    shows_empty=False,
    request_ids=True,
    absent_fields=frozenset({"Customer.default_outgoing_source_number_id"}),
    absent_actions=frozenset(),
    json_not_found=True,
    retry_after=True,
    tier_before_body=False,
    admin_keys_are_super=False,
    frozen_blocked=True,
    delegate_tokens=True,
    own_records_only=False,
    updated_on_create=False,
    record_names_temporary_flow=True,
    removes_temporary_flow=False,
    rtp_debug=True,
    whitelist=True,
    normalises_numbers=True,
    extension_needs_contact=True,
    unowned_source_is_anonymous=False,
    call_names_groupcall=False,
    no_answer_word="noanswer",
    refusal_is_failure=False,
    applies_tech_fields=True,
    goto_counts=False,
    condition_words=False,
    arrays_become_text=True,
    one_digit_by_default=False,
    connect_lets_go=False,
    completes_only_success=False,
    execution_limit=100,
)

EDITIONS: Mapping[str, Edition] = {edition.name: edition for edition in (DOCUMENTED, SERVER_2026_04, SERVER_2026_08)}
"""Every edition by its name."""
ALIASES: Mapping[str, str] = {"deployed": SERVER_2026_08.name}


def edition(name: str) -> Edition:
    """The edition called `name`; `deployed` is another name for the newest server.

    Raises ValueError for an unknown name.
    """
    found = EDITIONS.get(ALIASES.get(name, name))
    if found is None:
        known = ", ".join([*EDITIONS, *ALIASES])
        raise ValueError(f"there is no edition {name!r}; the editions are {known}")
    return found
