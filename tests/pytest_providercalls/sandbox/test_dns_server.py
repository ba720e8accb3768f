"""The DNS server of `providercalls guard`, over real sockets."""

from __future__ import annotations

import socket
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_providercalls.sandbox import dns_server

HOST = "api.guard.example"  # not the real one, for which the guard of this session sends no query


def query(name: str, kind: int = 1) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack("!HHHHHH", 0x1234, 0x0100, 1, 0, 0, 1) + labels + b"\0" + struct.pack("!HH", kind, 1) + b"more"


def test_every_lookup_gets_nxdomain_and_each_name_is_reported_once() -> None:
    names: list[str] = []
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    address = server.getsockname()
    with dns_server.serve_dns(server, names.append), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(10)
        for sent in (query(HOST), query(HOST.upper(), 28), query("other.example")):
            client.sendto(sent, address)
            response = client.recv(512)
            identity, flags, questions, answers, _, _ = struct.unpack_from("!HHHHHH", response)
            assert (identity, flags & 0x8000, flags & 0x000F, questions, answers) == (0x1234, 0x8000, 3, 1, 0)
            assert response[12:] == sent[12:-4]
    assert names == [HOST, "other.example"]


def test_a_known_host_has_an_ipv4_address_and_is_not_reported() -> None:
    names: list[str] = []
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    address = server.getsockname()
    known = {HOST: "127.9.8.7"}
    with dns_server.serve_dns(server, names.append, known), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(10)
        for sent, record in ((query("API.guard.example"), b"\x7f\x09\x08\x07"), (query(HOST, 28), b"")):
            client.sendto(sent, address)
            response = client.recv(512)
            _, flags, questions, answers, _, _ = struct.unpack_from("!HHHHHH", response)
            assert (flags & 0x000F, questions, answers) == (0, 1, bool(record))
            assert response[12:].startswith(sent[12:-4])
            assert response.endswith(record or sent[12:-4])
    assert names == []


@given(st.binary(max_size=80))
def test_any_query_is_parsed(query: bytes) -> None:
    name, end = dns_server._question(query)
    assert bool(name) == bool(end)
    assert end <= len(query)


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        (
            "nameserver 10.0.0.1\n# nameserver 10.0.0.2\nnameserver ::1\nnameserver 10.0.0.3 \n",
            ["10.0.0.1", "10.0.0.3"],
        ),
        ("search example.net\nnameserver\n", ["127.0.0.1"]),
        (None, ["127.0.0.1"]),
    ],
)
def test_dns_servers_in_resolv_conf(tmp_path: Path, text: str | None, addresses: list[str]) -> None:
    path = tmp_path / "resolv.conf"
    if text is not None:
        path.write_text(text)
    assert dns_server.configured_nameservers(path) == addresses
