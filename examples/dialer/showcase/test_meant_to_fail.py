"""Two tests that fail on purpose: the guard blocks a real call, and a mistake is explained."""

from __future__ import annotations

import urllib.request

from carrierprobe import Probe


def test_a_call_to_the_real_api_is_blocked():
    """Without a fixture, with another HTTP library, and with a swallowed exception, the test still fails."""
    try:
        urllib.request.urlopen("https://api.voipbin.net/v1.0/providercalls", data=b"{}", timeout=1)
    except Exception:
        pass


def test_a_mistake_is_explained(voipbin, voipbin_customer_admin):
    """The wrong token: a customer admin may not place provider calls."""
    with Probe(voipbin_customer_admin.token) as probe:
        probe.place(voipbin.provider.id, "+12025550100", ["+12025550143"])
