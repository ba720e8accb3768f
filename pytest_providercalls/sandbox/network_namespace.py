"""A separate network namespace (Linux): processes in it can reach only its own loopback."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import sys
from typing import Final

# <linux/sched.h>, <linux/sockios.h> and <linux/if.h>; the same on every architecture.
_NEW_USER: Final = 0x10000000
_NEW_NET: Final = 0x40000000
_GET_FLAGS: Final = 0x8913
_SET_FLAGS: Final = 0x8914
_SET_ADDRESS: Final = 0x8916
_UP: Final = 1
_DNS_PORT: Final = 53


class NamespaceUnavailable(OSError):
    """The system does not allow a network namespace."""


def unavailable_reason() -> str | None:
    """Return why this system has no namespaces, or None. Tried in a child process, because entering is irreversible."""
    if not sys.platform.startswith("linux"):
        return f"not supported on {sys.platform}"
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            enter()
        except OSError as error:
            os.write(writer, str(error).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        reason = pipe.read()
    os.waitpid(child, 0)
    return reason or None


def enter() -> None:
    """Move this process into a new namespace, and bring up its loopback. The process must have only one thread.

    Raises NamespaceUnavailable if the system does not allow it.
    """
    user, group = os.getuid(), os.getgid()
    # A user namespace makes privileges unnecessary. Root avoids it if possible, to keep all its users.
    if user != 0 or not _unshare(_NEW_NET):
        if not _unshare(_NEW_USER | _NEW_NET):
            raise NamespaceUnavailable(f"the system does not allow one ({os.strerror(ctypes.get_errno())})")
        _keep_identity(user, group)
    try:
        _bring_up("lo")
    except OSError as error:
        raise NamespaceUnavailable(f"the system allows one, but not its loopback ({error.strerror})") from None


def dns_socket(address: str) -> socket.socket:
    """Return the socket of a DNS server in this namespace, at any IPv4 address. Raises OSError."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        if not address.startswith("127."):
            # Each address needs its own label: a second address with the same label would replace the first.
            _give_address(f"lo:{socket.inet_aton(address).hex()}", address)
        server.bind((address, _DNS_PORT))
    except OSError:
        server.close()
        raise
    return server


def _unshare(flags: int) -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.unshare(flags) == 0)


def _keep_identity(user: int, group: int) -> None:
    """Map this user and its group to themselves inside the namespace."""
    for name, line in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(line)


def _bring_up(interface: str) -> None:
    from fcntl import ioctl

    request = struct.Struct("16sh14x")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        name = interface.encode()
        _, flags = request.unpack(ioctl(any_socket, _GET_FLAGS, request.pack(name, 0)))
        ioctl(any_socket, _SET_FLAGS, request.pack(name, flags | _UP))


def _give_address(interface: str, address: str) -> None:
    from fcntl import ioctl

    written = struct.pack("H2x4s8x", socket.AF_INET, socket.inet_aton(address))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        ioctl(any_socket, _SET_ADDRESS, struct.pack("16s16s", interface.encode(), written))
