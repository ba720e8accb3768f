"""Rules: the requests that a client sends."""

from __future__ import annotations

from ..check_context import CheckContext, Json, as_other_admin, body
from ..client_driver import ClientDriver
from ..client_rule import client_rule
from ..exceptions import ClientRuleBroken

_TWO_NUMBERS = ("+12025550143", "+12025550144")
_NO_REQUEST = (
    "the fake received no request. The client must use the base_url that make_client receives, or in a program the"
    " VOIPBIN_BASE_URL of its environment. With transport = 'in-process' the fake intercepts httpx and httpx2 only; set"
    " transport = 'http' for any other client"
)


@client_rule(
    "CLIENT-SEND-01",
    "tutorial: Place a providercall",
    "Send one POST /providercalls with provider_id, source and destinations, each address as {type, target}.",
)
def places_requested_calls(context: CheckContext) -> None:
    """The client places each requested call exactly once, with the given provider, source and destination."""
    for numbers in ((), _TWO_NUMBERS):
        with context.new_client() as client:
            _place(client, body(client.harness.fake, *numbers))


def _place(client: ClientDriver, requested: Json) -> None:
    fake = client.harness.fake
    result = client.try_call("place", requested)
    if not client.harness.sent:
        raise ClientRuleBroken(f"place {result}, but {_NO_REQUEST}")
    if result.error is not None:
        raise ClientRuleBroken(f"place {result}")
    found = [(call.provider_id, call.source.target, call.destination.target) for call in fake.placed()]
    provider, source = requested["provider_id"], requested["source"]["target"]
    expected = [(provider, source, destination["target"]) for destination in requested["destinations"]]
    if sorted(found) != sorted(expected):
        raise ClientRuleBroken(
            f"expected calls with (provider, source, destination) {expected}, found {found or 'none'}"
        )


@client_rule(
    "CLIENT-SEND-02",
    "gateway.md 5.1 (unknown fields are ignored); tutorial: Place a providercall",
    "Remove fields that the API does not know, or spell them as the documentation does. They have no effect, and the"
    " API reports no error.",
)
def sends_no_ignored_fields(context: CheckContext) -> None:
    """The client sends no fields that the API silently ignores."""
    with context.new_client() as client:
        context.run_all_operations(client)
        warnings = {text: None for request in client.harness.sent for text in request.entry.warnings}
        if warnings:
            raise ClientRuleBroken("\n".join(warnings))


@client_rule(
    "CLIENT-DELETE-01",
    "tutorial: Delete a providercall",
    "Send DELETE /providercalls/{id}, and no request to /calls: deleting the record does not mean ending its calls.",
    requires=("delete_record",),
)
def deletes_the_record_only(context: CheckContext) -> None:
    """Deleting a providercall removes it from lists, and does not affect its calls."""
    with context.new_client() as client:
        fake = client.harness.fake
        record = as_other_admin(fake, "POST", "/providercalls", body(fake))
        client.call("delete_record", record["id"])
        if as_other_admin(fake, "GET", "/providercalls")["result"]:
            raise ClientRuleBroken("delete_record returned, but the record is still listed")
        call = fake.calls[record["call_ids"][0]]
        if call.status in ("canceling", "terminating", "hangup") or call.tm_delete is not None:
            raise ClientRuleBroken(f"delete_record ended or deleted the call\n{fake.ladder(call)}")
