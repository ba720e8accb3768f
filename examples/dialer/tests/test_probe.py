"""The client against the fake: placing calls, errors, pagination and polling."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import httpx
import pytest
from carrierprobe import AsyncProbe, BadRequestError, ForbiddenError, Probe, UnauthorisedError

OURS = "+12025550100"
THEIRS = "+12025550143"


class FakeSleep:
    """Replaces sleep: records the seconds, and runs the next event."""

    def __init__(self, *events: Callable[[], object]) -> None:
        self.seconds: list[float] = []
        self._events = list(events)

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        if self._events:
            self._events.pop(0)()


@pytest.fixture
def probe(voipbin_super_admin) -> Iterator[Probe]:
    with Probe(voipbin_super_admin.token, sleep=FakeSleep()) as probe:
        yield probe


# placing


def test_one_call_for_each_destination(voipbin, probe):
    record = probe.place(voipbin.provider.id, OURS, [THEIRS, "+12025550144"])
    assert len(record["call_ids"]) == 2
    voipbin.assert_placed(2, provider=voipbin.provider)
    voipbin.assert_placed(1, destination=THEIRS)


def test_inline_actions_become_a_temporary_flow(voipbin, probe):
    record = probe.place(voipbin.provider.id, OURS, [THEIRS], [{"type": "answer"}, {"type": "hangup"}])
    call = voipbin.calls[record["call_ids"][0]]
    assert [action.type for action in voipbin.flows[call.flow_id].actions] == ["answer", "hangup"]


def test_a_customers_token_is_forbidden(voipbin, voipbin_customer_admin):
    with Probe(voipbin_customer_admin.token) as probe, pytest.raises(ForbiddenError):
        probe.place(voipbin.provider.id, OURS, [THEIRS])
    voipbin.assert_nothing_placed()


def test_a_bad_token_is_unauthorised(voipbin):
    with Probe("stale") as probe, pytest.raises(UnauthorisedError):
        probe.records()


@pytest.mark.parametrize("deleted", [True, False], ids=["deleted", "unknown"])
def test_a_missing_provider_is_a_bad_request(voipbin, probe, deleted):
    provider_id = voipbin.provider.id if deleted else "f1f2f3f4-0000-4000-8000-00000000dead"
    if deleted:
        voipbin.delete_provider(provider_id)
    with pytest.raises(BadRequestError, match="provider not found"):
        probe.place(provider_id, OURS, [THEIRS])
    voipbin.assert_nothing_placed()


def test_a_refused_post_is_sent_once(voipbin, probe):
    voipbin.delete_provider(voipbin.provider.id)
    with pytest.raises(BadRequestError):
        probe.place(voipbin.provider.id, OURS, [THEIRS])
    assert [entry.method for entry in voipbin.requests] == ["POST"]


# pagination


def test_all_pages_are_fetched(voipbin, probe):
    placed = [probe.place(voipbin.provider.id, OURS, [THEIRS])["id"] for _ in range(5)]
    assert [record["id"] for record in probe.records(page_size=2)] == placed[::-1]


def test_the_records_of_one_provider(voipbin, probe):
    other = voipbin.add_provider(hostname="sip.other.example")
    probe.place(voipbin.provider.id, OURS, [THEIRS])
    expected = probe.place(other.id, OURS, [THEIRS])["id"]
    assert [record["id"] for record in probe.records(other.id)] == [expected]


# polling


@pytest.mark.parametrize("reason", ["busy", "failed", "no_answer"])
def test_it_waits_until_the_call_ends(voipbin, voipbin_super_admin, reason):
    call = None

    def ring():
        call.ring()

    def end():
        call.hangup(reason)

    sleep = FakeSleep(ring, end)
    with Probe(voipbin_super_admin.token, sleep=sleep) as probe:
        record = probe.place(voipbin.provider.id, OURS, [THEIRS])
        call = voipbin.calls[record["call_ids"][0]]
        assert probe.watch(record) == {call.id: reason}
    assert sleep.seconds == [2.0, 2.0]


@pytest.mark.providercalls(lifecycle="manual")
def test_it_hangs_up_after_the_timeout(voipbin, probe):
    record = probe.place(voipbin.provider.id, OURS, [THEIRS])
    assert probe.watch(record, timeout=4) == {record["call_ids"][0]: "cancel"}
    assert voipbin.calls[record["call_ids"][0]].hangup_by == "local"


# async


def test_the_async_client_behaves_the_same(voipbin, voipbin_super_admin):
    async def sleep(seconds: float) -> None:
        next(iter(voipbin.calls.values())).hangup("busy")

    async def go() -> tuple[dict[str, str], int]:
        async with AsyncProbe(voipbin_super_admin.token, sleep=sleep) as probe:
            record = await probe.place(voipbin.provider.id, OURS, [THEIRS])
            return await probe.watch(record), len(await probe.records())

    outcome, count = asyncio.run(go())
    assert (list(outcome.values()), count) == (["busy"], 1)


def test_a_customers_token_is_forbidden_async(voipbin, voipbin_customer_manager):
    async def go() -> None:
        async with AsyncProbe(voipbin_customer_manager.token) as probe:
            await probe.records()

    with pytest.raises(ForbiddenError):
        asyncio.run(go())


# responses that the fake does not produce, by httpx's mock transport


@pytest.mark.parametrize(("headers", "seconds"), [({"Retry-After": "7"}, [7.0]), ({}, [1.0])])
def test_a_429_is_retried_after_retry_after(headers, seconds):
    responses = [httpx.Response(429, headers=headers), httpx.Response(200, json={"id": "x"})]
    sleep = FakeSleep()
    with Probe("token", sleep=sleep) as probe:
        probe._http = httpx.Client(
            transport=httpx.MockTransport(lambda _: responses.pop(0)), base_url="https://x.example"
        )
        assert probe.place("p", OURS, [THEIRS]) == {"id": "x"}
    assert sleep.seconds == seconds
