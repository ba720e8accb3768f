"""Two tests that are meant to fail: what the guard does, and how a mistake is explained."""

from __future__ import annotations

import urllib.request

from carrierprobe import Probe


def test_a_call_to_the_real_api_is_stopped():
    """No fixture, another HTTP library, and an exception that is swallowed: the test fails all the same."""
    try:
        urllib.request.urlopen("https://api.voipbin.net/v1.0/providercalls", data=b"{}", timeout=1)
    except Exception:
        pass


def test_a_mistake_is_explained(voipbin, voipbin_customer_admin):
    """The wrong token: a customer's admin places no provider calls."""
    with Probe(voipbin_customer_admin.token) as probe:
        probe.place(voipbin.provider.id, "+12025550100", ["+12025550143"])
