"""How a client reads answers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from ...http import Request
from ...models import responses
from ..client_rule import client_rule
from ..harness import Harness
from ..rule_check import ENDED, CheckContext, as_other_admin, body

_FREE = ("metadata", "option")
"""Fields in which there may be anything already."""
_OMITTED = {
    key
    for model in (responses.Call, responses.Address)
    for key, field in model.model_fields.items()
    if responses.OMIT_EMPTY_ON_SERVERS in field.metadata
}
_NEW = "queued"
_NULLABLE = ("source", "tm_update", "tm_delete")
_DOCUMENTED = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)\.(\d{6})").fullmatch
_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)\.?(\d*)Z").fullmatch


@client_rule(
    "CLIENT-GET-01",
    "tutorial: Get detail of a providercall; tutorial: Observe call outcome",
    "Send GET /providercalls/{id} and GET /calls/{id}: what one process has placed, others want to look at.",
    requires=(),
    requires_any=("get_record", "get_call"),
)
def reads_what_others_placed(trial: CheckContext) -> None:
    """A record and a call can be read by their ids, whoever placed them."""
    with trial.new_client() as client:
        fake = client.stage.fake
        record = as_other_admin(fake, "POST", "/providercalls", body(fake))
        for operation, id in (("get_record", record["id"]), ("get_call", record["call_ids"][0])):
            if trial.supports(operation):
                client.call(operation, id)


@client_rule(
    "CLIENT-READ-01",
    "providers.md 2.1 (fields came after April 2026); gateway.md 4.2",
    "Take the fields that are needed, and let others be: no Model(**json), no extra='forbid'.",
)
def ignores_unknown_fields(trial: CheckContext) -> None:
    """A field that is not known is read over."""
    trial.require_tolerates(_changing(_grown))


@client_rule(
    "CLIENT-READ-02",
    "calls.md 1.1 (empty fields are left out); tutorial: Place a providercall (tm_delete is null); "
    "providers.md 3.1 (source is null)",
    "Read what may be empty with .get(): a field that is null or missing is as good as an empty one.",
)
def tolerates_missing_fields(trial: CheckContext) -> None:
    """A field that may be empty may be null, or missing."""
    trial.require_tolerates(_changing(_thinned))


@client_rule(
    "CLIENT-READ-03",
    "tutorial: Troubleshooting (no_answer); calls.md 2.4 (noanswer); gateway.md 5.1 (enum values are not checked)",
    "Keep values as text, or have a member for what is not known; a status that is not `hangup` is not the end.",
    requires_any=("get_call", "wait_until_done"),
)
def tolerates_unknown_values(trial: CheckContext) -> None:
    """A status or a hangup_reason that is not known is taken as it is, and is not the end of a call."""
    trial.require_tolerates(_with_new_values)
    if trial.supports("wait_until_done"):
        trial.require_waits()
        trial.require_keeps_waiting(_with_new_values, f"the status {_NEW!r}")


@client_rule(
    "CLIENT-READ-04",
    "tutorial: Place a providercall (its times); gateway.md 6.1",
    "Keep timestamps as text, or read both `2026-04-21 23:15:00.000000` and RFC 3339, with any number of digits.",
)
def reads_both_times(trial: CheckContext) -> None:
    """Timestamps are written as in the documents, or as the servers do: RFC 3339 with `Z`, trailing zeros dropped."""
    trial.require_tolerates(_changing(_other_times))


def _changing(change: Callable[[Mapping[str, Any]], dict[str, Any]]) -> Callable[[Harness], None]:
    """Has every object in every answer changed."""

    def changed(value: Any) -> Any:
        if isinstance(value, list):
            return [changed(one) for one in value]
        if isinstance(value, dict):
            inner = {key: one if key in _FREE else changed(one) for key, one in value.items()}
            return change(inner)
        return value

    def prepare(stage: Harness) -> None:
        stage.on_response = lambda _request, answer: changed(answer)

    return prepare


def _grown(value: Mapping[str, Any]) -> dict[str, Any]:
    return {**value, "carrier_score": 0.93, "labels": [{"name": "new"}]}


def _thinned(value: Mapping[str, Any]) -> dict[str, Any]:
    there = {key: one for key, one in value.items() if one or key not in _OMITTED or key in _NULLABLE}
    return {**there, **dict.fromkeys(_NULLABLE)} if "call_ids" in there else there


def _other_times(value: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _other_time(one) if isinstance(one, str) else one for key, one in value.items()}


def _other_time(text: str) -> str:
    documented, rfc3339 = _DOCUMENTED(text), _RFC3339(text)
    if documented:
        day, time, fraction = documented.groups()
        return f"{day}T{time}.{fraction}".rstrip("0").rstrip(".") + "Z"
    if rfc3339:
        day, time, fraction = rfc3339.groups()
        return f"{day} {time}.{fraction:0<6}"
    return text


def _with_new_values(stage: Harness) -> None:
    show_status(stage, _NEW, hangup_reason="policy")


def show_status(stage: Harness, status: str, **ended: str) -> None:
    """Have calls be read with a status that is not theirs at first, and with some fields once they have ended."""
    seen: Counter[str] = Counter()

    def on_answer(request: Request, answer: Any) -> Any:
        if "status" in answer and request.target.startswith("/v1.0/calls/"):
            seen[answer["id"]] += 1
            if answer["status"] == ENDED:
                return {**answer, **ended}
            # The first two: one for whoever reads a call, and one for whoever waits for it.
            return {**answer, "status": status} if seen[answer["id"]] < 3 else answer
        return answer

    stage.on_response = on_answer
