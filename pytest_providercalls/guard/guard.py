"""The guard: no Python code in this process can reach a guarded host.

From top to bottom: the guard itself, host names, reports of child processes, and the layers that the guard activates
(an audit hook, checks on `socket.socket`, the proxy variables). Python child processes load this module and its
siblings `attempt` and `call_site` by path, so these need only the standard library and know nothing about pytest.
"""

from __future__ import annotations

import _socket
import fnmatch
import functools
import json
import os
import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, NoReturn

from .attempt import Attempt, GuardedHostError, is_typo
from .call_site import call_site

DEFAULT_HOSTS: Final = ("*.voipbin.net",)
_TYPOS: Final = " and probable typos such as api.voipbin.com"
_CLOCKS: Final = (time.time() - time.monotonic(), time.monotonic)
"""Their sum is the system's time. Virtual time and freezegun do not replace what is inside a tuple."""


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
        self.hosts: Final = tuple(_normal(host) for host in hosts)
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
        self._matches = _matcher(self.hosts)
        self._proxies: dict[str, tuple[str | None, str]] = {}

    def install(self, *, outermost: bool = False) -> None:
        """Activate the guard, unless it is active.

        With `outermost`, every other guard takes precedence, and the parent process remains responsible for the proxy
        variables.
        """
        with _LOCK:
            if self in _ACTIVE:
                return
            _add_audit_hook()
            _check_python_sockets()
            _ACTIVE.insert(0 if outermost else len(_ACTIVE), self)
            if not outermost:
                self._proxies = _bypass_proxies(self.hosts)

    def remove(self) -> None:
        """Deactivate the guard, if it is active, and restore everything that it changed."""
        with _LOCK:
            if self not in _ACTIVE:
                return
            _ACTIVE.remove(self)
            _restore_proxies(self._proxies, self.hosts)
            if not _ACTIVE:
                _release_python_sockets()

    @property
    def during(self) -> str:
        """What the session is doing, such as the node id of the running test."""
        return self._during

    @during.setter
    def during(self, text: str) -> None:
        self._during = text
        if self in _ACTIVE:
            _check_python_sockets()
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

    @contextmanager
    def serving(self, name: str) -> Iterator[None]:
        """Name what serves a fake inside the block, such as a fixture, for advice to the author of a test."""
        self._serving.append(name)
        try:
            yield
        finally:
            # Not always the last one: a fixture of a wide scope may start during a test.
            self._serving.remove(name)

    def guards(self, host: str) -> bool:
        """Return whether calls to this host are blocked."""
        name = _normal(host)
        return not re.fullmatch(_LOOPBACK, name) and (self._matches(name) or (self._blocks_typos and is_typo(name)))

    def block(self, event: str, host: str, port: int | None, reason: str = "") -> NoReturn:
        """Record the attempt, then raise GuardedHostError."""
        __tracebackhide__ = True
        thread = threading.current_thread().name
        child = "" if os.getpid() == self.session else _this_process()
        serves = self._serving[-1] if self._serving else ""
        attempt = Attempt(event, _normal(host), port, call_site(), self.during, thread, child, _now(), reason, serves)
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
            f"checks on socket.socket, {active}: block a host name before the operating system resolves it",
            f"NO_PROXY, {active}: {_no_proxy(self.hosts) or 'cannot express any of these hosts'}",
            f"Python children, {'active' if self.announce else 'not active'}: each guards itself and reports here",
            f"commands, {active}: curl, wget and similar programs are not started if an argument names a guarded host",
            "not seen: all other child processes (Node, Go), and Python ones older than 3.9, started with -I, -E or -S,"
            " or without our PYTHONPATH and PROVIDERCALLS_GUARD; use `providercalls guard` for these",
            "not seen: C libraries with their own sockets or DNS lookups (pycurl, uvloop, c-ares)",
            "not seen: connections by IP address without a DNS lookup, unless that address is guarded",
            "not seen: proxies that are passed explicitly or taken from the system settings",
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
    raise GuardedHostError(Attempt(event, _normal(host), port, call_site(), "a test", thread, at=_now(), reason=reason))


def active_guards() -> tuple[Guard, ...]:
    """Return the active guards, the innermost last."""
    return tuple(_ACTIVE)


def active_guard(hosts: Iterable[str]) -> Guard | None:
    """Return the innermost active guard, if the active guards cover each of these hosts or globs."""
    covered = {host for guard in _ACTIVE for host in guard.hosts}
    return _ACTIVE[-1] if _ACTIVE and covered.issuperset(map(_normal, hosts)) else None


# --- host names ------------------------------------------------------------------------------------------------

# The patterns in this module are compiled on first use: that keeps start-up fast.
_LOOPBACK: Final = r"|localhost|(::ffff:)?127(\.\d+){1,3}|::1|::|0\.0\.0\.0"


def _normal(host: str) -> str:
    # "user:password@host" is not a host name, but broken URL handling passes it on.
    name = host.rpartition("@")[2]
    if not name.isascii():
        name = _ascii(name)
    return name.lower().removesuffix(".")


def _ascii(name: str) -> str:
    # The socket module does the same, and so converts full-width letters and dots to plain ones.
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


def _matcher(hosts: tuple[str, ...]) -> Callable[[str], bool]:
    globs = [*hosts, *(host[2:] for host in hosts if host.startswith("*."))]
    pattern = re.compile("|".join(fnmatch.translate(glob) for glob in globs) or r"(?!)")
    return lambda name: pattern.match(name) is not None


def _text(host: object) -> str | None:
    if isinstance(host, (bytes, bytearray)):
        return host.decode("ascii", "replace")
    return host if isinstance(host, str) else None


def _number(port: object) -> int | None:
    text = port if isinstance(port, int) else _text(port)
    return int(text) if text is not None and str(text).isdecimal() else None


# --- child processes -------------------------------------------------------------------------------------------


def _now() -> float:
    started, monotonic = _CLOCKS
    return started + monotonic()


def _this_process() -> str:
    # Without the arguments, which may include a token.
    program = os.path.basename(sys.executable or "python")
    return f"`{' '.join([program, *sys.argv[:1]])}` (pid {os.getpid()})"


def append(attempt: Attempt, reports: str) -> None:
    """Append an attempt to a file of reports, if the file still exists."""
    line = json.dumps(attempt._asdict()) + "\n"
    # Without O_CREAT: a child process that outlives its session must not leave a file behind.
    with suppress(OSError):
        file = os.open(reports, os.O_WRONLY | os.O_APPEND)
        try:
            os.write(file, line.encode())
        finally:
            os.close(file)


# --- the layers ------------------------------------------------------------------------------------------------

# The only state outside a Guard: an audit hook cannot be removed, so it consults this stack. It is a stack because a
# pytest session may run inside another (pytester).
_ACTIVE: Final[list[Guard]] = []
_LOCK: Final = threading.RLock()


def _check(event: str, host: object, port: object) -> None:
    __tracebackhide__ = True
    name = _text(host)
    if name is None:
        return
    for guard in reversed(_ACTIVE):
        if guard.guards(name):
            guard.block(event, name, _number(port))


def _check_address(event: str, address: object) -> None:
    __tracebackhide__ = True
    # The address of a Unix socket is a path, not a tuple.
    if isinstance(address, tuple) and address:
        _check(event, address[0], address[1] if len(address) > 1 else None)


_LOOKUPS: Final = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"})
_CONNECTIONS: Final = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})


def check(event: str, arguments: tuple[Any, ...]) -> None:
    """The audit hook: blocks events that would reach a guarded host."""
    __tracebackhide__ = True
    if not _ACTIVE:
        return
    if event in _LOOKUPS:
        _check(event.removeprefix("socket."), arguments[0], arguments[1] if len(arguments) > 1 else None)
    elif event in _CONNECTIONS:
        _check_address(event.removeprefix("socket."), arguments[1])
    elif event in _STARTS:
        _check_command(event, arguments[_STARTS[event]])


# Other child processes cannot guard themselves, but the arguments of many name their host. Only network clients are
# checked, since a commit message may name any host.
_CLIENTS: Final = r"(?<![\w.-])(curl|wget|https?|xh|nc|ncat|netcat|socat|telnet|openssl|ssh)(?![\w.:-])"
_HOST: Final = r"[\w-]+(?:\.[\w-]+)+"
_STARTS: Final = {"subprocess.Popen": 1, "os.system": 0, "os.exec": 1, "os.posix_spawn": 1, "os.spawn": 2}
"""The audit events that start a command, each with the index of the command in its arguments."""


def _check_command(event: str, command: object) -> None:
    __tracebackhide__ = True
    words = command if isinstance(command, (list, tuple)) else [command]
    text = " ".join(os.fsdecode(word) for word in words if isinstance(word, (str, bytes, os.PathLike)))
    if re.search(_CLIENTS, text):
        for host in re.findall(_HOST, text):
            _check(event, host, None)


@functools.cache
def _add_audit_hook() -> None:
    sys.addaudithook(check)


# `connect(("name", 443))` resolves the name in C before it raises the audit event. Without DNS the hook never sees the
# name; with DNS the name has already left the machine. So the Python class checks first.
_SOCKET: Final = socket.socket
_CHECKED: Final = tuple(name for name in ("connect", "connect_ex", "sendto", "sendmsg") if hasattr(_SOCKET, name))
_ABSENT: Final = object()
_replaced: Final[dict[str, tuple[object, object]]] = {}


def _check_python_sockets() -> None:
    for name in _CHECKED:
        if name not in _replaced:
            check = _with_check(name, getattr(_SOCKET, name))
            _replaced[name] = (check, vars(_SOCKET).get(name, _ABSENT))
            setattr(_SOCKET, name, check)
        elif getattr(_SOCKET, name) is getattr(_socket.socket, name):
            # After each test pytest-socket restores the methods that it found at import, which was before our check.
            setattr(_SOCKET, name, _replaced[name][0])


def _release_python_sockets() -> None:
    while _replaced:
        name, (check, before) = _replaced.popitem()
        # Another tool may have replaced our check; do not remove its replacement.
        if vars(_SOCKET).get(name) is not check:
            continue
        if before is _ABSENT:
            delattr(_SOCKET, name)
        else:
            setattr(_SOCKET, name, before)


def _with_check(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def checked(self: socket.socket, *arguments: Any) -> Any:
        __tracebackhide__ = True
        # All four methods take the address last.
        if arguments:
            _check_address(name, arguments[-1])
        return original(self, *arguments)

    return checked


def _bypass_proxies(hosts: tuple[str, ...]) -> dict[str, tuple[str | None, str]]:
    """Exclude these hosts from proxies; return the old and new value of each variable."""
    # With a proxy, a process resolves and connects to the proxy only, so the guarded name is never seen.
    before = {name: os.environ.get(name) for name in ("NO_PROXY", "no_proxy")}
    either = before["no_proxy"] or before["NO_PROXY"]
    changes = {}
    for name, value in before.items():
        # "*" disables every proxy, but only if it is the whole value.
        if (value or either or "").strip() != "*":
            os.environ[name] = ",".join(filter(None, (value or either, _no_proxy(hosts))))
            changes[name] = value, os.environ[name]
    return changes


def _restore_proxies(changes: dict[str, tuple[str | None, str]], hosts: tuple[str, ...]) -> None:
    for name, (before, after) in changes.items():
        now = os.environ.get(name)
        # If another guard was installed later, remove only the hosts that this one added.
        value = before if now in (None, after) else _without(now or "", _no_proxy(hosts))
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _without(value: str, added: str) -> str | None:
    left = f",{value},".replace(f",{added},", ",", 1).strip(",")
    return left or None


def _no_proxy(hosts: tuple[str, ...]) -> str:
    forms = (f"{host[1:]},{host[2:]}" if host.startswith("*.") else host for host in hosts)
    return ",".join(form for form in forms if not re.search(r"[*?\[\s]", form))
