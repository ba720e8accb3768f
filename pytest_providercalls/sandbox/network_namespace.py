"""A network namespace of one's own (Linux): nothing in it reaches anything but its own loopback."""

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
_NAME_SERVER_PORT: Final = 53


class NamespaceUnavailable(OSError):
    """The system does not allow a namespace."""


def unavailable_reason() -> str | None:
    """Why no namespace can be had here; None when it can. Tried in a process of its own, as there is no way back."""
    if not sys.platform.startswith("linux"):
        return f"there are none on {sys.platform}"
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            enter()
        except OSError as why:
            os.write(writer, str(why).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        reason = pipe.read()
    os.waitpid(child, 0)
    return reason or None


def enter() -> None:
    """Move this process, which has one thread only, into a namespace of its own, and bring its loopback up.

    Raises Refused where the system does not allow it.
    """
    user, group = os.getuid(), os.getgid()
    # With a user namespace no privilege is needed; root does without where it may, and so keeps its users.
    if user != 0 or not _unshare(_NEW_NET):
        if not _unshare(_NEW_USER | _NEW_NET):
            raise NamespaceUnavailable(f"the system does not allow one ({os.strerror(ctypes.get_errno())})")
        _keep_identity(user, group)
    try:
        _bring_up("lo")
    except OSError as why:
        raise NamespaceUnavailable(f"the system allows one, but not its loopback ({why.strerror})") from None


def name_server_socket(address: str) -> socket.socket:
    """The socket on which a name server of this namespace is asked, at any IPv4 address. Raises OSError."""
    asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        if not address.startswith("127."):
            # A label of its own for each: a second address of the same label would take the place of the first.
            _give_address(f"lo:{socket.inet_aton(address).hex()}", address)
        asked.bind((address, _NAME_SERVER_PORT))
    except OSError:
        asked.close()
        raise
    return asked


def _unshare(flags: int) -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.unshare(flags) == 0)


def _keep_identity(user: int, group: int) -> None:
    """Have this user and its group be the same inside as outside."""
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
