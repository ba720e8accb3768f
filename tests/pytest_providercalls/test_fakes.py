"""The fake without pytest's fixtures: blocks, decorators, test cases, and fakes that several tests share."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import re
import subprocess
import sys
import unittest
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from pytest_providercalls.fake_server import FakeVoipbin

import pytest_providercalls
from pytest_providercalls import fake_voipbin
from pytest_providercalls.guard.child_environment import VARIABLE

URL = "https://api.voipbin.net/v1.0"


def who(token: str) -> Any:
    return httpx.get(f"{URL}/me", headers={"Authorization": f"Bearer {token}"}).json().get("username")


def place_call(fake: FakeVoipbin) -> None:
    tel = {"type": "tel", "target": "+12025550143"}
    body = {"provider_id": fake.provider.id, "source": {**tel, "target": "+12025550100"}, "destinations": [tel]}
    body["actions"] = [{"type": "sleep", "option": {"duration": 30_000}}]
    httpx.post(f"{URL}/providercalls?token={fake.super_admin.token}", json=body).raise_for_status()


def swallow() -> None:
    with contextlib.suppress(Exception):
        httpx.get(f"{URL}/me")


def run_unittest(folder: Path, code: str) -> str:
    """Run a module of unittest tests without pytest; return what it prints."""
    (folder / "test_it.py").write_text(code)
    command = [sys.executable, "-W", "error", "-m", "unittest", "test_it"]
    environment = {
        name: value for name, value in os.environ.items() if name not in (VARIABLE, "PYTHONPATH", "PYTEST_CURRENT_TEST")
    }
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60
    ).stderr


def test_a_block_is_connected_and_nothing_is_left_behind() -> None:
    before = httpx.HTTPTransport.handle_request
    with fake_voipbin(seed=3) as voipbin:
        assert isinstance(voipbin, FakeVoipbin)
        assert who(voipbin.super_admin.token) == "super-admin"
    assert httpx.HTTPTransport.handle_request is before


def test_blocks_nest_and_one_object_serves_several_blocks() -> None:
    block = fake_voipbin(seed=5)
    with block as outer, block as inner:
        httpx.get(f"{URL}/me")
        assert (len(outer.requests), len(inner.requests)) == (0, 1)
    with block as again:
        assert again.super_admin == outer.super_admin
        assert again is not outer


def test_an_asynchronous_block() -> None:
    async def run() -> int:
        async with fake_voipbin() as voipbin, httpx.AsyncClient() as client:
            await client.get(f"{URL}/me")
            return len(voipbin.requests)

    assert asyncio.run(run()) == 1


def test_a_function_receives_its_own_fake_by_name() -> None:
    seen = []

    @fake_voipbin(edition="server-2026-08")
    def place(number: int, *, voipbin: FakeVoipbin) -> int:
        seen.append(voipbin)
        assert voipbin.edition.name == "server-2026-08"
        return number + 1

    @fake_voipbin()
    async def ask() -> int:
        async with httpx.AsyncClient() as client:
            return (await client.get(f"{URL}/me")).status_code

    assert (place(1), place(number=2), asyncio.run(ask())) == (2, 3, 401)  # type: ignore[call-arg]
    assert seen[0] is not seen[1]
    assert place.__name__ == "place"


@fake_voipbin()
def test_pytest_does_not_look_for_the_parameter(tmp_path: Path, voipbin: FakeVoipbin) -> None:
    assert who(voipbin.super_admin.token) == "super-admin"


@fake_voipbin(lifecycle="manual")
class TestPlainClass:
    def test_a_method_receives_the_fake(self, voipbin: FakeVoipbin) -> None:
        assert voipbin.lifecycle == "manual"


@fake_voipbin(tls=True)
class TestCaseWithTls(unittest.TestCase):
    voipbin: FakeVoipbin

    def setUp(self) -> None:
        self.token = self.voipbin.super_admin.token

    def test_any_library_reaches_the_fake(self) -> None:
        import requests

        response = requests.get(f"{URL}/me", headers={"Authorization": f"Bearer {self.token}"}, timeout=10)
        assert response.json()["username"] == "super-admin"
        assert len(self.voipbin.requests) == 1

    def test_each_test_has_its_own(self) -> None:
        assert len(self.voipbin.requests) == 0


@fake_voipbin()
class TestAsyncCase(unittest.IsolatedAsyncioTestCase):
    voipbin: FakeVoipbin

    async def asyncSetUp(self) -> None:
        self.client = httpx.AsyncClient()
        self.addAsyncCleanup(self.client.aclose)

    async def test_an_asynchronous_test(self) -> None:
        assert (await self.client.get(f"{URL}/me")).status_code == 401
        assert len(self.voipbin.requests) == 1


def test_a_failure_shows_the_transcript_once() -> None:
    with pytest.raises(httpx.HTTPStatusError) as caught, fake_voipbin() as voipbin:
        httpx.post(f"{URL}/providercalls?token={voipbin.customer_admin.token}", json={}).raise_for_status()
    if sys.version_info >= (3, 11):
        (note,) = caught.value.__notes__
        assert "refused by PC-AUTH" in note or "refused by PC-TRB" in note
        assert voipbin.customer_admin.token not in note


def test_a_strict_block_fails() -> None:
    message = "silently ignores:\n  POST .*`destination`"
    with pytest.raises(AssertionError, match=message), fake_voipbin(strict=True) as voipbin:
        httpx.post(f"{URL}/providercalls?token={voipbin.super_admin.token}", json={"destination": {}})


def test_a_strict_block_fails_for_a_fault_without_effect() -> None:
    with pytest.raises(AssertionError, match="had no effect:\n .*drop"), fake_voipbin(strict=True) as voipbin:
        voipbin.faults.add("drop", path="/providercalls")


def test_an_exceeded_budget_fails_the_block() -> None:
    def place(budget: float | None) -> None:
        with fake_voipbin(budget=budget, start="2026-05-01") as voipbin:
            place_call(voipbin)
            assert voipbin.clock.now().date() == date(2026, 5, 1)
            voipbin.clock.advance(60)

    place(None)
    with pytest.raises(AssertionError, match=r"exceeds its budget of \$0\n  call .*\$0.01"):
        place(0)
    with pytest.raises(ValueError, match=r"fake_voipbin\(budget=-1\): not a valid dollar amount"):
        place(-1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform cannot fork")
def test_a_forked_child_process_fails_the_block_even_if_it_swallows_the_error() -> None:
    with pytest.raises(AssertionError, match="use `voipbin_server`"), fake_voipbin():
        child = multiprocessing.get_context("fork").Process(target=swallow)
        child.start()
        child.join()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform cannot fork")
def test_the_report_of_an_outer_fake_survives_an_inner_one() -> None:
    with pytest.raises(AssertionError, match="use `voipbin_server`"), fake_voipbin() as outer:
        with fake_voipbin():
            pass
        child = multiprocessing.get_context("fork").Process(target=swallow)
        child.start()
        child.join()
        with fake_voipbin():
            outer.assert_nothing_placed()


OWNERS = f"""
import unittest, httpx
from pytest_providercalls import fake_voipbin
tokens = []

@fake_voipbin()
class First(unittest.TestCase):
    def test_a(self):
        tokens.append(self.voipbin.super_admin.token)
    def test_b(self):
        self.assertEqual(httpx.get("{URL}/me", params={{"token": tokens[0]}}).status_code, 401)
        self.assertIn("belongs to test_it.First.test_a", self.voipbin.transcript())

class Second(unittest.TestCase):
    @fake_voipbin()
    def test_c(self, voipbin):
        self.assertEqual(httpx.get("{URL}/me", params={{"token": tokens[0]}}).status_code, 401)
    def test_d(self):
        with fake_voipbin():
            self.assertEqual(httpx.get("{URL}/me", params={{"token": tokens[0]}}).status_code, 401)
"""


def test_credentials_belong_to_one_test(tmp_path: Path) -> None:
    assert "Ran 4 tests" in (output := run_unittest(tmp_path, OWNERS))
    assert "OK" in output, output


def test_credentials_belong_to_one_test_in_pytest(bare_pytester: pytest.Pytester) -> None:
    bare_pytester.makepyfile(test_it=OWNERS)
    bare_pytester.runpytest().assert_outcomes(passed=4)


def test_an_error_in_the_options_leaves_nothing_behind() -> None:
    with pytest.raises(ValueError, match="unknown edition"), fake_voipbin("documentd"):
        pass


GUARDED = """
import socket, sys, unittest
from pytest_providercalls import fake_voipbin
assert "pytest" not in sys.modules and "pydantic" not in sys.modules

def swallow():
    try: socket.create_connection(("api.voipbin.net", 443))
    except Exception: pass

@fake_voipbin()
class Swallowed(unittest.TestCase):
    def test_a(self): swallow()
    def test_b(self): pass

class Blocks(unittest.TestCase):
    def test_block(self):
        with self.assertRaisesRegex(AssertionError, "the real VoIPbin: 1\\n  api.voipbin.net:443"):
            with fake_voipbin(): swallow()
    def test_child(self):
        import subprocess
        code = "import socket\\ntry: socket.create_connection(('api.voipbin.net', 443))\\nexcept Exception: pass"
        with self.assertRaisesRegex(AssertionError, "blocked attempts"):
            with fake_voipbin(): subprocess.run([sys.executable, "-c", code])
    def test_the_error_is_not_replaced(self):
        with self.assertRaisesRegex(RuntimeError, "mine"):
            with fake_voipbin(): swallow(); raise RuntimeError("mine")
    def test_another_host(self):
        with self.assertRaisesRegex(AssertionError, "x.invalid"):
            with fake_voipbin(guard_hosts=["*.invalid"]):
                try: socket.create_connection(("x.invalid", 443))
                except Exception: pass
"""


def test_without_pytest_the_guard_fails_a_test_case(tmp_path: Path) -> None:
    output = run_unittest(tmp_path, GUARDED)
    assert "Ran 6 tests" in output
    assert "FAILED (failures=1)" in output
    assert "FAIL: test_a (test_it.Swallowed" in output
    assert re.search(r"api.voipbin.net:443 from \S*test_it.py:7", output)


def test_a_failing_test_case_shows_the_transcript(tmp_path: Path) -> None:
    code = (
        "import unittest, httpx\nfrom pytest_providercalls import fake_voipbin\n@fake_voipbin()\n"
        "class Case(unittest.TestCase):\n    def test_it(self):\n"
        f"        self.assertEqual(httpx.get('{URL}/me').status_code, 200)\n"
    )
    output = run_unittest(tmp_path, code)
    assert "FAILED (failures=1)" in output
    assert "GET /v1.0/me -> 401" in output
    assert "refused by AU-" in output


def test_the_package_exports_it_without_imports() -> None:
    assert pytest_providercalls.__all__ == ["expect_blocked", "fake_voipbin"]
    code = (
        "import sys; import pytest_providercalls\n"
        "print(sorted(name for name in sys.modules if name.startswith('pytest_providercalls.')))\n"
        "from pytest_providercalls import expect_blocked, fake_voipbin\n"
        "print(sorted(name for name in sys.modules if name.startswith('pytest_providercalls.')))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    used = [f"pytest_providercalls.{one}" for one in ("fakes", "guard", "guard.expected_attempts")]
    assert done.stdout.splitlines() == ["[]", str(used)]
    with pytest.raises(AttributeError, match="'unknown'"):
        pytest_providercalls.unknown  # noqa: B018
