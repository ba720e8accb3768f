"""The client in every edition: as documented, and as the servers of April and August 2026 behave."""

from __future__ import annotations

import pytest
from carrierprobe import ApiError, ForbiddenError, Probe

pytestmark = pytest.mark.providercalls(edition="all")
OURS, THEIRS = "+12025550100", "+12025550143"


def test_a_call_is_placed_and_ends(voipbin, voipbin_super_admin):
    with Probe(voipbin_super_admin.token, sleep=lambda _: voipbin.calls[call_id].hangup("busy")) as probe:
        record = probe.place(voipbin.provider.id, OURS, [THEIRS])
        (call_id,) = record["call_ids"]
        assert probe.watch(record) == {call_id: "busy"}


def test_an_unknown_provider_is_refused(voipbin, voipbin_super_admin, voipbin_edition):
    with Probe(voipbin_super_admin.token) as probe, pytest.raises(ApiError) as refused:
        probe.place("f1f2f3f4-0000-4000-8000-00000000dead", OURS, [THEIRS])
    assert refused.value.status == (400 if voipbin_edition == "documented" else 404)
    voipbin.assert_nothing_placed()


def test_a_customers_token_is_forbidden(voipbin, voipbin_customer_agent):
    with Probe(voipbin_customer_agent.token) as probe, pytest.raises(ForbiddenError):
        probe.place(voipbin.provider.id, OURS, [THEIRS])
    voipbin.assert_nothing_placed()


def test_all_pages_are_fetched(voipbin, voipbin_super_admin):
    with Probe(voipbin_super_admin.token) as probe:
        placed = [probe.place(voipbin.provider.id, OURS, [THEIRS])["id"] for _ in range(5)]
        assert [record["id"] for record in probe.records(page_size=2)] == placed[::-1]
