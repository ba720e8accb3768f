"""The guard: no Python code in this process reaches a guarded host.

Read from top to bottom: what an attempt is and how people are told, the guard itself, the layers that it switches
on (an audit hook, checks on `socket.socket`, the proxy variables), and where in the code a call came from. Nothing
here knows pytest, and nothing but the standard library is needed: Python children load this file by itself.
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
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from time import time as _now
from types import FrameType
from typing import Any, Final, NamedTuple

DEFAULT_HOSTS: Final = ("*.voipbin.net",)

_WITHOUT_USER_CODE: Final = "a thread without user code"


class Attempt(NamedTuple):
    """One attempt to reach a guarded host."""

    event: str
    """What was stopped: a call of the `socket` module, such as `connect`, or an audit event that starts a command."""
    host: str
    port: int | None
    where: str
    """`path:line` of the nearest line of the user's own code."""
    during: str
    """The test's node id, or what else was going on."""
    thread: str
    process: str = ""
    """The child process that made it; empty for the session's own."""
    at: float = 0.0
    """When, in seconds since the epoch."""

    @property
    def target(self) -> str:
        """The host, with the port where it is known."""
        return self.host if self.port is None else f"{self.host}:{self.port}"


class GuardedHostError(RuntimeError):
    """Raised in place of a connection to a guarded host."""

    # Not an OSError: HTTP libraries retry those, or turn them into errors of their own.

    def __init__(self, attempt: Attempt) -> None:
        super().__init__(explain(attempt))
        self.attempt = attempt

    def __reduce__(self) -> tuple[type[GuardedHostError], tuple[Attempt]]:
        return type(self), (self.attempt,)


def explain(attempt: Attempt) -> str:
    """Tell people what was stopped, where it came from, why, and what to do instead."""
    return "\n".join(
        (
            f"providercalls: {attempt.target} is guarded; {_call(attempt)} was stopped.",
            f"  from:    {attempt.where} ({_actor(attempt)})",
            f"  during:  {attempt.during}",
            "  why:     requests to VoIPbin place real, billable phone calls; no test may reach it.",
            "  instead: ask for the fixture `voipbin`: the in-process fake then answers every httpx and httpx2 client.",
            "           `voipbin_tls` answers every other library too (requests, aiohttp, urllib3, http.client, ...).",
            "  to switch the guard off for the whole run: `providercalls_guard = off: <reason>`",
        )
    )


def _call(attempt: Attempt) -> str:
    return attempt.event if "." in attempt.event else f"socket.{attempt.event}"


def _actor(attempt: Attempt) -> str:
    thread = f"thread {attempt.thread}"
    return f"{thread} of the child process {attempt.process}" if attempt.process else thread


class Guard:
    """Stops, and keeps a record of, every attempt to reach one of the hosts.

    A host is a name, an IP literal or a glob; `*.example.net` means `example.net` as well. Guards nest: the
    innermost one that knows the host stops the call and records it. Loopback is never guarded.

    Attempts are kept by the process with the id `session`, this one unless told; any other, be it forked or a Python
    child, appends its own to the file `reports`, one JSON object a line.
    """

    def __init__(
        self,
        hosts: Iterable[str] = DEFAULT_HOSTS,
        reports: str | None = None,
        session: int | None = None,
        during: str = "start-up, before any test",
    ) -> None:
        self.hosts: Final = tuple(_normal(host) for host in hosts)
        self.reports = reports
        self.session: Final = os.getpid() if session is None else session
        self.attempts: list[Attempt] = []
        self.announce: Callable[[], None] | None = None
        """Told whenever something else is going on."""
        self._during = during
        self._matches = _matcher(self.hosts)
        self._proxies: dict[str, tuple[str | None, str]] = {}

    def install(self, *, outermost: bool = False) -> None:
        """Switch the guard on; again does nothing.

        `beneath` makes it the outermost one, and leaves the proxies to whoever started this process.
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
        """Switch the guard off and put everything back; again does nothing."""
        with _LOCK:
            if self not in _ACTIVE:
                return
            _ACTIVE.remove(self)
            _restore_proxies(self._proxies, self.hosts)
            if not _ACTIVE:
                _release_python_sockets()

    @property
    def during(self) -> str:
        """What is going on, such as the test's node id."""
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
        """Say what is going on, for the attempts that are made meanwhile."""
        before, self.during = self.during, text
        try:
            yield
        finally:
            self.during = before

    def guards(self, host: str) -> bool:
        """Tell whether a call to this host is stopped."""
        name = _normal(host)
        return not _LOOPBACK.fullmatch(name) and self._matches(name)

    def block(self, event: str, host: str, port: int | None) -> None:
        """Record the attempt, then raise `BlockedCall`."""
        __tracebackhide__ = True
        thread = threading.current_thread().name
        child = "" if os.getpid() == self.session else _this_process()
        attempt = Attempt(event, _normal(host), port, _where(), self.during, thread, child, _now())
        # Recorded first: client code may swallow what is raised.
        if child and self.reports:
            _append(attempt, self.reports)
        else:
            self.attempts.append(attempt)
        raise GuardedHostError(attempt)

    def layers(self) -> list[str]:
        """List what is active, and what it cannot see."""
        active = "active" if self in _ACTIVE else "not active"
        return [
            f"hosts: {', '.join(self.hosts)}; loopback is never guarded",
            f"audit hook, {active}: every look-up and connection made through Python's sockets, in every thread",
            f"checks on socket.socket, {active}: stop a name before the operating system looks it up",
            f"NO_PROXY, {active}: {_no_proxy(self.hosts) or 'no host can be written there'}",
            f"Python children, {'active' if self.reports else 'not active'}: each guards itself, and reports here",
            f"commands, {active}: curl, wget and their like are not started towards a host that their arguments name",
            "not seen: all other child processes (Node, Go), and Python ones older than 3.9, started with -I, -E or -S,"
            " or with an environment that lacks our PYTHONPATH and PROVIDERCALLS_GUARD; `providercalls guard` is for"
            " these",
            "not seen: C libraries that open sockets or look names up by themselves (pycurl, uvloop, c-ares)",
            "not seen: an address connected to by its number without a look-up, unless that number is guarded",
            "not seen: a proxy given explicitly, or one taken from the system rather than from the environment",
            "not seen: threads and exit handlers that run on after pytest has ended",
        ]


# --- host names ------------------------------------------------------------------------------------------------

_LOOPBACK: Final = re.compile(r"|localhost|(::ffff:)?127(\.\d+){1,3}|::1|::|0\.0\.0\.0")


def _normal(host: str) -> str:
    # "user:password@host" is no host name, but broken URL handling does pass it on.
    name = host.rpartition("@")[2]
    if not name.isascii():
        name = _ascii(name)
    return name.lower().removesuffix(".")


def _ascii(name: str) -> str:
    # The socket module encodes in the same way, and so turns full-width letters and dots into plain ones.
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


def _this_process() -> str:
    # Without its arguments: there may be a token among them.
    program = os.path.basename(sys.executable or "python")
    return f"`{' '.join([program, *sys.argv[:1]])}` (pid {os.getpid()})"


def _append(attempt: Attempt, reports: str) -> None:
    line = json.dumps(attempt._asdict()) + "\n"
    # Without O_CREAT: a child that outlives its session must leave no file behind.
    with suppress(OSError):
        file = os.open(reports, os.O_WRONLY | os.O_APPEND)
        try:
            os.write(file, line.encode())
        finally:
            os.close(file)


# --- the layers ------------------------------------------------------------------------------------------------

# The one piece of state outside a Guard: an audit hook cannot be taken out again, so it asks this stack. It is a
# stack because a pytest session may run inside another (pytester).
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
    # Unix sockets have paths for addresses, not tuples.
    if isinstance(address, tuple) and address:
        _check(event, address[0], address[1] if len(address) > 1 else None)


_LOOKUPS: Final = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"})
_CONNECTIONS: Final = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})


def check(event: str, arguments: tuple[Any, ...]) -> None:
    """The audit hook: stops what would reach a guarded host."""
    __tracebackhide__ = True
    if not _ACTIVE:
        return
    if event in _LOOKUPS:
        _check(event.removeprefix("socket."), arguments[0], arguments[1] if len(arguments) > 1 else None)
    elif event in _CONNECTIONS:
        _check_address(event.removeprefix("socket."), arguments[1])
    elif event in _STARTS:
        _check_command(event, arguments[_STARTS[event]])


# Children of other kinds guard nothing, but much of what a test starts says where it is going. Only programs that are
# made to connect: a commit message may name any host.
_CONNECTS: Final = re.compile(r"(?<![\w.-])(curl|wget|https?|xh|nc|ncat|netcat|socat|telnet|openssl|ssh)(?![\w.:-])")
_HOST: Final = re.compile(r"[\w-]+(?:\.[\w-]+)+")
_STARTS: Final = {"subprocess.Popen": 1, "os.system": 0, "os.exec": 1, "os.posix_spawn": 1, "os.spawn": 2}
"""The audit events that start a command, each with the place of the command among its arguments."""


def _check_command(event: str, command: object) -> None:
    __tracebackhide__ = True
    words = command if isinstance(command, (list, tuple)) else [command]
    text = " ".join(os.fsdecode(word) for word in words if isinstance(word, (str, bytes, os.PathLike)))
    if _CONNECTS.search(text):
        for host in _HOST.findall(text):
            _check(event, host, None)


@functools.cache
def _add_audit_hook() -> None:
    sys.addaudithook(check)


# `connect(("name", 443))` looks the name up in C before the audit event is raised: without DNS the hook never sees
# it, and with DNS the name has left the machine. So the Python class checks first.
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
            # pytest-socket puts back after each test what it found when it was imported, which was before ours.
            setattr(_SOCKET, name, _replaced[name][0])


def _release_python_sockets() -> None:
    while _replaced:
        name, (check, before) = _replaced.popitem()
        # Another tool may have put its own in the place of ours; that one is not ours to take away.
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
        # In all four the address comes last.
        if arguments:
            _check_address(name, arguments[-1])
        return original(self, *arguments)

    return checked


def _bypass_proxies(hosts: tuple[str, ...]) -> dict[str, tuple[str | None, str]]:
    """Have proxies left out for these hosts; gives what each variable was and what it has become."""
    # Behind a proxy a process looks up and connects to the proxy only, and the guarded name is never seen.
    before = {name: os.environ.get(name) for name in ("NO_PROXY", "no_proxy")}
    either = before["no_proxy"] or before["NO_PROXY"]
    changes = {}
    for name, value in before.items():
        # "*" switches every proxy off, but only when it stands alone.
        if (value or either or "").strip() != "*":
            os.environ[name] = ",".join(filter(None, (value or either, _no_proxy(hosts))))
            changes[name] = value, os.environ[name]
    return changes


def _restore_proxies(changes: dict[str, tuple[str | None, str]], hosts: tuple[str, ...]) -> None:
    for name, (before, after) in changes.items():
        now = os.environ.get(name)
        # Another guard has come after this one: only what this one added goes.
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


# --- where a call came from ------------------------------------------------------------------------------------

_PACKAGE: Final = __name__.partition(".")[0]
_CHILD_SITE: Final = os.path.join(os.path.dirname(__file__), "child_site", "")
_STANDARD_LIBRARY: Final = os.path.dirname(os.__file__) + os.sep
# The `pytest` script itself is at the bottom of every stack of the main thread.
_SCRIPTS: Final = os.path.dirname(sys.executable) + os.sep
_INSTALLED: Final = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


def _where() -> str:
    frame = sys._getframe()
    line = _nearest(frame, _is_users) or _nearest(frame, _is_installed)
    if line is not None:
        return line
    main = sys._current_frames().get(threading.main_thread().ident or 0)
    beside = _nearest(main, _is_users)
    # A look-up of asyncio runs in a thread of its own; the code that waits for it says more.
    return f"{_WITHOUT_USER_CODE}, while the main thread was at {beside}" if beside else _WITHOUT_USER_CODE


def _nearest(frame: FrameType | None, wanted: Callable[[FrameType], bool]) -> str | None:
    while frame is not None:
        if wanted(frame):
            return f"{frame.f_code.co_filename}:{frame.f_lineno}"
        frame = frame.f_back
    return None


def _is_users(frame: FrameType) -> bool:
    path = frame.f_code.co_filename
    # `python -c`
    if path == "<string>" and frame.f_globals.get("__name__") == "__main__":
        return True
    elsewhere = path.startswith(("<", _STANDARD_LIBRARY, _SCRIPTS)) or _is_in_packages(path)
    return not elsewhere and not _is_ours(frame)


def _is_installed(frame: FrameType) -> bool:
    return _is_in_packages(frame.f_code.co_filename) and not _is_ours(frame)


def _is_in_packages(path: str) -> bool:
    return any(part in path for part in _INSTALLED)


def _is_ours(frame: FrameType) -> bool:
    name = str(frame.f_globals.get("__name__")).partition(".")[0]
    return name == _PACKAGE or frame.f_code.co_filename.startswith(_CHILD_SITE)
