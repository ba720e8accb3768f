"""Rules for dialling a destination, which is silently dropped if one of them is violated (calls.md 3 and 5.3)."""

from __future__ import annotations

from typing import Any

from ...answer import INVALID_DATA, accepted, empty_error
from ...http import Response
from ...probes import NO_NUMBER, UNKNOWN_ID, ProbeClient, require_equal
from ...rule import Safety, rule

_DROPPED: dict[str, Any] = {"documented": INVALID_DATA, "server_2026_04": empty_error(400)}


@rule("PC-NEW-30", "calls.md 3.2", Safety.REFUSED, **_DROPPED, depends_on=("PC-NEW-28",))
def customer_active(api: ProbeClient) -> Response:
    """A destination is dialled only if the customer is active."""
    return _refused(api, "frozen_super_admin")


@rule("CL-GATE-01", "calls.md 3.2", Safety.REFUSED, **_DROPPED, depends_on=("PC-NEW-28",))
def customer_verified(api: ProbeClient) -> Response:
    """A tel destination is dialled only if the customer's identity is verified."""
    return _refused(api, "unverified_super_admin")


@rule(
    "PC-NEW-29",
    "calls.md 3.3; tutorial: Prerequisites (the hint)",
    Safety.REFUSED,
    **_DROPPED,
    depends_on=("PC-NEW-28",),
)
def balance_suffices(api: ProbeClient) -> Response:
    """A destination is dialled only if there is balance: $0.01 of credit, any token, or an unlimited plan."""
    return _refused(api, "poor_super_admin")


@rule(
    "PC-NEW-31",
    "calls.md 3.4",
    Safety.BILLABLE,
    INVALID_DATA,
    server_2026_04=accepted("there is no whitelist"),
    hint="Add the destination's country to the customer's destination_whitelist, with PUT /outbound_config.",
    depends_on=("PC-NEW-28",),
)
def country_whitelisted(api: ProbeClient) -> Response:
    """A tel destination's country must be on the customer's whitelist; an empty one blocks every country."""
    return _refused(api, "unlisted_super_admin")


@rule("CL-GATE-02", "calls.md 3.5", Safety.INERT, **_DROPPED, depends_on=("PC-NEW-28",))
def number_parses(api: ProbeClient) -> Response:
    """A tel destination must be a phone number that can be parsed; E.164 is not required."""
    body = api.body(destinations=[{"type": "tel", "target": NO_NUMBER}])
    return api.post("/providercalls", body)


@rule(
    "CL-GATE-07",
    "calls.md 3.4; calls.md 3.5",
    Safety.BILLABLE,
    INVALID_DATA,
    server_2026_04=accepted("a number that can be parsed is enough"),
    hint="Send the number in E.164: a plus, the calling code and all digits, without separators.",
    depends_on=("PC-NEW-28",),
)
def number_has_country(api: ProbeClient) -> Response:
    """A tel destination must have a country's calling code and exactly the length of its numbers, separators included;
    in April 2026 a number that can be parsed was enough."""
    return api.post("/providercalls", api.body(destinations=[{"type": "tel", "target": "+1202555014"}]))


@rule("CL-GATE-03", "calls.md 3.5", Safety.BILLABLE, edition_flag="normalises_numbers")
def numbers_normalised(api: ProbeClient) -> None:
    """A call's tel targets are kept as sent; the newest servers keep only the plus sign and the digits."""
    # The separator counts as a digit when the length is checked, so this is the number of no phone.
    sent = "+1202-555014"
    call = api.first_call(api.place(destinations=[{"type": "tel", "target": sent}]))
    expected = "+1202555014" if api.edition.normalises_numbers else sent
    require_equal("the target", call["destination"]["target"], expected)


@rule(
    "CL-GATE-04",
    "calls.md 5.3",
    Safety.REFUSED,
    edition_flag="drops_unregistered_extensions",
    depends_on=("PC-NEW-15", "PC-NEW-28"),
)
def extension_has_contact(api: ProbeClient) -> None:
    """The newest servers drop an extension without a registered contact; elsewhere its groupcall has no calls."""
    extension = {"type": "extension", "target": "2000", "target_name": "nobody"}
    response = api.post("/providercalls", api.body(destinations=[extension]))
    require_equal("the groupcall is created", response.status == 200, not api.edition.drops_unregistered_extensions)


@rule("CL-GATE-05", "calls.md 5.3", Safety.INERT, **_DROPPED, depends_on=("PC-NEW-28",))
def agent_exists(api: ProbeClient) -> Response:
    """An agent destination must be an agent of the user's own customer."""
    body = api.body(destinations=[{"type": "agent", "target": UNKNOWN_ID}])
    return api.post("/providercalls", body)


def _refused(api: ProbeClient, role: str) -> Response:
    return api.post("/providercalls", api.body(), as_=role)
