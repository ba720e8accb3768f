"""What a client sends."""

from __future__ import annotations

from ..client import Client
from ..rule import Broken, client_rule
from ..trial import Json, Trial, body, by_hand

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
def places_what_is_asked(trial: Trial) -> None:
    """A call that is asked for is placed: once, with the provider, the source and each destination that were given."""
    for numbers in ((), _SEVERAL):
        with trial.alone() as client:
            _place(client, body(client.stage.fake, *numbers))


def _place(client: Client, wanted: Json) -> None:
    fake = client.stage.fake
    outcome = client.attempt("place", wanted)
    if not client.stage.sent:
        raise Broken(f"place {outcome}, and {_UNREACHED}")
    if outcome.error is not None:
        raise Broken(f"place {outcome}")
    found = [(call.provider_id, call.source.target, call.destination.target) for call in fake.placed()]
    expected = [(wanted["provider_id"], wanted["source"]["target"], one["target"]) for one in wanted["destinations"]]
    if sorted(found) != sorted(expected):
        raise Broken(f"expected calls with {expected}, found {found or 'none'} (provider, source, destination)")


@client_rule(
    "CLIENT-SEND-02",
    "gateway.md 5.1 (unknown fields are read over); tutorial: Place a providercall",
    "Leave out, or spell as the documents do, what the API does not know: it takes effect nowhere, and nobody says so.",
)
def sends_nothing_in_vain(trial: Trial) -> None:
    """Nothing is sent that the API reads over in silence."""
    with trial.alone() as client:
        trial.everything(client)
        advice = {text: None for one in client.stage.sent for text in one.entry.advice}
        if advice:
            raise Broken("\n".join(advice))


@client_rule(
    "CLIENT-DELETE-01",
    "tutorial: Delete a providercall",
    "Send DELETE /providercalls/{id}, and nothing to /calls: deleting the record and ending its calls are two things.",
    needs=("delete_record",),
)
def deletes_the_record_only(trial: Trial) -> None:
    """Deleting a record takes it out of the lists, and touches none of its calls."""
    with trial.alone() as client:
        fake = client.stage.fake
        record = by_hand(fake, "POST", "/providercalls", body(fake))
        client.ask("delete_record", record["id"])
        if by_hand(fake, "GET", "/providercalls")["result"]:
            raise Broken("delete_record returned, and the record is still listed")
        call = fake.calls[record["call_ids"][0]]
        if call.status in ("canceling", "terminating", "hangup") or call.tm_delete is not None:
            raise Broken(f"delete_record touched the call\n{fake.ladder(call)}")
