"""GET /timelines/calls/{call_id}/pcap: a capture that other programs can read."""

from __future__ import annotations

import shutil
import struct
import subprocess
from datetime import datetime, timezone
from ipaddress import IPv4Address
from pathlib import Path
from typing import NamedTuple

import pytest
from pytest_providercalls.fake_server.calls.sip.packets import pcap
from pytest_providercalls.fake_server.calls.sip.trace import SipMessage

from .traced_calls import Trace

TSHARK = shutil.which("tshark")
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Packet(NamedTuple):
    """What a reader finds in one packet."""

    at: float
    source: tuple[str, int]
    destination: tuple[str, int]
    payload: bytes


def ones_sum(data: bytes) -> int:
    """Return the sum of 16-bit words in one's complement, which is 0xffff if the checksum is correct."""
    data += b"\0" * (len(data) % 2)
    total = sum(data[i] << 8 | data[i + 1] for i in range(0, len(data), 2))
    while total > 0xFFFF:
        total = (total >> 16) + (total & 0xFFFF)
    return total


def read(capture: bytes) -> list[Packet]:
    """Read a capture, checking each length and checksum."""
    magic, major, minor, zone, accuracy, length, link = struct.unpack("<IHHiIII", capture[:24])
    assert (magic, major, minor, zone, accuracy, length, link) == (0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1)
    packets, rest = [], capture[24:]
    while rest:
        seconds, micros, captured, original = struct.unpack("<IIII", rest[:16])
        assert captured == original <= min(length, len(rest) - 16)
        frame, rest = rest[16 : 16 + captured], rest[16 + captured :]
        assert frame[12:14] == b"\x08\x00"
        header, datagram = frame[14:34], frame[34:]
        assert (header[0], header[9], struct.unpack("!H", header[2:4])[0]) == (0x45, 17, len(frame) - 14)
        assert ones_sum(header) == 0xFFFF
        source_port, destination_port, size, checksum = struct.unpack("!HHHH", datagram[:8])
        assert size == len(datagram)
        assert checksum != 0
        assert ones_sum(header[12:20] + struct.pack("!HH", 17, size) + datagram) == 0xFFFF
        hosts = [str(IPv4Address(header[start : start + 4])) for start in (12, 16)]
        at = seconds + micros / 1e6
        packets.append(Packet(at, (hosts[0], source_port), (hosts[1], destination_port), datagram[8:]))
    return packets


@pytest.mark.parametrize("edition", ["documented", "server-2026-04", "server-2026-08"])
def test_the_capture_has_the_messages_of_the_analysis(edition: str) -> None:
    trace = Trace(edition)
    trace.talk()
    trace.call.hangup()
    packets = read(trace.pcap())
    messages = trace.messages()
    assert [packet.payload.decode() for packet in packets] == [one["raw"] for one in messages]
    assert [packet.source for packet in packets] == [(one["src_ip"], one["src_port"]) for one in messages]
    assert [packet.destination for packet in packets] == [(one["dst_ip"], one["dst_port"]) for one in messages]
    assert packets[0].at == pytest.approx((trace.call.tm_create - EPOCH).total_seconds(), abs=1e-3)
    assert packets[-1].at - packets[0].at == pytest.approx(5, abs=0.1)


@pytest.mark.parametrize("size", [0, 1, 65_507, 65_508, 200_000])
@pytest.mark.parametrize("last", ["a", "\u20ac", "\udcff"])
def test_any_message_is_one_datagram(size: int, last: str) -> None:
    at = datetime(2026, 4, 21, 23, 15, 0, 999_999, tzinfo=timezone.utc)
    message = SipMessage(at, "INVITE", ("192.0.2.10", 5060), ("198.51.100.1", 65535), "x" * size + last)
    (packet,) = read(pcap([message]))
    assert packet.payload == ("x" * size + last).encode(errors="replace")[:65_507]
    assert packet.at == pytest.approx((at - EPOCH).total_seconds(), abs=1e-6)


def test_a_checksum_of_zero_is_written_as_ones() -> None:
    def packet(port: int) -> bytes:
        at = datetime(2026, 4, 21, tzinfo=timezone.utc)
        return pcap([SipMessage(at, "ACK", ("192.0.2.10", port), ("198.51.100.1", 5060), "ACK")])

    def checksum(port: int) -> int:
        found: int = struct.unpack("!H", packet(port)[24 + 16 + 14 + 20 + 6 :][:2])[0]
        return found

    # The checksum is the complement of a sum that includes the port. Zero would mean that there is none (RFC 768).
    port = 1 + checksum(1)
    assert (checksum(port - 1), checksum(port)) == (1, 0xFFFF)
    assert len(read(packet(port))) == 1


def test_a_capture_without_messages_is_only_a_header() -> None:
    assert read(pcap([])) == []


@pytest.mark.skipif(TSHARK is None, reason="needs tshark")
def test_tshark_reads_the_capture(tmp_path: Path) -> None:
    trace = Trace("server-2026-08", anonymous="yes")
    trace.talk()
    trace.call.hangup()
    file = tmp_path / "call.pcap"
    file.write_bytes(trace.pcap())
    fields = ("sip.Method", "sip.Status-Code", "sip.Call-ID", "ip.checksum.status", "udp.checksum.status", "_ws.expert")
    command = [str(TSHARK), "-r", str(file), "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"]
    command += ["-T", "fields", "-E", "separator=|", *(part for field in fields for part in ("-e", field))]
    output = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    rows = [line.split("|") for line in output.splitlines()]
    assert [row[0] or row[1] for row in rows] == [one["method"] for one in trace.messages()]
    assert len({row[2] for row in rows}) == 1
    # 1 means good; an expert note would be a complaint about the message.
    assert {tuple(row[3:]) for row in rows} == {("1", "1", "")}
