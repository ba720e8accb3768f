"""A property test finds the mistake of each wrong client, and shrinks it to the minimal request."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

import httpx
import pytest
from hypothesis import Phase, given, seed, settings
from pytest_providercalls.contracts.fake_records import WITHOUT_FAKE
from pytest_providercalls.contracts.strategies import providercall_bodies
from pytest_providercalls.fake_server import FakeVoipbin

from pytest_providercalls import fake_voipbin

from . import dialers

_SEEDS = int(os.environ.get("QUALITY_SEEDS", "1"))
_PROVIDER = WITHOUT_FAKE.provider_id
_AGENT = {"type": "agent", "target": WITHOUT_FAKE.agent_ids[0]}
_PHONE = {"type": "tel", "target": "+12025550100"}
_NAMED = {**_PHONE, "target_name": 'Zoë "Zo" Ōno <x&y>'}
_IGNORED = {"type": "conference", "target": "f1f2f3f4-0000-4000-8000-00000000dead"}


class Wrong(NamedTuple):
    """A wrong client, and what the minimal request has instead of the simplest fields."""

    client: type[dialers.Dialer]
    differs: dict[str, Any]
    error: type[Exception] = AssertionError
    fault: str = ""


WRONG = [
    Wrong(dialers.RetriesAfterTimeout, {}, fault="timeout"),
    Wrong(dialers.DropsTheLastDestination, {"destinations": [_PHONE, _PHONE]}),
    Wrong(dialers.DoesNotEscapeNames, {"destinations": [_NAMED]}, httpx.HTTPStatusError),
    Wrong(dialers.LogsAsAscii, {"destinations": [_NAMED]}, UnicodeEncodeError),
    Wrong(dialers.ForgetsGroupcalls, {"destinations": [_AGENT]}),
    Wrong(dialers.CountsNumbersOnce, {"destinations": [_PHONE, _PHONE]}),
    Wrong(dialers.SendsAnonymousAsFlag, {"anonymous": "auto"}, httpx.HTTPStatusError),
    Wrong(dialers.AcceptsOneCountry, {"destinations": [{"type": "tel", "target": "+447700900100"}]}, ValueError),
    Wrong(dialers.AcceptsPhonesOnly, {"destinations": [{"type": "sip", "target": "alice@sip.example.invalid"}]}),
    Wrong(dialers.PlacesEachDestination, {"destinations": [_PHONE, _IGNORED]}, httpx.HTTPStatusError),
    Wrong(dialers.PlacesAgainWithoutCalls, {"destinations": [_AGENT]}),
    Wrong(dialers.SendsAnEmptyFlow, {"actions": [{"type": "answer"}]}, httpx.HTTPStatusError),
]


def property_test(client: type[dialers.Dialer], fault: str, seen: list[dict[str, Any]]) -> Any:
    """Return the property test of a client. `seen` receives the request of the last example."""

    @given(providercall_bodies())
    def test_our_dialer(voipbin: FakeVoipbin, body: dict[str, Any]) -> None:
        seen[:] = [body]
        if fault:
            voipbin.faults.add(fault, method="POST", path="/providercalls")
        placed = client(voipbin.super_admin.token).dial(body)
        voipbin.assert_placed(len(placed))

    return test_our_dialer


@pytest.mark.parametrize("fault", ["", "timeout"])
def test_a_right_client_passes(fault: str) -> None:
    test = settings(database=None, max_examples=20)(property_test(dialers.Dialer, fault, []))
    fake_voipbin()(test)()


@pytest.mark.parametrize("number", range(_SEEDS))
@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.client.__name__)
def test_a_wrong_client_fails_with_the_minimal_request(wrong: Wrong, number: int) -> None:
    seen: list[dict[str, Any]] = []
    test = seed(number)(property_test(wrong.client, wrong.fault, seen))
    # The database and the explanations take time, and change nothing here.
    test = settings(database=None, phases=[Phase.generate, Phase.shrink], max_examples=500)(test)
    with pytest.raises(wrong.error):
        fake_voipbin()(test)()
    assert seen == [{"provider_id": _PROVIDER, "source": _PHONE, "destinations": [_PHONE], **wrong.differs}]
