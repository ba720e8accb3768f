"""Fakes that several tests share, and their precedence."""

from __future__ import annotations

import re

import httpx
import pytest
from pytest_providercalls.fake_server import FakeVoipbin

from pytest_providercalls.fixtures.interception import Interception

URL = "https://api.voipbin.net/v1.0"

SHARED = f"""
import httpx, pytest

@pytest.fixture(scope="module")
def shared(voipbin_factory):
    with voipbin_factory(seed=7) as voipbin:
        yield voipbin

def get():
    return httpx.get("{URL}/me")
"""


def test_a_shared_fake_lives_as_long_as_its_fixture(bare_pytester: pytest.Pytester) -> None:
    bare_pytester.makepyfile(
        SHARED
        + """
def test_first(shared):
    get()
    assert (shared.seed, len(shared.requests)) == (7, 1)

def test_second(shared):
    get()
    assert len(shared.requests) == 2
    assert False

def test_the_tests_own_fake_takes_precedence(shared, voipbin):
    get()
    assert (len(shared.requests), len(voipbin.requests)) == (2, 1)
"""
    )
    result = bare_pytester.runpytest()
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*VoIPbin shared by several tests (edition documented)*"])
    assert result.stdout.str().count("GET /v1.0/me -> 401") == 1
    result.stdout.fnmatch_lines(["fake VoIPbin: 2 tests sent 3 requests*"])


def test_the_order_in_which_fakes_start_does_not_matter(bare_pytester: pytest.Pytester) -> None:
    bare_pytester.makepyfile(
        SHARED
        + """
from pytest_providercalls import fake_voipbin

def test_it(voipbin, request):
    shared = request.getfixturevalue("shared")
    get()
    assert (len(shared.requests), len(voipbin.requests)) == (0, 1)
    with fake_voipbin() as inner:
        get()
    assert (len(shared.requests), len(voipbin.requests), len(inner.requests)) == (0, 1, 1)
"""
    )
    bare_pytester.runpytest().assert_outcomes(passed=1)


def test_a_shared_fake_has_the_settings_of_the_session(bare_pytester: pytest.Pytester) -> None:
    bare_pytester.makepyfile(SHARED + "def test_it(shared):\n    assert shared.edition.name == 'server-2026-08'")
    bare_pytester.runpytest("--providercalls-edition", "deployed").assert_outcomes(passed=1)
    result = bare_pytester.runpytest("--providercalls-edition", "all")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*ValueError: voipbin_factory: the session has several editions*"])


@pytest.mark.parametrize("wide_first", [True, False])
def test_a_wide_interception_responds_only_alone(wide_first: bool) -> None:
    wide, narrow = FakeVoipbin(), FakeVoipbin()
    both = [Interception(wide, wide=True), Interception(narrow)]
    first, second = both if wide_first else both[::-1]
    with first, second:
        httpx.get(f"{URL}/me")
    assert (len(wide.requests), len(narrow.requests)) == (0, 1)
    with both[0]:
        httpx.get(f"{URL}/me")
    assert len(wide.requests) == 1


ADVICE = """
import re, socket, pytest
from pytest_providercalls import fake_voipbin

def advise():
    with pytest.raises(RuntimeError) as caught:
        socket.create_connection(("api.voipbin.net", 443))
    print("advice:", *re.findall("fix: *use (`.*?`)", str(caught.value)))

@pytest.fixture(scope="module")
def shared(voipbin_factory):
    with voipbin_factory():
        yield

def test_all(voipbin, request):
    advise()
    with fake_voipbin():
        advise()
    advise()
    # The shared fake starts last, and ends last.
    request.getfixturevalue("shared")

def test_shared():
    advise()
"""


def test_the_advice_names_what_the_test_has(bare_pytester: pytest.Pytester) -> None:
    bare_pytester.makepyfile(ADVICE)
    output = bare_pytester.runpytest("-s").stdout.str()
    advice = re.findall("advice: `(.*)`", output)
    assert advice == ["voipbin_tls", "fake_voipbin(tls=True)", "voipbin_tls", "voipbin_factory(tls=True)"]
