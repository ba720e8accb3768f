"""Commands that would connect to a host: the hosts in their arguments, and whether they start a network client.

Other child processes cannot guard themselves, but the arguments of many name their host. Only network clients are
blocked, since a commit message may name any host.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple


class Start(NamedTuple):
    """Where the arguments of an audit event have the parts of the process that it starts."""

    program: int | None
    words: int
    environment: int | None


CLIENTS: Final = ("curl", "wget", "http", "https", "xh", "nc", "ncat", "netcat", "socat", "telnet", "openssl", "ssh")
STARTS: Final = {
    "subprocess.Popen": Start(program=0, words=1, environment=3),
    "os.system": Start(program=None, words=0, environment=None),
    "os.exec": Start(program=0, words=1, environment=2),
    "os.posix_spawn": Start(program=0, words=1, environment=2),
    "os.spawn": Start(program=1, words=2, environment=3),
}
"""The audit events that start a process."""
_MOST: Final = 20_000
"""How many hosts of one command are examined."""
_MOST_EXPANSIONS: Final = 2_000
"""How many of them may come from braces and ranges."""
_LONGEST: Final = 1000
"""More characters than a host name can have, in any encoding."""
_CLIENT: Final = rf"(?<![\w.-])(?:{'|'.join(CLIENTS)})(?![\w.:-])"
# With the braces and brackets of curl and the shell. Every run of these characters is matched as a whole: linear time.
_WORD: Final = r"\[?[0-9A-Fa-f]*:[0-9A-Fa-f:.]+|[\w.{}\[\],-]+"
_GLOB: Final = r"\{([^{}]*)\}|\[((?:\d{1,9}|[A-Za-z])-(?:\d{1,9}|[A-Za-z]))(?::\d{1,9})?\]"
_OTHER_DOTS: Final = "\u3002\uff0e\uff61"
"""Dots that an internationalized name may have instead."""


class TooManyHosts(Exception):
    """A command has more hosts in its arguments than the guard examines."""

    def __init__(self) -> None:
        super().__init__("too many hosts")


class Command:
    """A command that is about to be started."""

    def __init__(self, event: str, arguments: tuple[Any, ...]) -> None:
        start = STARTS[event]
        program = [] if start.program is None else _texts(arguments[start.program])
        self._words = [*program, *_texts(arguments[start.words])]
        self._text = " ".join(self._words)
        self._folder = "".join(_texts(arguments[2])) if event == "subprocess.Popen" else ""

    def hosts(self) -> Iterator[str]:
        """Yield whatever may be a host in the arguments. Raises TooManyHosts."""
        names, expansions = iter(range(_MOST)), iter(range(_MOST_EXPANSIONS))
        for word in set(re.findall(_WORD, _unquoted(self._text))):
            if not ("." in word or ":" in word or word[0].isdigit()):
                continue
            for host in _names(word[-_LONGEST:], expansions):
                if next(names, None) is None:
                    raise TooManyHosts
                yield host

    def is_client(self) -> bool:
        """Return whether the command starts a network client, also under another name."""
        if re.search(_CLIENT, self._text):
            return True
        words = [*self._words[:50], *self._text.split(None, 50)[:50]]
        return any(_is_client_file(path) for word in dict.fromkeys(words) for path in self._files(word))

    def _files(self, word: str) -> Iterator[str]:
        folders = [self._folder] if os.path.dirname(word) else os.get_exec_path()
        paths = (os.path.join(folder, word) for folder in folders)
        return filter(os.path.isfile, paths)


def _texts(words: object) -> list[str]:
    many = words if isinstance(words, (list, tuple)) else [words]
    return [word if isinstance(word, str) else os.fsdecode(word) for word in many if _is_text(word)]


def _is_text(word: object) -> bool:
    return isinstance(word, (str, bytes)) or isinstance(word, os.PathLike)


def _unquoted(text: str) -> str:
    """Return a command as its program reads it: without the quotes of the shell, and with the escapes of URLs decoded."""
    for quote in "\"'\\":
        text = text.replace(quote, "")
    for dot in _OTHER_DOTS:
        text = text.replace(dot, ".")
    # One pass for each letter that occurs, because a pass for each occurrence would be slow.
    for escape in set(re.findall(r"%[2-7][0-9A-Fa-f]", text)):
        letter = chr(int(escape[1:], 16))
        if letter.isalnum() or letter in ".-":
            text = text.replace(escape, letter)
    return text


def _names(word: str, expansions: Iterator[int]) -> Iterator[str]:
    """Yield the names in a word, of which some may come from braces and ranges."""
    pending = [word]
    while pending:
        text = pending.pop()
        found = re.search(_GLOB, text) if "{" in text or "[" in text else None
        if found is None:
            yield from filter(_may_be_host, re.split(r"[{}\[\],]+", text))
            continue
        for option in _options(found):
            if next(expansions, None) is None:
                raise TooManyHosts
            pending.append(text[: found.start()] + option + text[found.end() :])


def _may_be_host(name: str) -> bool:
    return "." in name or ":" in name or name[:1].isdigit()


def _options(found: re.Match[str]) -> Iterable[str]:
    listed, span = found.groups()
    if span is None and not re.fullmatch(r"(\d{1,9}|[A-Za-z])\.\.(\d{1,9}|[A-Za-z])", listed):
        return str(listed).split(",")
    first, _, last = (span or listed.replace("..", "-")).partition("-")
    if first.isdigit() and last.isdigit():
        return (str(number).zfill(len(first)) for number in range(int(first), int(last) + 1))
    return map(chr, range(ord(first[0]), ord(last[0]) + 1))


def _is_client_file(path: str) -> bool:
    return _client_name(path) or any(_is_copy(path, client) for client in _installed_clients())


def _client_name(path: str) -> bool:
    # Such as nc.openbsd, to which nc is a link.
    return os.path.basename(os.path.realpath(path)).partition(".")[0] in CLIENTS


def _installed_clients() -> Sequence[str]:
    paths = (os.path.join(folder, name) for name in CLIENTS for folder in os.get_exec_path())
    # Not a link to a program with many names, such as busybox.
    return [path for path in paths if os.path.isfile(path) and _client_name(path)]


def _is_copy(path: str, client: str) -> bool:
    if os.path.getsize(path) != os.path.getsize(client):
        return False
    with open(path, "rb") as one, open(client, "rb") as other:
        content = one.read()
        # Scripts may be identical and still do different things, depending on their name.
        return not content.startswith(b"#!") and content == other.read()
