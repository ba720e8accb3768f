"""Commands that would connect to a host: the hosts in their arguments, and whether they start a network client.

Other child processes cannot guard themselves, but the arguments of many name their host. Only network clients are
blocked, since a commit message may name any host.
"""

from __future__ import annotations

import os
import re
import string
from binascii import a2b_qp
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple


class Start(NamedTuple):
    """Where the arguments of an audit event have the parts of the process that it starts."""

    program: int | None
    words: int
    environment: int | None


CLIENTS: Final = (
    *("curl", "wget", "wget2", "http", "https", "xh", "curlie", "hurl", "aria2c", "lynx", "w3m", "lwp-request"),
    *("nc", "ncat", "netcat", "socat", "telnet", "openssl", "ssh", "scp", "sftp", "rsync", "ftp", "lftp", "tftp"),
    *("websocat", "wscat", "grpcurl", "siege", "h2load", "sipp", "sipsak", "pjsua", "baresip", "linphonec"),
    *("dig", "nslookup", "getent", "traceroute", "xdg-open"),
)
"""Names that hardly occur as a word of other commands: so not `ab`, `git`, `host` or `ping`."""
STARTS: Final = {
    "subprocess.Popen": Start(program=0, words=1, environment=3),
    "os.system": Start(program=None, words=0, environment=None),
    "os.exec": Start(program=0, words=1, environment=2),
    "os.posix_spawn": Start(program=0, words=1, environment=2),
    "os.spawn": Start(program=1, words=2, environment=3),
}
"""The audit events that start a process."""
_MOST: Final = 5_000
"""How many hosts of one command are examined."""
_MOST_EXPANSIONS: Final = 2_000
"""How many of them may come from braces and ranges."""
_AT_A_TIME: Final = 2_000
"""How many words are split off at a time: most long commands show soon what they are."""
_LONGEST: Final = 1000
"""More characters than a host name can have, in any encoding."""
_PROGRAMS: Final = 50
"""How many words of a command are looked up as programs, which may be clients under another name."""
_GLOB: Final = r"\{([^{}]*)\}|\[((?:\d{1,9}|[A-Za-z])-(?:\d{1,9}|[A-Za-z]))\]"
_BRACKETS: Final = "{}[],"
_CLIENTS: Final = frozenset(name.encode() for name in CLIENTS)
_SOCKET_FILES: Final = (b"/dev/tcp/", b"/dev/udp/", b"/inet/tcp/", b"/inet/udp/")
"""Paths that are a socket to bash and gawk."""


def _separators(kept: str) -> bytes:
    """Return a table that replaces every ASCII character but letters, digits and these with a space."""
    replaced = bytes(range(128)).translate(None, f"{string.ascii_letters}{string.digits}{kept}".encode())
    return bytes.maketrans(replaced, b" " * len(replaced))


# With a table, bytes take a tenth of the time of a pattern that finds the words.
_BETWEEN_NAMES: Final = _separators("_.:-")
_BETWEEN_HOSTS: Final = _separators("_.:-" + _BRACKETS)
_QUOTES: Final = b"\"'\\"
_QUOTED_PRINTABLE: Final = bytes.maketrans(b"%=\r\n", b"=   ")
_OTHER_DOTS: Final = tuple(dot.encode() for dot in "\u3002\uff0e\uff61\u2024\ufe52")
"""Dots that an internationalized name may have instead."""


class TooManyHosts(Exception):
    """A command has more hosts in its arguments than the guard examines."""

    def __init__(self) -> None:
        super().__init__("too many hosts")


class Command:
    """A command that is about to be started."""

    def __init__(self, event: str, arguments: tuple[Any, ...]) -> None:
        start = STARTS[event]
        words = arguments[start.words]
        self._words = list(words) if isinstance(words, (list, tuple)) else [words]
        if start.program is not None:
            self._words.insert(0, arguments[start.program])
        self._text = _joined(self._words)
        self._data = self._text.encode(errors="replace")
        # As the shell passes it on.
        data = self._data.replace(b"\\\n", b"")
        if b"$" in data:
            data = re.sub(rb"\$(?:IFS\b|\{IFS[^}\n]{0,50}\})", b" ", data)
        self._unquoted = data.translate(None, _QUOTES)
        self._folder = _joined([arguments[2]]) if event == "subprocess.Popen" else ""
        self._environment = None if start.environment is None else arguments[start.environment]

    def hosts(self, addresses: bool = True) -> Iterator[str]:
        """Yield whatever may be a host in the arguments, optionally without numbers. Raises TooManyHosts."""
        names, expansions = iter(range(_MOST)), iter(range(_MOST_EXPANSIONS))
        known = set[bytes]()
        for words in _words(_unescaped(self._unquoted).translate(_BETWEEN_HOSTS)):
            # Most words are not decoded: a host has a dot, unless it is an address.
            new = {data for data in words if b"." in data or (addresses and (b":" in data or data[:1].isdigit()))}
            for data in new - known:
                for host in _names(data[-_LONGEST:].decode(errors="replace"), expansions):
                    if _may_be_host(host, addresses):
                        if next(names, None) is None:
                            raise TooManyHosts
                        yield host
            known |= new

    def is_client(self) -> bool:
        """Return whether the command starts a network client, also under another name."""
        if any(path in self._unquoted for path in _SOCKET_FILES):
            return True
        for data in {self._data, self._unquoted}:
            if not all(map(_CLIENTS.isdisjoint, _words(data.translate(_BETWEEN_NAMES)))):
                return True
        words = [*map(_text, self._words[:_PROGRAMS]), *re.split(r"[\s;|&()<>`]+", os.fsdecode(self._unquoted[:2000]))]
        clients = _installed_clients()
        paths = (path for word in list(dict.fromkeys(words))[:_PROGRAMS] for path in self._files(word))
        return any(_is_client_file(path) or any(_is_copy(path, client) for client in clients) for path in paths)

    def _files(self, word: str) -> Iterator[str]:
        environment = self._environment if isinstance(self._environment, dict) else None
        folders = [self._folder] if os.path.dirname(word) else os.get_exec_path(environment)
        return filter(os.path.isfile, (os.path.join(folder, word) for folder in folders))


def _joined(words: list[Any]) -> str:
    try:
        # Much faster, and there may be a hundred thousand.
        return " ".join(words)
    except TypeError:
        return " ".join(filter(None, map(_text, words)))


def _text(word: object) -> str:
    return os.fsdecode(word) if isinstance(word, (str, bytes, os.PathLike)) else ""


def _words(data: bytes) -> Iterator[set[bytes]]:
    """Yield the distinct words, some at a time."""
    while data:
        words = data.split(None, _AT_A_TIME)
        data = words.pop() if len(words) > _AT_A_TIME else b""
        yield set(words)


def _unescaped(data: bytes) -> bytes:
    """Decode the escapes of URLs, also of UTF-8, and simplify what else is for a host."""
    # Quoted-printable has a decoder in C, and is the same except for the sign.
    data = a2b_qp(data.translate(_QUOTED_PRINTABLE))
    # curl converts them, and full-width letters, to plain ones.
    for dot in _OTHER_DOTS:
        data = data.replace(dot, b".")
    # curl takes every second host of [1-9:2]; here all of them are examined.
    return re.sub(rb"(-\w{1,9}):\d{1,9}\]", rb"\1]", data)


def _may_be_host(text: str, addresses: bool) -> bool:
    if addresses and (":" in text or text[0].isdigit()):
        return True
    return "." in text and (addresses or not text.replace(".", "").isdigit())


def _names(word: str, expansions: Iterator[int]) -> Iterator[str]:
    """Yield the names in a word, of which some may come from braces and ranges."""
    pending = [word]
    while pending:
        text = pending.pop()
        found = re.search(_GLOB, text) if "{" in text or "[" in text else None
        if found is None:
            yield from _split(text)
            continue
        for option in _options(found):
            if next(expansions, None) is None:
                raise TooManyHosts
            pending.append(text[: found.start()] + option + text[found.end() :])


def _split(text: str) -> Iterator[str]:
    for whole in filter(None, re.split(r"[{}\[\],]+", text)):
        # With a port, or in other fields, as in `curl --resolve example.net:80:192.0.2.1`.
        for name in filter(None, {whole, *whole.split(":")}):
            yield name
            # The value of an option, as in `curl -xexample.net:80`, or of a variable, as in `${HOST:-example.net}`.
            if name.startswith("-"):
                yield from filter(None, (name.lstrip("-"), name[2:]))


def _options(found: re.Match[str]) -> Iterable[str]:
    listed, span = found.groups()
    if span is None and not re.fullmatch(r"(\d{1,9}|[A-Za-z])\.\.(\d{1,9}|[A-Za-z])", listed):
        return str(listed).split(",")
    first, _, last = (span or listed.replace("..", "-")).partition("-")
    if first.isdigit() and last.isdigit():
        return (str(number).zfill(len(first)) for number in range(int(first), int(last) + 1))
    return map(chr, range(ord(first[0]), ord(last[0]) + 1))


def _is_client_file(path: str) -> bool:
    # Such as nc.openbsd, to which nc is a link.
    return os.path.basename(os.path.realpath(path)).partition(".")[0] in CLIENTS


def _installed_clients() -> Sequence[str]:
    paths = (os.path.join(folder, name) for name in CLIENTS for folder in os.get_exec_path())
    # Not a link to a program with many names, such as busybox.
    return [path for path in paths if os.path.isfile(path) and _is_client_file(path)]


def _is_copy(path: str, client: str) -> bool:
    try:
        if os.path.getsize(path) != os.path.getsize(client):
            return False
        with open(path, "rb") as one, open(client, "rb") as other:
            content = one.read()
            # Scripts may be identical and still do different things, depending on their name.
            return not content.startswith(b"#!") and content == other.read()
    except OSError:
        return False
