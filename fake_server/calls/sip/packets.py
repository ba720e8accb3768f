"""A pcap file of SIP messages: Ethernet, IPv4 and UDP, readable with Wireshark."""

from __future__ import annotations

import socket
import struct
from collections.abc import Sequence

from .addresses import SocketAddress
from .trace import SipMessage

_MAGIC = 0xA1B2C3D4
_VERSION = (2, 4)
_SNAPSHOT_LENGTH = 262_144
"""No packet is longer: that of other programs, since a frame is longer than its IP packet of at most 65,535 bytes."""
_ETHERNET = 1
_MAC_ADDRESSES = bytes.fromhex("0200000000020200000000010800")
"""The destination, the source (both locally administered), and the type of an IPv4 frame."""
_UDP = 17
_UDP_HEADER, _IP_HEADER = 8, 20
_MAX_PAYLOAD = 65535 - _IP_HEADER - _UDP_HEADER
_TIME_TO_LIVE = 64


def pcap(messages: Sequence[SipMessage]) -> bytes:
    """Return a pcap file with one packet for each message, at its time."""
    header = struct.pack("<IHHiIII", _MAGIC, *_VERSION, 0, 0, _SNAPSHOT_LENGTH, _ETHERNET)
    return header + b"".join(_record(number, message) for number, message in enumerate(messages))


def _record(number: int, message: SipMessage) -> bytes:
    # A datagram has a maximum size. A longer message, which a network would carry over TCP, is cut.
    frame = _MAC_ADDRESSES + _ip_packet(number, message, message.raw.encode(errors="replace")[:_MAX_PAYLOAD])
    seconds = int(message.at.timestamp())
    return struct.pack("<IIII", seconds, message.at.microsecond, len(frame), len(frame)) + frame


def _ip_packet(number: int, message: SipMessage, payload: bytes) -> bytes:
    datagram = _datagram(message.source, message.destination, payload)
    total = _IP_HEADER + len(datagram)
    addresses = _ip(message.source) + _ip(message.destination)
    header = struct.pack("!BBHHHBBH", 0x45, 0, total, number, 0, _TIME_TO_LIVE, _UDP, 0) + addresses
    return header[:10] + _checksum(header) + header[12:] + datagram


def _datagram(source: SocketAddress, destination: SocketAddress, payload: bytes) -> bytes:
    length = _UDP_HEADER + len(payload)
    header = struct.pack("!HHHH", source[1], destination[1], length, 0)
    pseudo = _ip(source) + _ip(destination) + struct.pack("!HH", _UDP, length)
    # A checksum of zero means that there is none.
    checksum = _checksum(pseudo + header + payload).replace(b"\0\0", b"\xff\xff")
    return header[:6] + checksum + payload


def _ip(address: SocketAddress) -> bytes:
    return socket.inet_aton(address[0])


def _checksum(data: bytes) -> bytes:
    """Return the internet checksum (RFC 1071)."""
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!H", ~total & 0xFFFF)
