"""The cost of the guard: of an audit event that is irrelevant to it, and of long and hostile input."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import timeit
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from tables import Goal, Results, Table, show

from pytest_providercalls.guard.commands import Command, TooManyHosts
from pytest_providercalls.guard.guard import Guard
from pytest_providercalls.guard.sent_data import host_in

SIZE, TURNS, EVENTS = 1_000_000, 5, 200_000
_EVENT: Final = f"""
import sys, timeit
hook = sys.argv[1]
if hook == "an empty hook":
    def ignore(event, arguments):
        pass
    sys.addaudithook(ignore)
elif hook == "the guard":
    from pytest_providercalls.guard.guard import Guard
    Guard().install()
times = timeit.repeat("audit('irrelevant.event', 1)", globals={{"audit": sys.audit}}, number={EVENTS}, repeat=15)
print(min(times) / {EVENTS} * 1e9)
"""
HOOKS: Final = ("no hook", "an empty hook", "the guard")


def _filled(text: str) -> str:
    return (text * (SIZE // len(text) + 1))[:SIZE]


COMMANDS: Final[Mapping[str, list[object]]] = {
    "one word": ["curl", "-d", _filled("a"), "http://example.net"],
    "many labels": ["curl", _filled("a.")],
    "many escapes": ["curl", _filled("%2E%61%2e")],
    "different escapes": ["curl", "".join(f"%{number % 256:02x}.x/{number:09}/yz" for number in range(SIZE // 18))],
    "many braces": ["curl", _filled("{a,b}")],
    "many ranges": ["curl", _filled("[1-9].x")],
    "nested braces": ["curl", "{" * (SIZE // 2) + "}" * (SIZE // 2)],
    "many hosts": ["curl", " ".join(f"h{number}.example" for number in range(SIZE // 14))],
    "many numbers": ["curl", " ".join(map(str, range(SIZE // 7)))],
    "many addresses": ["curl", _filled("2001:db8::1 ")],
    "many words": ["curl", *["a.b"] * (SIZE // 4)],
    "many colons": ["curl", _filled(":")],
    "many quotes": ["curl", _filled("\"'\\")],
    "not ASCII": ["curl", _filled("\u00e9.x ")],
    "a script": ["sh", "-c", _filled("for x in $(ls); do echo curl $x.example.net; done\n")],
    "JSON": ["curl", "-d", _filled('{"id": 1.5, "url": "https://x.example.net/a?b=c"}, ')],
}
"""Commands with a megabyte of arguments."""
HOSTS: Final[Mapping[str, str]] = {
    "one label": _filled("a"),
    "many labels": _filled("a."),
    "not ASCII": _filled("\u00e9"),
    "not ASCII, many labels": _filled("\u00e9."),
    "digits": _filled("1"),
    "an address": _filled("1."),
    "colons": _filled(":"),
    "at signs": _filled("@"),
    "white space": _filled(" "),
    "typos": _filled("voipbin."),
}
"""Host names of a megabyte."""
SENT: Final[Mapping[str, bytes]] = {
    "a URL to a proxy": b"GET http://" + _filled("a.").encode() + b"/ HTTP/1.1\r\n\r\n",
    "CONNECT": b"CONNECT " + _filled("@:").encode(),
    "a SOCKS request": b"\4\1\0\0\0\0\0\1" + _filled("a").encode(),
    "a DNS query": b"\0\0\1\0\0\1\0\0\0\0\0\0" + _filled("\1").encode(),
    "a body": _filled("{}").encode(),
}
"""A megabyte that a client sends."""


def event_costs() -> dict[str, float]:
    """Return the nanoseconds of an irrelevant audit event with each hook, each in a process of its own."""
    found: dict[str, float] = {}
    for _ in range(3):
        for hook in HOOKS:
            # Not under the guard of this process, and in another folder, where `-c` imports the installed package.
            command = [sys.executable, "-c", _EVENT, hook]
            done = subprocess.run(
                command, cwd=tempfile.gettempdir(), env={}, capture_output=True, text=True, check=True
            )
            found[hook] = min(float(done.stdout), found.get(hook, float("inf")))
    return found


def _examine(command: list[object]) -> None:
    guard = Guard()
    examined = Command("subprocess.Popen", (command[0], command, None, None))
    try:
        for host in examined.hosts():
            guard.guards(host)
    except TooManyHosts:
        pass
    examined.is_client()


def _milliseconds(call: Callable[[], object]) -> float:
    return min(timeit.repeat(call, timer=time.process_time, number=1, repeat=TURNS)) * 1000


def input_costs() -> dict[str, float]:
    """Return the milliseconds that the guard spends on each megabyte of input."""
    guard = Guard()
    return {
        **{f"command: {name}": _milliseconds(partial(_examine, words)) for name, words in COMMANDS.items()},
        **{f"host: {name}": _milliseconds(partial(guard.guards, host)) for name, host in HOSTS.items()},
        **{f"sent: {name}": _milliseconds(partial(host_in, data)) for name, data in SENT.items()},
    }


def measure() -> Results:
    """Measure both."""
    events, inputs = event_costs(), input_costs()
    bare, empty, ours = (events[hook] for hook in HOOKS)
    rows = tuple((hook, f"{cost:,.0f} ns", f"{cost - bare:+,.0f} ns") for hook, cost in events.items())
    note = "an irrelevant audit event, best of 45 rounds; Python itself calls every hook, which is most of the cost"
    by_cost = sorted(inputs.items(), key=lambda item: -item[1])
    slowest = tuple((name, f"{cost:,.1f} ms") for name, cost in by_cost)
    return Results(
        (
            Table("Audit events", ("hook", "per event", "difference to none"), rows, note),
            Table(
                "A megabyte of input",
                ("input", "time"),
                slowest,
                f"processor time that the guard spends on it, best of {TURNS}",
            ),
        ),
        (
            Goal("an irrelevant audit event, more than with an empty hook", 100.0, ours - empty, "ns"),
            Goal("a megabyte of any input to the guard", 50.0, by_cost[0][1], "ms"),
        ),
    )


if __name__ == "__main__":
    show(measure())
