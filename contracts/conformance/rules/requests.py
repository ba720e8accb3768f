"""What a client sends."""

from __future__ import annotations

from ..client_driver import ClientDriver
from ..client_rule import ClientRuleBroken, client_rule
from ..rule_check import CheckContext, Json, as_other_admin, body

_SEVERAL = ("+12025550143", "+12025550144")
_UNREACHED = (
    "nothing reached the fake. The client has to talk to the base_url that make_client is given. With"
    " wire = 'in-process' that works for httpx and httpx2; say wire = 'http' for any other client"
)


@client_rule(
    "CLIENT-SEND-01",
    "tutorial: Place a providercall",
    "Send one POST /providercalls with provider_id, source and destinations, each address as {type, target}.",
)
def places_requested_calls(trial: CheckContext) -> None:
    """A call that is asked for is placed: once, with the provider, the source and each destination that were given."""
    for numbers in ((), _SEVERAL):
        with trial.new_client() as client:
            _place(client, body(client.stage.fake, *numbers))


def _place(client: ClientDriver, wanted: Json) -> None:
    fake = client.stage.fake
    outcome = client.try_call("place", wanted)
    if not client.stage.sent:
        raise ClientRuleBroken(f"place {outcome}, and {_UNREACHED}")
    if outcome.error is not None:
        raise ClientRuleBroken(f"place {outcome}")
    found = [(call.provider_id, call.source.target, call.destination.target) for call in fake.placed()]
    expected = [(wanted["provider_id"], wanted["source"]["target"], one["target"]) for one in wanted["destinations"]]
    if sorted(found) != sorted(expected):
        raise ClientRuleBroken(
            f"expected calls with {expected}, found {found or 'none'} (provider, source, destination)"
        )


@client_rule(
    "CLIENT-SEND-02",
    "gateway.md 5.1 (unknown fields are read over); tutorial: Place a providercall",
    "Leave out, or spell as the documents do, what the API does not know: it takes effect nowhere, and nobody says so.",
)
def sends_no_ignored_fields(trial: CheckContext) -> None:
    """Nothing is sent that the API reads over in silence."""
    with trial.new_client() as client:
        trial.run_all_operations(client)
        advice = {text: None for one in client.stage.sent for text in one.entry.advice}
        if advice:
            raise ClientRuleBroken("\n".join(advice))


@client_rule(
    "CLIENT-DELETE-01",
    "tutorial: Delete a providercall",
    "Send DELETE /providercalls/{id}, and nothing to /calls: deleting the record and ending its calls are two things.",
    requires=("delete_record",),
)
def deletes_the_record_only(trial: CheckContext) -> None:
    """Deleting a record takes it out of the lists, and touches none of its calls."""
    with trial.new_client() as client:
        fake = client.stage.fake
        record = as_other_admin(fake, "POST", "/providercalls", body(fake))
        client.call("delete_record", record["id"])
        if as_other_admin(fake, "GET", "/providercalls")["result"]:
            raise ClientRuleBroken("delete_record returned, and the record is still listed")
        call = fake.calls[record["call_ids"][0]]
        if call.status in ("canceling", "terminating", "hangup") or call.tm_delete is not None:
            raise ClientRuleBroken(f"delete_record touched the call\n{fake.ladder(call)}")
