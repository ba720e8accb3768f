"""Checks in the methods of the socket classes, before anything leaves the machine.

`connect(("name", 443))` resolves the name in C before it raises the audit event. Without DNS the hook never sees the
name; with DNS the name has already left the machine. So these classes check first:

* `socket.socket`, whose methods are replaced,
* `_socket.socket`, which is replaced by a subclass, since a class in C cannot be changed. A copy of the socket module
  that another library loads later (eventlet does) inherits from it.
* `ssl.SSLSocket` and `ssl.SSLObject`, once they are loaded: a proxy may be reached over TLS, and a connection by IP
  address shows its host only there,
* the classes of libraries that resolve names in C: `uvloop.Loop` and `pycares.Channel` (aiodns), once they are loaded.
"""

from __future__ import annotations

import _socket
import functools
import socket
import sys
from collections.abc import Callable
from typing import Any, Final

Method = Callable[..., Any]
Check = Callable[[str, Any, tuple[Any, ...], dict[str, Any]], None]
"""Called with the name of a method, its object and its arguments; raises an exception to prevent the call."""

_METHODS: Final = ("connect", "connect_ex", "bind", "send", "sendall", "sendto", "sendmsg")
_LOOP: Final = ("getaddrinfo", "create_connection", "create_datagram_endpoint", "create_server", "sock_connect")
_LOADED_LATER: Final = (
    ("ssl", "SSLSocket", ("send", "write", "do_handshake")),
    ("ssl", "SSLObject", ("write",)),
    ("uvloop", "Loop", _LOOP),
    ("winloop", "Loop", _LOOP),
    ("pycares", "Channel", ("getaddrinfo", "gethostbyname", "query", "search")),
)
"""Modules that are not imported for the guard: their classes and methods."""
_SOCKET: Final = socket.socket
_IN_C: Final[type[_socket.socket]] = _socket.socket.__mro__[-2]
_ABSENT: Final = object()


class SocketChecks:
    """The checks, which can be installed and removed."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self._replaced: dict[tuple[Any, str], tuple[object, object]] = {}
        self._in_c = _checked_type(check)

    def install(self) -> None:
        """Replace what has not been replaced yet, and what another tool has restored in the meantime."""
        for name in _METHODS:
            replaced = self._replaced.get((_SOCKET, name))
            # After each test pytest-socket restores the methods that it found at import, which was before our check.
            if replaced is not None and getattr(_SOCKET, name) is getattr(_IN_C, name):
                setattr(_SOCKET, name, replaced[0])
            self._wrap(_SOCKET, name)
        for module, name in ((_socket, "socket"), (_socket, "SocketType"), (socket, "SocketType")):
            if getattr(module, name) is _IN_C:
                self._replace(module, name, self._in_c)
        self.include_loaded()

    def include_loaded(self) -> None:
        """Also check what is sent over TLS, and other libraries, if their modules are loaded."""
        for module, owner, names in _LOADED_LATER:
            # While it is being imported, it does not have its classes yet.
            found = getattr(sys.modules.get(module), owner, None)
            if found is not None:
                for name in names:
                    self._wrap(found, name)

    def remove(self) -> None:
        """Restore the classes."""
        while self._replaced:
            (owner, name), (check, before) = self._replaced.popitem()
            # Another tool may have replaced our check; do not remove its replacement.
            if vars(owner).get(name) is not check:
                continue
            if before is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, before)

    def _wrap(self, owner: type, name: str) -> None:
        if (owner, name) not in self._replaced and hasattr(owner, name):
            self._replace(owner, name, _with_check(self._check, name, getattr(owner, name)))

    def _replace(self, owner: Any, name: str, value: object) -> None:
        self._replaced[owner, name] = value, vars(owner).get(name, _ABSENT)
        setattr(owner, name, value)


class _InstancesAreThoseOfC(type):
    """The class of a replacement for `_socket.socket` that has the same instances and subclasses."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _IN_C) if _is_replacement(cls) else super().__instancecheck__(instance)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, _IN_C) if _is_replacement(cls) else super().__subclasscheck__(subclass)


def _is_replacement(cls: type) -> bool:
    # Its subclasses have the same class, but not its own marker.
    return "__replaces__" in vars(cls)


def _checked_type(check: Check) -> type:
    methods = {name: _with_check(check, name, getattr(_IN_C, name)) for name in _METHODS if hasattr(_IN_C, name)}
    names = {"__module__": "_socket", "__slots__": (), "__replaces__": _IN_C}
    return _InstancesAreThoseOfC("socket", (_IN_C,), {**names, **methods})


def _with_check(check: Check, name: str, original: Method) -> Method:
    @functools.wraps(original)
    def checked(self: Any, *arguments: Any, **keywords: Any) -> Any:
        __tracebackhide__ = True
        if name == "sendmsg" and arguments:
            # The buffers may come from an iterator, as in asyncio.
            arguments = (tuple(arguments[0]), *arguments[1:])
        check(name, self, arguments, keywords)
        return original(self, *arguments, **keywords)

    return checked
