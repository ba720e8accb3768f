"""The guard: no Python code in this process can reach a guarded host.

From top to bottom: the guard itself, and how the layers that it activates (an audit hook, checks on socket classes)
find the host of what happens. Python child processes load this module and its siblings by path, so these need only the
standard library and know nothing about pytest.
"""

from __future__ import annotations

import functools
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final, NoReturn

from .attempt import Attempt, GuardedHostError, is_typo
from .call_site import call_site
from .child_environment import keep_first
from .child_reports import append, this_process
from .commands import STARTS, Command, TooManyHosts
from .host_names import host_text, is_ip_address, is_loopback, matcher, may_cover_addresses, normalize, port_number
from .proxies import bypass_proxies, no_proxy, restore_proxies
from .sent_data import host_in
from .sockets import SocketChecks

DEFAULT_HOSTS: Final = ("*.voipbin.net",)
_TYPOS: Final = " and probable typos such as api.voipbin.com"
_TOO_MANY: Final = (
    "it names more hosts than the guard checks: pass the data of a request in a file, as in `curl -d @FILE`"
)
_CLOCKS: Final = (time.time() - time.monotonic(), time.monotonic)
"""Their sum is the system's time. Virtual time and freezegun do not replace what is inside a tuple."""


class Serving:
    """A block in which a name is one of a list."""

    # Not a generator, as of `contextmanager`, which takes three times as long: each test with a fake enters one.
    __slots__ = ("_name", "_names")

    def __init__(self, names: list[str], name: str) -> None:
        self._names = names
        self._name = name

    def __enter__(self) -> None:
        self._names.append(self._name)

    def __exit__(self, *_: object) -> None:
        # Not always the last one: a fixture of a wide scope may start during a test.
        self._names.remove(self._name)


class Guard:
    """Blocks and records every attempt to reach one of the hosts.

    A host is a name, an IP literal or a glob; `*.example.net` also matches `example.net`. A guard of DEFAULT_HOSTS also
    blocks names that are probably typos of VoIPbin's. Guards nest: the innermost one that matches the host blocks the
    call and records it. Loopback is never guarded.

    The process with the id `session` keeps its attempts; `session` defaults to this process. Any other process, forked
    or started, appends its attempts to the file `reports`, one JSON object per line.
    """

    def __init__(
        self,
        hosts: Iterable[str] = DEFAULT_HOSTS,
        reports: str | None = None,
        session: int | None = None,
        during: str = "start-up, before any test",
        serves: str = "",
    ) -> None:
        self.hosts: Final = tuple(normalize(host) for host in hosts)
        self.reports = reports
        self.session: Final = os.getpid() if session is None else session
        self.attempts: list[Attempt] = []
        self.announce: Callable[[], None] | None = None
        """Called whenever `during` changes."""
        self.collect: Callable[[], None] | None = None
        """Records the attempts that child processes have reported."""
        self.expectations: list[Callable[[Attempt], bool]] = []
        """Blocks that expect attempts: each returns whether it takes an attempt."""
        self._during = during
        self._serving = [serves] if serves else []
        self._blocks_typos = set(DEFAULT_HOSTS) <= set(self.hosts)
        self._matches = matcher(self.hosts)
        self.covers_addresses: Final = any(map(may_cover_addresses, self.hosts))
        """Whether an IP address may be guarded, and not only names."""
        self._proxies: dict[str, tuple[str | None, str]] = {}

    def install(self, *, outermost: bool = False) -> None:
        """Activate the guard, unless it is active.

        With `outermost`, every other guard takes precedence, and the parent process remains responsible for the proxy
        variables and the audit hook: child_site has both.
        """
        with _LOCK:
            if self in _ACTIVE:
                return
            if not outermost:
                _add_audit_hook()
            _SOCKETS.install()
            _ACTIVE.insert(0 if outermost else len(_ACTIVE), self)
            if not outermost:
                self._proxies = bypass_proxies(self.hosts)

    def remove(self) -> None:
        """Deactivate the guard, if it is active, and restore everything that it changed."""
        with _LOCK:
            if self not in _ACTIVE:
                return
            _ACTIVE.remove(self)
            restore_proxies(self._proxies, self.hosts)
            if not _ACTIVE:
                _SOCKETS.remove()

    @property
    def during(self) -> str:
        """What the session is doing, such as the node id of the running test."""
        return self._during

    @during.setter
    def during(self, text: str) -> None:
        self._during = text
        if self in _ACTIVE:
            _SOCKETS.install()
        if self.announce is not None:
            self.announce()

    @contextmanager
    def activity(self, text: str) -> Iterator[None]:
        """Attribute attempts to this activity inside the block."""
        before, self.during = self.during, text
        try:
            yield
        finally:
            self.during = before

    def serving(self, name: str) -> Serving:
        """Return a block in which what serves a fake has a name, such as a fixture, for advice to a test's author."""
        return Serving(self._serving, name)

    def guards(self, host: str) -> bool:
        """Return whether calls to this host are blocked."""
        name = normalize(host)
        return (self._matches(name) or (self._blocks_typos and is_typo(name))) and not is_loopback(name)

    def block(self, event: str, host: str, port: int | None, reason: str = "") -> NoReturn:
        """Record the attempt, then raise GuardedHostError."""
        __tracebackhide__ = True
        thread = threading.current_thread().name
        child = "" if os.getpid() == self.session else this_process()
        serves = self._serving[-1] if self._serving else ""
        attempt = Attempt(event, normalize(host), port, call_site(), self.during, thread, child, _now(), reason, serves)
        # Recorded first: client code may swallow the exception.
        if child and self.reports:
            append(attempt, self.reports)
        else:
            self.record(attempt)
        raise GuardedHostError(attempt)

    def record(self, attempt: Attempt) -> None:
        """Keep an attempt, unless a block expects it."""
        # An earlier test's child process may still be running.
        expected = attempt.during == self.during and any(takes(attempt) for takes in reversed(self.expectations))
        if not expected:
            self.attempts.append(attempt)

    def layers(self) -> list[str]:
        """List the layers, whether they are active, and what they cannot see."""
        active = "active" if self in _ACTIVE else "not active"
        return [
            f"hosts: {', '.join(self.hosts)}{_TYPOS if self._blocks_typos else ''}; loopback is never guarded",
            f"audit hook, {active}: every DNS lookup and connection through Python's sockets, in every thread",
            f"checks on socket classes, {active}: block a host name before the operating system resolves it",
            f"checks of what is sent, {active}: requests to proxies (HTTP, SOCKS), DNS queries, TLS handshakes and"
            " requests to other machines (HTTP, SIP) that name a host",
            f"NO_PROXY, {active}: {no_proxy(self.hosts) or 'cannot express any of these hosts'}",
            f"Python children, {'active' if self.announce else 'not active'}: each guards itself and reports here",
            f"commands, {active}: curl, wget and similar programs are not started if an argument names a guarded host",
            "not seen: all other child processes (Node, Go), and Python ones older than 3.9, started with -I, -E or -S,"
            " or without our PYTHONPATH and PROVIDERCALLS_GUARD; use `providercalls guard` for these",
            "not seen: C libraries with their own sockets (pycurl, gRPC, uvloop if it connects by IP address)",
            "not seen: connections by IP address that do not name the host, unless that address is guarded",
            "not seen: DNS over HTTPS, and requests to proxies that are sent in pieces or by a C library",
            "not seen: plugins that were loaded before this one, until then",
            "not seen: child processes that outlive the session, and the end of a process by os._exit() or a signal",
        ]


def refuse(event: str, host: str, port: int | None, reason: str) -> NoReturn:
    """Block an attempt that no socket sees, and record it unless the guard is disabled. Raises GuardedHostError."""
    __tracebackhide__ = True
    for guard in reversed(_ACTIVE):
        if guard.guards(host):
            guard.block(event, host, port, reason)
    thread = threading.current_thread().name
    raise GuardedHostError(
        Attempt(event, normalize(host), port, call_site(), "a test", thread, at=_now(), reason=reason)
    )


def active_guards() -> tuple[Guard, ...]:
    """Return the active guards, the innermost last."""
    return tuple(_ACTIVE)


def active_guard(hosts: Iterable[str]) -> Guard | None:
    """Return the innermost active guard, if the active guards cover each of these hosts or globs."""
    covered = {host for guard in _ACTIVE for host in guard.hosts}
    return _ACTIVE[-1] if _ACTIVE and covered.issuperset(map(normalize, hosts)) else None


def _now() -> float:
    started, monotonic = _CLOCKS
    return started + monotonic()


# --- the layers ------------------------------------------------------------------------------------------------

# The only state outside a Guard: an audit hook cannot be removed, so it consults this stack. It is a stack because a
# pytest session may run inside another (pytester).
_ACTIVE: Final[list[Guard]] = []
_LOCK: Final = threading.RLock()


def _check(event: str, host: object, port: object) -> None:
    __tracebackhide__ = True
    name = host_text(host)
    if name is None:
        return
    for guard in reversed(_ACTIVE):
        if guard.guards(name):
            guard.block(event, name, port_number(port))


def _check_address(event: str, address: object) -> None:
    __tracebackhide__ = True
    # The address of a Unix socket is a path, not a tuple.
    if not isinstance(address, tuple) or not address:
        return
    # An IP address to bind to is one of this machine, but a name is looked up.
    if event != "bind" or not is_ip_address(host_text(address[0]) or ""):
        _check(event, address[0], address[1] if len(address) > 1 else None)


def _check_lookup(event: str, arguments: tuple[Any, ...]) -> None:
    __tracebackhide__ = True
    _check(event.removeprefix("socket."), arguments[0], arguments[1] if len(arguments) > 1 else None)


def _check_loaded(_event: str, _arguments: tuple[Any, ...]) -> None:
    # Before its first connection, every library creates a socket, but uvloop never connects one of Python's.
    _SOCKETS.include_loaded()


def _check_connection(event: str, arguments: tuple[Any, ...]) -> None:
    __tracebackhide__ = True
    _check_address(event.removeprefix("socket."), arguments[-1])


def _check_start(event: str, arguments: tuple[Any, ...]) -> None:
    __tracebackhide__ = True
    # The os module has already converted the environment that it is given.
    given = arguments[STARTS[event].environment or 0] if event == "subprocess.Popen" else None
    keep_first(os.environ if given is None else given)
    command, guards = Command(event, arguments), active_guards()
    hosts = command.hosts(addresses=any(guard.covers_addresses for guard in guards))
    try:
        host = next((host for host in hosts if any(guard.guards(host) for guard in guards)), None)
    except TooManyHosts as error:
        if guards and command.is_client():
            guards[-1].block(event, str(error), None, _TOO_MANY)
        return
    # Whether it is a client comes last, because it may take a search for its program.
    if host is not None and command.is_client():
        _check(event, host, None)


_CHECKS: Final[dict[str, Callable[[str, tuple[Any, ...]], None]]] = {
    **dict.fromkeys(("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"), _check_lookup),
    **dict.fromkeys(
        ("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getnameinfo"), _check_connection
    ),
    "socket.__new__": _check_loaded,
    **dict.fromkeys(STARTS, _check_start),
}
AUDITED: Final = frozenset(_CHECKS)
"""The audit events that may reach a host."""


def check(event: str, arguments: tuple[Any, ...]) -> None:
    """The audit hook: blocks events that would reach a guarded host."""
    __tracebackhide__ = True
    # Python calls it for each event, of which almost all are irrelevant: so nothing comes before this line.
    if event in AUDITED and _ACTIVE:
        _CHECKS[event](event, arguments)


@functools.cache
def _add_audit_hook() -> None:
    sys.addaudithook(check)


_ADDRESSED: Final = {"connect": 0, "connect_ex": 0, "bind": 0, "sendto": -1, "sendmsg": 3}
"""The methods of a socket with an address, and its place in the arguments."""
_SENDING: Final = frozenset({"send", "sendall", "sendto", "sendmsg", "write"})
_NAMING: Final = ("host", "name", "remote_addr", "local_addr")
"""The arguments of other libraries with a host or an address."""


def _check_call(name: str, owner: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> None:
    """Check a call of a method of a socket, or of a library with its own sockets or resolver."""
    __tracebackhide__ = True
    if not _ACTIVE:
        return
    if name in _ADDRESSED or name in _SENDING:
        _check_method(name, owner, arguments)
    elif name == "do_handshake":
        host = getattr(owner, "server_hostname", None)
        if host and not _is_local(owner):
            _check(name, host, None)
    else:
        for value in (*arguments, *(keywords[key] for key in _NAMING if key in keywords)):
            _check(name, value, None)
            _check_address(name, value)


def _check_method(name: str, sock: Any, arguments: tuple[Any, ...]) -> None:
    __tracebackhide__ = True
    address: tuple[Any, ...] = ()
    if name in _ADDRESSED:
        _SOCKETS.include_loaded()
        address = arguments[_ADDRESSED[name] :][:1]
        if address:
            _check_address(name, address[0])
    if name in _SENDING and arguments:
        sent = host_in(*arguments[0]) if name == "sendmsg" else host_in(arguments[0])
        # A fake may have the name of the host, and have been reached by its address.
        if sent is not None and not (sent.is_peer and _is_local(sock, *address)):
            _check(name, sent.host, sent.port)


def _is_local(sock: Any, address: object = None) -> bool:
    """Return whether a socket sends to this machine, or to an address that it does not know."""
    try:
        peer = address if isinstance(address, tuple) else sock.getpeername()
    except (OSError, AttributeError):
        return True
    # The address of a Unix socket is a path.
    return not isinstance(peer, tuple) or is_loopback(normalize(host_text(peer[0]) or ""))


_SOCKETS: Final = SocketChecks(_check_call)
