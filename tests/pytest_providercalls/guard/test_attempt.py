"""The exception for a blocked attempt, and its message."""

from __future__ import annotations

import pickle

from pytest_providercalls.guard.attempt import Attempt, GuardedHostError, explain

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
