"""Rules: where a client reads the status of its calls, and how long it waits for them."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import Any

from ...http import Request
from ..check_context import ENDED, CheckContext, Json, body, unfinished_ladders
from ..client_rule import client_rule
from ..exceptions import ClientRuleBroken
from ..harness import Harness
from .responses import show_status

_QUICK, _SLOW = "+12025550180", "+12025550181"
"""Magic numbers: busy after 4 s, and no answer after 30 s."""
_WAITING = ("place", "wait_until_done")
_ENDING = ("terminating", "canceling")
"""The statuses of calls that are about to end."""
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_FAILURES = 4
"""How many reads of a call fail: more than most clients retry, but not forever."""


@client_rule(
    "CLIENT-STATE-01",
    "tutorial: Observe call outcome",
    "Poll GET /calls/{id} for each id in call_ids until its status is `hangup`. The providercall never changes.",
    requires=_WAITING,
)
def reads_the_calls(context: CheckContext) -> None:
    """The client reads a call's outcome from the call, not from the providercall, which never changes."""
    with context.new_client() as client:
        placed = client.call("place", body(client.harness.fake))
        result = client.try_call("wait_until_done", placed)
        paths = [one.entry.url.partition("?")[0] for one in client.harness.sent if one.entry.method == "GET"]
        polled = sum(path.startswith("/v1.0/calls") for path in paths)
        unfinished = unfinished_ladders(client.harness.fake)
        if not polled or result.error is not None:
            counts = f"GET requests to /calls: {polled}, to other paths: {len(paths) - polled}"
            raise ClientRuleBroken(f"wait_until_done {result}; {counts}{unfinished}")
        if unfinished:
            raise ClientRuleBroken(f"wait_until_done returned before the call had ended{unfinished}")
    for status in _ENDING:
        context.require_keeps_waiting(partial(show_status, status=status), f"the status {status!r}")


@client_rule(
    "CLIENT-STATE-02",
    "tutorial: Place a providercall (one Call record per entry in destinations)",
    "Wait for each id in call_ids, not only for call_ids[0].",
    requires=_WAITING,
)
def waits_for_every_call(context: CheckContext) -> None:
    """The client waits until every call of a providercall has ended."""
    context.require_waits()
    with context.new_client() as client:
        placed = client.call("place", body(client.harness.fake, _QUICK, _SLOW))
        result = client.try_call("wait_until_done", placed)
        unfinished = unfinished_ladders(client.harness.fake)
        if result.error is not None or unfinished:
            raise ClientRuleBroken(f"wait_until_done {result}{unfinished}")


@client_rule(
    "CLIENT-STATE-03",
    "providers.md 3.3 (destinations that cannot be dialled are dropped)",
    "Do not match call_ids with destinations: there may be fewer calls, and the API does not say which one is missing.",
)
def accepts_fewer_calls(context: CheckContext) -> None:
    """The client accepts a providercall with fewer calls than destinations: the API drops undiallable destinations."""
    context.require_tolerates(lambda harness: _dial(harness, 1, "email", "nobody@example.invalid"), _QUICK, _SLOW)


@client_rule(
    "CLIENT-STATE-04",
    "providers.md 3.3 (agents and extensions become groupcalls)",
    "Do not rely on call_ids[0]: calls to agents and extensions are found through groupcall_ids.",
)
def accepts_groupcalls(context: CheckContext) -> None:
    """The client accepts a providercall that has a groupcall but no call."""
    context.require_tolerates(lambda harness: _dial(harness, 0, "agent", harness.fake.super_admin.id))


@client_rule(
    "CLIENT-STATE-05",
    "tutorial: Observe call outcome; gateway.md 4.3",
    "If a call cannot be read, raise an error or read it again: it may still be in progress.",
    requires=_WAITING,
)
def an_error_is_not_the_end(context: CheckContext) -> None:
    """If a call cannot be read, the client keeps waiting or raises an error; it does not assume that the call ended."""
    context.require_waits()
    context.require_keeps_waiting(_fail_reads, "503 responses")


@client_rule(
    "CLIENT-STATE-06",
    "tutorial: Troubleshooting (Call reports no_answer / busy); calls.md 2.4",
    "Give the hangup reasons `no_answer` (documentation) and `noanswer` (servers) the same meaning.",
    requires=_WAITING,
)
def understands_both_spellings(context: CheckContext) -> None:
    """The client treats the hangup reasons `no_answer` (documented) and `noanswer` (sent by the servers) alike."""
    documented, again, deployed = (_outcome(context, reason) for reason in ("no_answer", "no_answer", "noanswer"))
    # Results that differ from run to run cannot be compared, but their errors can.
    if (documented == again and deployed != documented) or deployed[0] != documented[0]:
        raise ClientRuleBroken(
            f"wait_until_done {documented[1]} for the hangup reason 'no_answer', but {deployed[1]} for 'noanswer'"
        )


def _outcome(context: CheckContext, reason: str) -> tuple[object, str]:
    """Return how a client reports a call that ended with a hangup reason: the kind of error, and the result as text.

    In the text both spellings are equal: a client may pass the reason on.
    """
    with context.new_client() as client:
        placed = client.call("place", body(client.harness.fake, _QUICK))
        client.harness.on_response = partial(_with_reason, reason)
        result = client.try_call("wait_until_done", placed)
        kind = None if result.error is None else context.classify_error(result.error)
        value = "" if result.error is not None else f" {result.value!r}"
        return kind, _ADDRESS.sub("", f"{result}{value}").replace("noanswer", "no_answer")


def _with_reason(reason: str, _request: Request, response: Any) -> Any:
    for record in [response, *response.get("result", ())]:
        if record.get("status") == ENDED and record.get("hangup_reason"):
            record["hangup_reason"] = reason
    return response


def _fail_reads(harness: Harness) -> None:
    harness.fake.faults.add("error", status=503, method="GET", path="/calls/*", times=_FAILURES)


def _dial(harness: Harness, index: int, type: str, target: str) -> None:
    """Replace one destination on the way to the fake, unseen by the client: not every client can send every type."""
    requested: list[Any] = []

    def on_request(request: Request) -> Request:
        if request.method != "POST" or not request.target.startswith("/v1.0/providercalls"):
            return request
        sent: Json = json.loads(request.body)
        requested[:] = sent["destinations"]
        replaced = [*requested[:index], {"type": type, "target": target}, *requested[index + 1 :]]
        return request._replace(body=json.dumps({**sent, "destinations": replaced}).encode())

    def on_response(_request: Request, response: Any) -> Any:
        for record in [response, *response.get("result", ())]:
            if "call_ids" in record:
                record["destinations"] = requested
        return response

    harness.on_request, harness.on_response = on_request, on_response
