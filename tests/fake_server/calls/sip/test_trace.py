"""GET /timelines/calls/{call_id}/sip-analysis: the SIP messages of a call, as its ladder has them."""

from __future__ import annotations

from collections.abc import Callable
from email.parser import HeaderParser
from typing import Any

import pytest
from pytest_providercalls.contracts.http import Response
from pytest_providercalls.contracts.probes import UNKNOWN_ID
from pytest_providercalls.fake_server.wire.timestamps import parse_time
from pytest_providercalls.fake_server.world.records import Call

from .traced_calls import Trace

START = ["> INVITE", "< 100"]
ANSWERED = [*START, "< 180", "< 200", "> ACK"]
SERVERS = ("server-2026-04", "server-2026-08")
APRIL = "server-2026-04"


def headers(raw: str) -> dict[str, str]:
    head, separator, _ = raw.partition("\r\n\r\n")
    assert separator
    return dict(HeaderParser().parsestr(head.partition("\r\n")[2]).items())


def hang_up(trace: Trace) -> None:
    trace.api.post(f"/calls/{trace.call.id}/hangup")


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (lambda trace: trace.call.reject(486), [*START, "< 486", "> ACK"]),
        (lambda trace: trace.call.reject(404), [*START, "< 404", "> ACK"]),
        (lambda trace: trace.call.hangup("no_answer"), ["> INVITE"]),
        (hang_up, [*START, "> CANCEL", "< 200", "< 487", "> ACK"]),
        (lambda trace: trace.fake.clock.advance(61), [*START, "> CANCEL", "< 200", "< 487", "> ACK"]),
    ],
    ids=["busy", "failed", "silence", "cancelled", "timed out"],
)
def test_a_call_that_was_not_answered(end: Callable[[Trace], object], expected: list[str]) -> None:
    trace = Trace()
    end(trace)
    assert trace.methods() == expected
    assert trace.analysis()["rtcp_stats"] is None


@pytest.mark.parametrize("edition", ["documented", *SERVERS])
@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (lambda trace: trace.call.hangup(), ["< BYE", "> 200"]),
        (hang_up, ["> BYE", "< 200"]),
        (lambda trace: None, []),
    ],
    ids=["callee", "client", "nobody"],
)
def test_an_answered_call(edition: str, end: Callable[[Trace], object], expected: list[str]) -> None:
    trace = Trace(edition)
    trace.talk()
    end(trace)
    assert trace.methods() == [*ANSWERED, *expected]
    assert (trace.analysis()["rtcp_stats"] is None) is (trace.call.status != "hangup")


def test_the_quality_is_that_of_a_perfect_network() -> None:
    trace = Trace()
    trace.talk(10)
    trace.call.hangup()
    stats = trace.analysis()["rtcp_stats"]
    assert (stats["mos"], stats["packet_loss_pct"], stats["rtp_errors"]) == (4.4, 0, 0)
    # 50 packets per second and direction, each with 20 ms of G.711 after 12 bytes of header.
    assert (stats["rtp_packets"], stats["rtp_bytes"]) == (1000, 172_000)


def test_the_times_are_those_of_the_ladder_in_milliseconds() -> None:
    trace = Trace()
    trace.talk()
    trace.call.hangup()
    start = trace.call.tm_create
    times = {one["method"]: parse_time(one["timestamp"]) for one in trace.messages()}
    for method, phrase in (("INVITE", "INVITE"), ("180", "180 Ringing"), ("BYE", "BYE")):
        (line,) = (line for line in trace.fake.ladder(trace.call).splitlines() if f"  {phrase}" in line)
        at = times[method]
        assert at is not None
        seconds = (at - start).total_seconds()
        assert float(line.split()[0]) - 0.0015 < seconds < float(line.split()[0]) + 0.0015
        assert at.microsecond % 1000 == 0


def test_the_messages_belong_to_one_dialogue() -> None:
    trace = Trace()
    trace.talk()
    trace.call.hangup()
    found = [(one["method"], headers(one["raw"])) for one in trace.messages()]
    assert len({one["Call-ID"] for _, one in found}) == 1
    branches = {method: one["Via"].partition("branch=")[2] for method, one in found}
    # The ACK of a 2xx, and the BYE, are transactions of their own (RFC 3261, 17.1.1.3).
    assert branches["INVITE"] == branches["100"] == branches["180"] != branches["ACK"] != branches["BYE"]
    assert all(branch.startswith("z9hG4bK") for branch in branches.values())
    assert [one["CSeq"] for _, one in found] == [*["1 INVITE"] * 4, "1 ACK", "1 BYE", "1 BYE"]
    invite, bye = found[0][1], found[-2][1]
    assert (bye["To"], bye["From"].partition(";")[0]) == (invite["From"], invite["To"])


def test_the_ack_of_an_error_belongs_to_the_invite() -> None:
    trace = Trace()
    hang_up(trace)
    branches = {one["method"]: headers(one["raw"])["Via"] for one in trace.messages()}
    assert branches["CANCEL"] == branches["487"] == branches["ACK"] == branches["INVITE"]


def test_every_message_is_complete() -> None:
    trace = Trace(source={"type": "tel", "target": "+12025550100", "target_name": 'Ann "A" \\ \r\nB: c'})
    trace.talk()
    trace.call.hangup()
    for one in trace.messages():
        body = one["raw"].partition("\r\n\r\n")[2]
        assert int(headers(one["raw"])["Content-Length"]) == len(body.encode())
        assert ("m=audio" in body) is (one["method"] == "INVITE" or headers(one["raw"]).get("Content-Type") is not None)
        assert "B" not in headers(one["raw"])
    caller = headers(trace.messages()[0]["raw"])["From"]
    assert caller.startswith('"Ann \\"A\\" \\\\  B: c" <sip:+12025550100@')


def test_the_invite_has_the_headers_of_the_provider_but_none_of_voipbins_own() -> None:
    provider = {"tech_headers": {"X-Account": "42"}, "codecs": "G729,OPUS", "tech_prefix": "99"}
    invite = Trace(provider=provider).messages()[0]["raw"]
    assert headers(invite)["X-Account"] == "42"
    assert "VBOUT" not in invite
    assert invite.startswith("INVITE sip:99+1")
    assert "m=audio 20000 RTP/AVP 18 103 101\r\na=rtpmap:18 G729/8000\r\na=rtpmap:103 OPUS/8000\r\n" in invite


def test_an_anonymous_caller_is_hidden() -> None:
    invite = headers(Trace(anonymous="yes").messages()[0]["raw"])
    assert invite["From"].startswith('"Anonymous" <sip:anonymous@')
    assert invite["Privacy"] == "id"


@pytest.mark.parametrize(
    ("hostname", "address"),
    [
        ("203.0.113.7", ("203.0.113.7", 5060)),
        ("203.0.113.7:5080", ("203.0.113.7", 5080)),
        ("10.1.2.3:0", ("10.1.2.3", 5060)),
        ("sip.carrier.example:99999", ("198.51.100.41", 5060)),
        ("SIP.carrier.example", ("198.51.100.41", 5060)),
        ("[2001:db8::1]", ("198.51.100.83", 5060)),
    ],
)
def test_the_address_of_the_carrier(hostname: str, address: tuple[str, int]) -> None:
    message = Trace(provider={"hostname": hostname}).messages()[0]
    assert (message["dst_ip"], message["dst_port"]) == address
    assert (message["src_ip"], message["src_port"]) == ("192.0.2.10", 5060)


# errors


def refusal(response: Response) -> tuple[int, Any]:
    body = response.json()
    return response.status, body["error"]["reason"] if "error" in body else body["message"]


PATHS = ("sip-analysis", "pcap")


@pytest.mark.parametrize("edition", ["documented", *SERVERS])
def test_who_may_read_sip_messages(edition: str) -> None:
    trace, april = Trace(edition), edition == APRIL
    trace.talk()
    trace.call.customer_id = trace.fake.customer_admin.customer_id
    denied = (403, "permission denied" if april else "PERMISSION_DENIED")
    direct = (502, "upstream service unavailable") if april else (403, "DIRECT_ACCESS_NOT_SUPPORTED")
    for name in PATHS:
        path = f"/timelines/calls/{trace.call.id}/{name}"
        for role in ("customer_admin", "customer_manager", "super_admin"):
            assert trace.api.get(path, as_=role).status == 200
        for role in ("customer_agent", "other_admin"):
            assert refusal(trace.api.get(path, as_=role)) == denied
        assert refusal(trace.api.get(path, as_="direct")) == direct
        key = trace.api.get(path, as_=None, accesskey=trace.api.accesskey("customer_admin"))
        assert key.status == (403 if edition == "documented" else 200)


@pytest.mark.parametrize("edition", ["documented", *SERVERS])
def test_a_call_without_sip_messages(edition: str) -> None:
    trace, april = Trace(edition), edition == APRIL
    unknown = (404, "call not found" if april else "RESOURCE_NOT_FOUND")
    no_data = (404, "no SIP data available for this call" if april else "RESOURCE_NOT_FOUND")

    def refusals(call: Call | str) -> set[tuple[int, Any]]:
        id = call if isinstance(call, str) else call.id
        return {refusal(trace.api.get(f"/timelines/calls/{id}/{name}")) for name in PATHS}

    assert refusals(UNKNOWN_ID) == {unknown}
    if edition != "documented":
        assert refusals(trace.call) == {no_data}
    trace.call.orphan = True
    assert refusals(trace.call) == {no_data}
    trace.api.delete(f"/calls/{trace.call.id}")
    trace.fake.clock.advance(5)
    trace.call.tm_delete = trace.call.tm_create
    assert refusals(trace.call) == {unknown}
    assert [trace.api.get(f"/timelines/calls/nope/{name}").status for name in PATHS] == [400, 400]
