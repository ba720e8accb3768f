"""pycurl beside `voipbin_tls`: every handle reaches the fake, checks on, and none is changed outside the test."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from typing import Any
from urllib.parse import urlsplit

import certifi
import pytest
from pytest_providercalls.fake_server import FakeVoipbin

from pytest_providercalls.fixtures.server_fixtures import ServerHandle, ports
from pytest_providercalls.fixtures.tls_fixture import certificate_authority, tls_server

pycurl = pytest.importorskip("pycurl")

Serve = Callable[[], AbstractContextManager[ServerHandle]]
PING = "https://api.voipbin.net/ping"
PONG = b'{"message":"pong"}'


@pytest.fixture(scope="module")
def served() -> Iterator[Serve]:
    """What `voipbin_tls` does, as often as a test likes."""
    with ports() as opened, certificate_authority() as made:
        yield lambda: tls_server(opened, made, FakeVoipbin(), "test_it")


@pytest.fixture
def curl(voipbin_tls: ServerHandle) -> Iterator[Any]:
    with closing(pycurl.Curl()) as made:
        made.setopt(pycurl.URL, PING)
        yield made


def test_a_handle_needs_nothing_but_the_address(curl: Any) -> None:
    assert curl.perform_rb() == PONG


@pytest.mark.parametrize("url", ["https://API.VoIPbin.net/ping", "https://api.voipbin.net:443/ping"])
def test_other_ways_to_write_the_address(curl: Any, url: str) -> None:
    curl.setopt(pycurl.URL, url)
    assert curl.perform_rb() == PONG


def test_a_clients_own_certificates_are_no_hindrance(curl: Any) -> None:
    curl.setopt(pycurl.CAINFO, certifi.where())
    assert curl.perform_rb() == PONG


def test_a_handle_that_was_reset(curl: Any) -> None:
    curl.reset()
    curl.setopt(pycurl.URL, PING)
    assert curl.perform_rb() == PONG


def test_a_copy_of_a_handle(curl: Any) -> None:
    with closing(curl.duphandle()) as copy:
        curl.close()
        assert copy.perform_rb() == PONG


def test_many_at_once(voipbin_tls: ServerHandle) -> None:
    multi = pycurl.CurlMulti()
    handles, answers = [pycurl.Curl() for _ in range(3)], list[bytes]()
    for handle in handles:
        handle.setopt(pycurl.URL, PING)
        handle.setopt(pycurl.WRITEFUNCTION, answers.append)
        multi.add_handle(handle)
    while multi.perform()[1]:
        multi.select(1)
    for handle in handles:
        multi.remove_handle(handle)
        handle.close()
    multi.close()
    assert answers == [PONG] * 3


def test_a_class_of_the_clients_own(voipbin_tls: ServerHandle) -> None:
    class Own(pycurl.Curl):  # type: ignore[misc]
        pass

    with closing(Own()) as curl:
        curl.setopt(pycurl.URL, PING)
        assert curl.perform_rb() == PONG


def test_the_name_in_the_certificate_is_checked(curl: Any, voipbin_tls: ServerHandle) -> None:
    port = urlsplit(voipbin_tls.env["VOIPBIN_BASE_URL"]).port
    curl.setopt(pycurl.CONNECT_TO, [f"staging.voipbin.net:443:127.0.0.1:{port}"])
    curl.setopt(pycurl.URL, "https://staging.voipbin.net/ping")
    with pytest.raises(pycurl.error) as refused:
        curl.perform_rb()
    assert refused.value.args[0] == pycurl.E_PEER_FAILED_VERIFICATION


def test_a_proxy_of_the_environment_is_left_out(monkeypatch: pytest.MonkeyPatch, served: Serve) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    with served():
        curl = pycurl.Curl()
        curl.setopt(pycurl.URL, PING)
        assert curl.perform_rb() == PONG
        curl.close()


def test_pycurl_is_put_back(served: Serve) -> None:
    before = pycurl.Curl
    with served():
        assert pycurl.Curl is not before
    assert pycurl.Curl is before


def test_it_need_not_be_installed(monkeypatch: pytest.MonkeyPatch, served: Serve) -> None:
    monkeypatch.setitem(sys.modules, "pycurl", None)
    before = pycurl.Curl
    with served():
        assert pycurl.Curl is before
