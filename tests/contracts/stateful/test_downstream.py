"""A state machine in a downstream suite: statistics, failure reports, editions, transports and setup errors."""

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

class RetriesPost(Dialer):
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

class RetriesPostMachine(DialerMachine):
    dialer = RetriesPost

FEW = settings(max_examples=8, stateful_step_count=10, database=None)
"""


def run(bare_pytester: pytest.Pytester, code: str, *arguments: str) -> pytest.RunResult:
    bare_pytester.makepyfile(CLIENT + code)
    options = ("-p", "no:cacheprovider", "-p", "hypothesispytest", "-W", "error")
    return bare_pytester.runpytest_subprocess(*options, *arguments)


def test_a_passing_machine_has_statistics(bare_pytester: pytest.Pytester) -> None:
    result = run(
        bare_pytester,
        """
class TestDialer(DialerMachine.TestCase):
    settings = FEW

def test_only_defined_operations_run():
    assert {event.split()[0] for event in DialerMachine.event_counts if event.endswith("returned")} == {"place"}
""",
        "--hypothesis-show-statistics",
    )
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*TestDialer::test_machine:*", "*place returned*"])


def test_a_failing_machine_has_a_report(bare_pytester: pytest.Pytester) -> None:
    result = run(bare_pytester, "TestRetriesPost = RetriesPostMachine.TestCase")
    result.assert_outcomes(failed=1)
    result.stdout.re_match_lines(
        [
            r".*ClientRuleBroken: \+12025550143 was called 2 times, expected 1\. place returned",
            r".*state = RetriesPostMachine\(\)",
            # Older versions of Hypothesis write each argument on a line of its own.
            r".*state\.run_step\(step=Place\(numbers=\('\+12025550143',\)",
            r".*state\.teardown\(\)",
            r'.*curl -X POST -H "Authorization: Bearer \$VOIPBIN_TOKEN" "\$VOIPBIN_BASE_URL"/providercalls .*fault: ',
            r'.*curl -X POST -H "Authorization: Bearer \$VOIPBIN_TOKEN".*  # 200$',
            r".*call .* to \+12025550143: ",
            r".*INVITE sip:\+12025550143",
        ]
    )
    assert re.search(r"provider='healthy',\s+(E\s+)?fault='placed", result.stdout.str())
    # pytest shows the output of Hypothesis, with source lines and their values.
    assert re.search(r"eyJ\w{20}|\.[\w-]{43}'", result.stdout.str() + result.stderr.str()) is None


def test_editions_and_another_transport(bare_pytester: pytest.Pytester) -> None:
    result = run(
        bare_pytester,
        """
import pytest

@pytest.mark.providercalls(edition="all")
class TestEditions(DialerMachine.TestCase):
    settings = FEW

class HttpMachine(DialerMachine):
    transport = "http"

class TestHttp(HttpMachine.TestCase):
    settings = settings(max_examples=3, stateful_step_count=5, database=None)
""",
    )
    result.assert_outcomes(passed=4)


def test_other_failures(bare_pytester: pytest.Pytester) -> None:
    """A replayed failure, mistakes in the setup, and a client that waits forever; in one session to save time."""
    result = run(
        bare_pytester,
        """
import time
from pytest_providercalls.contracts.stateful.steps import Place

class TestReplay(RetriesPostMachine.TestCase):
    test_machine = None

    def test_replay(self):
        state = RetriesPostMachine()
        state.run_step(step=Place(numbers=('+12025550143',), provider='healthy', fault='placed, response lost'))
        state.teardown()

def test_min_wait_timeout_is_a_number():
    type("Hasty", (DialerMachine,), {"min_wait_timeout": "soon"})

class EmptyMachine(ProviderCallMachine):
    pass

TestEmpty = EmptyMachine.TestCase

def test_no_harness():
    DialerMachine()

class WaitingMachine(DialerMachine):
    def wait_until_done(self, client, placed):
        while True:
            time.sleep(1000)

TestWaiting = WaitingMachine.TestCase
""",
    )
    result.assert_outcomes(failed=5)
    result.stdout.fnmatch_lines(
        [
            "*ClientRuleBroken: +12025550143 was called 2 times*",
            "*ValueError: Hasty.min_wait_timeout is 'soon'; expected a positive number of seconds",
            "creating the client failed",
            "*NotImplementedError: EmptyMachine must define make_client(self, base_url, token)*",
            "*RuntimeError: DialerMachine() has no harness; let pytest run `TestIt = DialerMachine.TestCase`*",
            "*wait_until_done raised RunawayClient: *waited 3:00:00 without a request*",
        ]
    )
