"""What a downstream suite sees of a machine: a green test, a story under a red one, and no surprises."""

from __future__ import annotations

import re

import pytest

CLIENT = """
import httpx
from hypothesis import settings
from pytest_providercalls.contracts import ProviderCallMachine

class Dialer:
    def __init__(self, base_url, token):
        self.http = httpx.Client(base_url=base_url, headers={"Authorization": f"Bearer {token}"}, timeout=10)

    def close(self):
        self.http.close()

    def place(self, body):
        response = self.http.post("/providercalls", json=body)
        return response.raise_for_status().json()

class Careless(Dialer):
    def place(self, body):
        try:
            return super().place(body)
        except httpx.TransportError:
            return super().place(body)

class DialerMachine(ProviderCallMachine):
    dialer = Dialer

    def make_client(self, base_url, token):
        return self.dialer(base_url, token)

    def place(self, client, body):
        return client.place(body)

class CarelessMachine(DialerMachine):
    dialer = Careless

SOME = settings(max_examples=20, stateful_step_count=20, database=None)
"""


def run(pytester: pytest.Pytester, code: str, *arguments: str) -> pytest.RunResult:
    pytester.makepyfile(CLIENT + code)
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error", *arguments)


def test_a_green_machine_has_statistics(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
class TestDialer(DialerMachine.TestCase):
    settings = SOME

def test_it_was_asked_for_what_it_has():
    assert {where.split()[0] for where in DialerMachine.been if where.endswith("returned")} == {"place"}
""",
        *("--hypothesis-show-statistics", "-p", "no:randomly"),
    )
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*TestDialer::test_machine:*", "*place returned*"])


def test_a_red_machine_tells_a_story(pytester: pytest.Pytester) -> None:
    result = run(pytester, "TestCareless = CarelessMachine.TestCase")
    result.assert_outcomes(failed=1)
    result.stdout.re_match_lines(
        [
            r".*Broken: \+12025550143 rang 2 times, and was to ring 1 times: 1 too many",
            r".*state = CarelessMachine\(\)",
            # Older versions of Hypothesis write each argument on a line of its own.
            r".*state\.take\(step=Place\(numbers=\('\+12025550143',\)",
            r".*state\.teardown\(\)",
            r'.*curl -X POST -H "Authorization: Bearer \$VOIPBIN_TOKEN" "\$VOIPBIN_BASE_URL"/providercalls .*fault: ',
            r'.*curl -X POST -H "Authorization: Bearer \$VOIPBIN_TOKEN".*  # 200$',
            r".*call .* to \+12025550143: ",
            r".*INVITE sip:\+12025550143",
        ]
    )
    assert re.search(r"through='healthy',\s+(E\s+)?fault='done", result.stdout.str())
    # Hypothesis says what it found, and pytest shows it, with whatever stands in the lines around.
    assert re.search(r"eyJ\w{20}|\.[\w-]{43}'", result.stdout.str() + result.stderr.str()) is None


def test_editions_and_another_wire(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
import pytest

@pytest.mark.providercalls(edition="all")
class TestEditions(DialerMachine.TestCase):
    settings = SOME

class WireMachine(DialerMachine):
    wire = "http"

class TestWire(WireMachine.TestCase):
    settings = settings(max_examples=3, stateful_step_count=5, database=None)
""",
    )
    result.assert_outcomes(passed=4)


def test_what_else_is_red(pytester: pytest.Pytester) -> None:
    """In one session, since each costs seconds: a story replayed, what authors forget, a client that waits for ever."""
    result = run(
        pytester,
        """
import time
from pytest_providercalls.contracts.stateful.steps import Place

class TestReplay(CarelessMachine.TestCase):
    test_machine = None

    def test_replay(self):
        state = CarelessMachine()
        state.take(step=Place(numbers=('+12025550143',), through='healthy', fault='done, answer lost'))
        state.teardown()

def test_patience_is_a_number():
    type("Hasty", (DialerMachine,), {"patience": "soon"})

class EmptyMachine(ProviderCallMachine):
    pass

TestEmpty = EmptyMachine.TestCase

def test_no_stage():
    DialerMachine()

class PatientMachine(DialerMachine):
    def wait_until_done(self, client, placed):
        while True:
            time.sleep(1000)

TestPatient = PatientMachine.TestCase
""",
        *("-p", "no:randomly"),
    )
    result.assert_outcomes(failed=5)
    result.stdout.fnmatch_lines(
        [
            "*Broken: +12025550143 rang 2 times*",
            "*ValueError: Hasty.patience is 'soon'; it is a number of seconds",
            "making the client failed",
            "*NotImplementedError: EmptyMachine has to define make_client(self, base_url, token)*",
            "*RuntimeError: DialerMachine() has nowhere to play. Have pytest run `TestIt = DialerMachine.TestCase`*",
            "*wait_until_done raised Runaway: it was stopped after it had waited for 3:00:00*",
        ]
    )
