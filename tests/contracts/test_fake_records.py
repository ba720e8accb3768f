"""The records to which strategies without ids refer."""

from __future__ import annotations

from pytest_providercalls.contracts.fake_records import WITHOUT_FAKE, FakeRecords, UnderTest, fake_records
from pytest_providercalls.fake_server import FakeVoipbin

from pytest_providercalls import fake_voipbin
from pytest_providercalls.examples.records_under_test import records_of


def test_without_a_fake_they_are_those_of_a_new_fake() -> None:
    assert fake_records() == WITHOUT_FAKE == records_of(FakeVoipbin())


def test_they_are_those_of_the_innermost_fake() -> None:
    with fake_voipbin(seed=7) as outer:
        with fake_voipbin(seed=8) as inner:
            assert fake_records().provider_id == inner.provider.id != outer.provider.id
        assert fake_records().provider_id == outer.provider.id
    assert fake_records() == WITHOUT_FAKE


def test_blocks_may_end_in_any_order() -> None:
    first, second = UnderTest(lambda: FakeRecords("first")), UnderTest(lambda: FakeRecords("second"))
    with first:
        second.__enter__()
    assert fake_records().provider_id == "second"
    second.__exit__(None, None, None)
    assert fake_records() == WITHOUT_FAKE


def test_only_usable_records_are_included() -> None:
    fake = FakeVoipbin()
    flow, deleted = fake.add_flow(), fake.delete_provider(fake.add_provider())
    gone = fake.add_flow()
    gone.tm_delete = gone.tm_create
    fake.add_flow(customer=fake.customer_admin.customer_id)
    fake.add_agent()
    agent = fake.add_agent(addresses=[{"type": "tel", "target": "+12025550111"}])
    fake.add_agent(customer=fake.customer_admin.customer_id, addresses=[{"type": "tel", "target": "+12025550112"}])
    assert records_of(fake) == FakeRecords(
        fake.provider.id, (flow.id,), (fake.super_admin.id, agent.id), deleted_provider_id=deleted.id
    )


def test_the_fixture_provides_them(voipbin: FakeVoipbin) -> None:
    flow = voipbin.add_flow()
    assert fake_records() == records_of(voipbin)
    assert fake_records().flow_ids == (flow.id,)


def test_a_shared_fake_yields_to_that_of_the_test(voipbin_factory, voipbin: FakeVoipbin) -> None:
    with voipbin_factory(seed=9) as shared:
        assert fake_records().provider_id == voipbin.provider.id != shared.provider.id
