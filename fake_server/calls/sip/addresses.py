"""The addresses of VoIPbin and of carriers in a capture.

Those that nobody knows are from the networks reserved for documentation (RFC 5737).
"""

from __future__ import annotations

import ipaddress
import re
import zlib

SocketAddress = tuple[str, int]
"""An IPv4 address and a port."""
_SIP_PORT = 5060
VOIPBIN: SocketAddress = ("192.0.2.10", _SIP_PORT)
_CARRIERS = "198.51.100."
_HOST_AND_PORT = re.compile(r"(?:sips?:)?(?:.*@)?([^@:;?]*)(?::([0-9]{1,5}))?(?:[;?].*)?", re.DOTALL).fullmatch
_MAX_PORT = 65535


def carrier_address(uri: str) -> SocketAddress:
    """Return the address to which an INVITE goes: that of the URI, or one that stands for its host."""
    found = _HOST_AND_PORT(uri)
    host, port = found.groups(default="") if found else (uri, "")
    number = int(port or _SIP_PORT)
    return _ip_address(host), number if 0 < number <= _MAX_PORT else _SIP_PORT


def _ip_address(host: str) -> str:
    try:
        return str(ipaddress.IPv4Address(host))
    except ValueError:
        return f"{_CARRIERS}{zlib.crc32(host.lower().encode(errors='replace')) % 254 + 1}"
