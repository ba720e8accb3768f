"""Condition actions."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_providercalls.contracts.probes import ProbeClient
from pytest_providercalls.fake_server import FakeVoipbin

from .flow_calls import (
    BEEP,
    LONG,
    C,
    action,
    activeflow_of,
    answered_call,
    executed_types,
)


@pytest.mark.parametrize(
    ("option", "met"),
    [
        ({"condition": "==", "variable": "${n}", "value_type": "number", "value_number": 7}, True),
        ({"condition": "<", "variable": "${n}", "value_type": "number", "value_number": 7}, False),
        ({"condition": "<=", "variable": "${n}", "value_type": "number", "value_number": 7.5}, True),
        ({"condition": "!=", "variable": "${n}", "value_type": "string", "value_string": "8"}, True),
        ({"condition": "==", "variable": "${n}", "value_type": "length", "value_length": 1}, True),
        ({"condition": ">", "variable": "é", "value_type": "length", "value_length": 1}, True),
        ({"condition": "==", "variable": " 7", "value_type": "number", "value_number": 7}, False),
        ({"condition": "==", "variable": "1_0", "value_type": "number", "value_number": 10}, False),
        ({"condition": "==", "variable": "16777217", "value_type": "number", "value_number": 16777216}, True),
        ({"condition": "==", "variable": "abc", "value_type": "number", "value_number": 0}, False),
        ({"condition": "~", "variable": "${n}", "value_type": "string", "value_string": "7"}, False),
        ({"condition": "==", "variable": "${n}", "value_type": "bool"}, False),
    ],
)
def test_condition_variable(api: ProbeClient, fake: FakeVoipbin, option: dict[str, Any], met: bool) -> None:
    set_variable = action("variable_set", key="n", value="7")
    call = answered_call(
        api, fake, set_variable, action("condition_variable", **option, false_target_id=C), LONG, action("beep", C)
    )
    assert (executed_types(fake, call)[2] == "sleep") is met


@pytest.mark.parametrize(("operator", "met"), [("equal", True), ("greater", False), ("less_equal", True)])
def test_only_the_documents_know_word_operators(api: ProbeClient, fake: FakeVoipbin, operator: str, met: bool) -> None:
    option = {
        "condition": operator,
        "variable": "voipbin.call.direction",
        "value_type": "string",
        "value_string": "outgoing",
    }
    call = answered_call(api, fake, action("condition_variable", **option, false_target_id=C), LONG, BEEP)
    assert (executed_types(fake, call)[1] == "sleep") is (met and fake.edition.name == "documented")


# The clock starts on a Tuesday, 21 April 2026, at 23:15.
@pytest.mark.parametrize(
    ("option", "met"),
    [
        ({"condition": "==", "hour": 23, "minute": 15}, True),
        ({"condition": "==", "hour": 23}, False),
        ({"condition": ">=", "hour": 23, "minute": 30}, True),
        ({"condition": "<", "hour": 22, "minute": -1}, True),
        ({"condition": "==", "hour": -1, "minute": -1, "day": 21, "month": 4}, True),
        ({"condition": "==", "hour": -1, "minute": -1, "month": 5}, False),
    ],
)
def test_condition_datetime(api: ProbeClient, fake: FakeVoipbin, option: dict[str, Any], met: bool) -> None:
    call = answered_call(api, fake, action("condition_datetime", **option, false_target_id=C), LONG, BEEP)
    assert (executed_types(fake, call)[1] == "sleep") is met


@pytest.mark.parametrize(("weekday", "kind"), [(2, "sleep"), (0, "beep")])
def test_weekdays_end_the_flow_on_the_servers(api: ProbeClient, fake: FakeVoipbin, weekday: int, kind: str) -> None:
    option = {"condition": "==", "hour": -1, "minute": -1, "weekdays": [weekday], "false_target_id": C}
    call = answered_call(api, fake, action("condition_datetime", **option), LONG, BEEP)
    if fake.edition.name == "documented":
        assert executed_types(fake, call)[1] == kind
    else:
        assert (activeflow_of(fake, call).status, call.status) == ("ended", "hangup")


def test_condition_call_status(api: ProbeClient, fake: FakeVoipbin) -> None:
    condition = action("condition_call_status", status="ringing", false_target_id=C)
    assert executed_types(fake, answered_call(api, fake, condition, LONG, BEEP))[1] == "beep"


def test_condition_call_digits(api: ProbeClient, fake: FakeVoipbin) -> None:
    set_variable = action("variable_set", key="voipbin.call.digits", value="123")
    for option, met in (({"length": 3}, True), ({"length": 4}, False), ({"key": "23"}, True), ({"key": "32"}, False)):
        call = answered_call(
            api,
            fake,
            set_variable,
            action("condition_call_digits", **option, false_target_id=C),
            LONG,
            action("beep", C),
        )
        assert (executed_types(fake, call)[2] == "sleep") is met
