"""freezegun and pytest-freezer, which read each attribute of every module while the clock is frozen."""

from __future__ import annotations

import pytest

pytest.importorskip("freezegun")

CLIENT = """
    import datetime, sys

    import httpx, pytest
    from freezegun import freeze_time

    def place(voipbin):
        body = {"provider_id": voipbin.provider.id, "source": {"type": "tel", "target": "+12025550100"},
                "destinations": [{"type": "tel", "target": "+12025550143"}]}
        url = "https://api.voipbin.net/v1.0/providercalls"
        response = httpx.post(url, params={"token": voipbin.super_admin.token}, json=body)
        assert response.status_code == 200
        return response.json()

    def ours():
        return {name for name in sys.modules if name.startswith("pytest_providercalls")}
"""


@pytest.fixture
def suite(bare_pytester: pytest.Pytester) -> pytest.Pytester:
    bare_pytester.makepyfile(client=CLIENT)
    return bare_pytester


def test_time_can_be_frozen_after_and_during_a_test_with_a_fake(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        from client import *

        def test_before(voipbin):
            place(voipbin)

        def test_unrelated():
            before = ours()
            with freeze_time("2020-01-01"):
                assert datetime.datetime.now().year == 2020
            assert ours() == before
            assert datetime.datetime.now().year > 2020

        def test_during(voipbin):
            with freeze_time("2020-01-01"):
                frozen = place(voipbin)
            thawed = place(voipbin)
            assert frozen["tm_create"] < thawed["tm_create"]
        """
    )
    suite.runpytest_subprocess().assert_outcomes(passed=3)


@pytest.mark.parametrize("preloaded", ["import pydantic.main", ""], ids=["pydantic-first", "pydantic-frozen"])
def test_our_modules_can_be_first_imported_while_time_is_frozen(suite: pytest.Pytester, preloaded: str) -> None:
    suite.makepyfile(
        f"""
        from client import *
        {preloaded}

        @pytest.fixture
        def frozen():
            with freeze_time("2020-01-01"):
                yield

        def test_the_fake(frozen, voipbin, voipbin_client):
            assert place(voipbin)["tm_create"].startswith("2026")
            assert voipbin_client.get("/calls").status_code == 200

        def test_the_control_api(frozen):
            from pytest_providercalls import contracts, fake_server
            for package in (contracts, fake_server):
                for name in package.__all__:
                    assert getattr(package, name) is not None
            from pytest_providercalls.fake_server.control.openapi import openapi
            assert contracts.openapi()["paths"] and openapi()["paths"]

        def test_afterwards(voipbin):
            from pytest_providercalls.fake_server.control.models import Clock
            place(voipbin)
            assert Clock(now=voipbin.clock.now(), lifecycle="manual").now == voipbin.clock.now()
        """
    )
    suite.runpytest_subprocess().assert_outcomes(passed=3)


@pytest.mark.parametrize("arguments", ["freezer, voipbin", "voipbin, freezer"])
def test_pytest_freezer(suite: pytest.Pytester, arguments: str) -> None:
    pytest.importorskip("pytest_freezer")
    suite.makepyfile(
        f"""
        from client import *

        def test_it({arguments}):
            freezer.move_to("2020-01-01")
            place(voipbin)
            assert datetime.date.today().year == 2020
        """
    )
    suite.runpytest_subprocess("-p", "pytest_freezer").assert_outcomes(passed=1)
