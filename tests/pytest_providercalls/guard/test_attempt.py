"""The exception for a blocked attempt, and its message."""

from __future__ import annotations

import pickle

import pytest

from pytest_providercalls.guard.attempt import Attempt, GuardedHostError, explain, is_typo
from pytest_providercalls.guard.guard import Guard

from .inner_suite import HOST

ATTEMPT = Attempt("connect", HOST, 443, "/home/me/test_x.py:7", "test_x.py::test_y", "MainThread")


def test_the_exception_survives_pickling() -> None:
    copy = pickle.loads(pickle.dumps(GuardedHostError(ATTEMPT)))
    assert type(copy) is GuardedHostError
    assert (copy.attempt, str(copy)) == (ATTEMPT, explain(ATTEMPT))


def test_the_exception_is_not_an_oserror() -> None:
    assert not isinstance(GuardedHostError(ATTEMPT), OSError)


def test_the_message_says_what_why_and_how_to_fix_it() -> None:
    assert explain(ATTEMPT).splitlines() == [
        "providercalls blocked socket.connect to api.voipbin.net:443",
        "  from:   /home/me/test_x.py:7 (thread MainThread)",
        "  during: test_x.py::test_y",
        "  why:    the real VoIPbin places billable phone calls, so no test may connect to it",
        "  fix:    use the `voipbin` fixture: an in-process fake then serves every httpx and httpx2 client.",
        "          For other libraries (requests, aiohttp, urllib3, http.client, ...) use `voipbin_tls`.",
        "  To disable the guard for the whole run, set `providercalls_guard = off: <reason>`.",
    ]


def test_the_message_names_a_child_process_and_a_command() -> None:
    text = explain(ATTEMPT._replace(event="os.exec", process="`python dial.py` (pid 7)"))
    assert text.startswith("providercalls blocked os.exec to ")
    assert "(thread MainThread of the child process `python dial.py` (pid 7))" in text


TYPOS = """
    api.voipbin.com voipbin.org www.voipbin.io api.voipbin.nte api.voipbim.net api.voippbin.net api.vopbin.net
    api.viopbin.net apivoipbin.net api-voipbin.net api.voipbin.ne
"""
OTHERS = """
    api.voipbin.net voipbin.net sip.voipbin.net voipbin api.voipbin voipbin.test api.voipbin.local voipbin.localhost
    voipbin.internal api.voipbin.example api.voip.net api.example.net example.net voipbin.net.example notvoipbin.com
    api.voipbin.svc.cluster.local 192.0.2.1 xapi.vopbin.net
"""


@pytest.mark.parametrize("host", TYPOS.split())
def test_typos(host: str) -> None:
    assert is_typo(host)
    assert Guard().guards(host.upper() + ".")
    assert not Guard(["*.example.net"]).guards(host)
    text = explain(ATTEMPT._replace(host=host, serves="voipbin"))
    assert f"why:    {host} is probably a typo of api.voipbin.net, " in text


@pytest.mark.parametrize("host", OTHERS.split())
def test_other_hosts_are_not_typos(host: str) -> None:
    assert not is_typo(host)


@pytest.mark.parametrize(
    ("changes", "advice"),
    [
        ({"serves": "voipbin"}, "use `voipbin_tls`: this test has `voipbin`, which serves only httpx"),
        ({"serves": "fake_voipbin"}, "use `fake_voipbin(tls=True)`: this test has `fake_voipbin`, which serves only"),
        ({"serves": "fake_voipbin(tls=True)", "port": 80}, "has `fake_voipbin(tls=True)`, which serves https://api."),
        ({"serves": "voipbin_tls", "port": 8443}, "`voipbin_tls`, which serves https://api.voipbin.net and no other"),
        ({"serves": "voipbin", "host": "sip.voipbin.net"}, "has `voipbin`, which serves api.voipbin.net and no other"),
        (
            {"process": "`python` (pid 7)", "serves": "voipbin"},
            "use the `voipbin_server` fixture, and start the child",
        ),
    ],
)
def test_the_advice_depends_on_what_the_test_has(changes: dict[str, object], advice: str) -> None:
    text = explain(ATTEMPT._replace(**changes))  # type: ignore[arg-type]
    assert advice in text
    assert "use the `voipbin` fixture" not in text
