"""Rules: how a client ends a call."""

from __future__ import annotations

from collections.abc import Mapping

from ..check_context import CheckContext, as_other_admin, body
from ..client_rule import client_rule
from ..exceptions import ClientRuleBroken
from ..harness import Fake

_NUMBERS = ("+12025550143", "+12025550144")
_ENDING = ("canceling", "terminating", "hangup")
_FAULTS: Mapping[str, Mapping[str, int]] = {"error": {"status": 503}, "drop": {}}


@client_rule(
    "CLIENT-HANGUP-01",
    "calls.md 7; tutorial: Delete a providercall (deleting the record does not end its calls)",
    "Send POST /calls/{id}/hangup with the id of that call. The record and the other calls stay as they are.",
    requires=("hang_up",),
)
def ends_the_call_only(context: CheckContext) -> None:
    """Hanging up ends the requested call, and neither another call nor the record."""
    with context.new_client() as client:
        fake = client.harness.fake
        record = as_other_admin(fake, "POST", "/providercalls", body(fake, *_NUMBERS))
        first, second = record["call_ids"]
        client.call("hang_up", first)
        if not _has_ended(fake, first):
            raise ClientRuleBroken(f"hang_up returned, but the call goes on\n{fake.ladder(fake.calls[first])}")
        if _has_ended(fake, second) or fake.calls[first].tm_delete is not None:
            raise ClientRuleBroken(f"hang_up of {first} ended {second} too, or deleted the call")
        if not as_other_admin(fake, "GET", "/providercalls")["result"]:
            raise ClientRuleBroken("hang_up deleted the providercall")


@client_rule(
    "CLIENT-HANGUP-02",
    "gateway.md 4.2; gateway.md 4.3",
    "Raise an exception if the request fails or its response is lost. Repeating it is safe: a call that has ended stays"
    " as it is.",
    requires=("hang_up",),
)
def reports_a_call_that_goes_on(context: CheckContext) -> None:
    """If the request to hang up fails, the client raises an error or repeats it; the phone is still ringing."""
    for kind, fields in _FAULTS.items():
        with context.new_client() as client:
            fake = client.harness.fake
            record = as_other_admin(fake, "POST", "/providercalls", body(fake))
            fake.faults.add(kind, method="POST", path="/calls/*/hangup", when="before", times=3, **fields)
            result = client.try_call("hang_up", record["call_ids"][0])
            if result.error is None and not _has_ended(fake, record["call_ids"][0]):
                raise ClientRuleBroken(f"hang_up returned, although VoIPbin did not process it ({kind})")


def _has_ended(fake: Fake, id: str) -> bool:
    return fake.calls[id].status in _ENDING
