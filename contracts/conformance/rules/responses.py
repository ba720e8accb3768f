"""Rules: how a client parses responses."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from ...http import Request
from ...models import responses
from ..check_context import ENDED, CheckContext, as_other_admin, body
from ..client_rule import client_rule
from ..harness import Harness

_FREE_FORM = ("metadata", "option")
"""Fields that may contain anything already."""
_OMITTED = {
    key
    for model in (responses.Call, responses.Address)
    for key, field in model.model_fields.items()
    if responses.OMIT_EMPTY_ON_SERVERS in field.metadata
}
_UNKNOWN_STATUS = "queued"
_NULLABLE = ("source", "tm_update", "tm_delete")
_DOCUMENTED = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)\.(\d{6})").fullmatch
_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)\.?(\d*)Z").fullmatch


@client_rule(
    "CLIENT-GET-01",
    "tutorial: Get detail of a providercall; tutorial: Observe call outcome",
    "Send GET /providercalls/{id} and GET /calls/{id}: another process may have placed the call.",
    requires=(),
    requires_any=("get_record", "get_call"),
)
def reads_what_others_placed(context: CheckContext) -> None:
    """The client can read a providercall and a call by id, even if another client placed them."""
    with context.new_client() as client:
        fake = client.harness.fake
        record = as_other_admin(fake, "POST", "/providercalls", body(fake))
        for operation, id in (("get_record", record["id"]), ("get_call", record["call_ids"][0])):
            if context.supports(operation):
                client.call(operation, id)


@client_rule(
    "CLIENT-READ-01",
    "providers.md 2.1 (fields came after April 2026); gateway.md 4.2",
    "Read the fields that you need and ignore the rest: no Model(**json), no extra='forbid'.",
)
def ignores_unknown_fields(context: CheckContext) -> None:
    """Unknown response fields are ignored."""
    context.require_tolerates(_changing(_with_new_fields))


@client_rule(
    "CLIENT-READ-02",
    "calls.md 1.1 (empty fields are left out); tutorial: Place a providercall (tm_delete is null); "
    "providers.md 3.1 (source is null)",
    "Read optional fields with .get(), and treat null or missing as empty.",
)
def tolerates_missing_fields(context: CheckContext) -> None:
    """Optional fields may be null or missing."""
    context.require_tolerates(_changing(_without_optional_fields))


@client_rule(
    "CLIENT-READ-03",
    "tutorial: Troubleshooting (no_answer); calls.md 2.4 (noanswer); gateway.md 5.1 (enum values are not checked)",
    "Keep values as text, or give the enum a member for unknown values. Only the status `hangup` ends a call.",
    requires_any=("get_call", "wait_until_done"),
)
def tolerates_unknown_values(context: CheckContext) -> None:
    """The client accepts an unknown status or hangup_reason, and does not take an unknown status for a call's end."""
    context.require_tolerates(_with_unknown_values)
    if context.supports("wait_until_done"):
        context.require_waits()
        context.require_keeps_waiting(_with_unknown_values, f"the unknown status {_UNKNOWN_STATUS!r}")


@client_rule(
    "CLIENT-READ-04",
    "tutorial: Place a providercall (its times); gateway.md 6.1",
    "Keep timestamps as text, or parse both `2026-04-21 23:15:00.000000` and RFC 3339 with any number of digits.",
)
def reads_both_times(context: CheckContext) -> None:
    """Timestamps may be in the documented format or in the servers': RFC 3339 with `Z`, without trailing zeros."""
    context.require_tolerates(_changing(_with_other_timestamps))


def _changing(change: Callable[[Mapping[str, Any]], dict[str, Any]]) -> Callable[[Harness], None]:
    """Return a function that makes a harness apply `change` to every object in every response."""

    def changed(value: Any) -> Any:
        if isinstance(value, list):
            return [changed(item) for item in value]
        if isinstance(value, dict):
            return change({key: item if key in _FREE_FORM else changed(item) for key, item in value.items()})
        return value

    def prepare(harness: Harness) -> None:
        harness.on_response = lambda _request, response: changed(response)

    return prepare


def _with_new_fields(value: Mapping[str, Any]) -> dict[str, Any]:
    return {**value, "carrier_score": 0.93, "labels": [{"name": "new"}]}


def _without_optional_fields(value: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: item for key, item in value.items() if item or key not in _OMITTED or key in _NULLABLE}
    return {**kept, **dict.fromkeys(_NULLABLE)} if "call_ids" in kept else kept


def _with_other_timestamps(value: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _other_timestamp(item) if isinstance(item, str) else item for key, item in value.items()}


def _other_timestamp(text: str) -> str:
    documented, rfc3339 = _DOCUMENTED(text), _RFC3339(text)
    if documented:
        day, time, fraction = documented.groups()
        return f"{day}T{time}.{fraction}".rstrip("0").rstrip(".") + "Z"
    if rfc3339:
        day, time, fraction = rfc3339.groups()
        return f"{day} {time}.{fraction:0<6}"
    return text


def _with_unknown_values(harness: Harness) -> None:
    show_status(harness, _UNKNOWN_STATUS, hangup_reason="policy")


def show_status(harness: Harness, status: str, **ended: str) -> None:
    """Make the first reads of each call show another status, and add the fields `ended` once the call has ended."""
    reads: Counter[str] = Counter()

    def on_response(request: Request, response: Any) -> Any:
        if "status" in response and request.target.startswith("/v1.0/calls/"):
            reads[response["id"]] += 1
            if response["status"] == ENDED:
                return {**response, **ended}
            # Two reads: one may be by get_call, so that wait_until_done sees the other.
            return {**response, "status": status} if reads[response["id"]] < 3 else response
        return response

    harness.on_response = on_response
