"""What keeps a command away from the guarded hosts: a namespace or a proxy, and the guard of Python children."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime, timezone
from typing import Final

from ..guard.child_processes import ChildGuard, environment
from ..guard.guard import Attempt, Guard
from . import dns_server, network_namespace
from .proxy import VARIABLES, running_proxy
from .report import ObservedAttempt, SandboxReport

_PYTHON: Final = "Python child"
_NAMES: Final = "name server"
_PROXY: Final = "proxy"
_UNSEEN: Final = (
    "not seen: Python children started with -I, -E or -S, or without our PYTHONPATH and PROVIDERCALLS_GUARD",
    "not seen: processes that the command leaves running",
)


class Sandbox:
    """The layers that are to be had on this machine, switched on one after the other.

    With `namespace` this very process moves into a network namespace where the system allows it, and stays there; it
    must not have threads. Otherwise a proxy refuses the guarded hosts. What is attempted goes into the receipt.
    """

    def __init__(self, guard: Guard, receipt: SandboxReport, *, namespace: bool) -> None:
        self._guard = guard
        self._receipt = receipt
        self._why_not = _enter() if namespace else "switched off"

    @contextmanager
    def environment(self, before: Mapping[str, str]) -> Iterator[dict[str, str]]:
        """The environment of the command, for as long as the layers work."""
        with ExitStack() as stack:
            cut_off = self._namespace if self._why_not is None else self._proxy
            variables = stack.enter_context(cut_off(before))
            yield {**variables, **stack.enter_context(self._python(variables))}

    @contextmanager
    def _namespace(self, before: Mapping[str, str]) -> Iterator[dict[str, str]]:
        self._layers("network namespace, active: nothing reaches anything but the namespace's own loopback")
        proxies = {*VARIABLES, *map(str.lower, VARIABLES)}
        with ExitStack() as stack:
            for address in dns_server.configured_nameservers():
                stack.enter_context(self._name_server(address))
            self._layers(
                "not named, but cut off: what is connected to by number, or looked up over a Unix socket (nscd)"
            )
            # There is no way to a proxy either, and the name that is looked up should be the host's own.
            yield {name: value for name, value in before.items() if name not in proxies}

    @contextmanager
    def _name_server(self, address: str) -> Iterator[None]:
        try:
            asked = network_namespace.name_server_socket(address)
        except OSError as why:
            self._layers(f"name server, not active at {address}: {why.strerror}")
            yield
            return
        self._layers(f"name server, active at {address}: knows nobody, and names each host that is looked up, once")
        with dns_server.serve_nxdomain(asked, self._looked_up):
            yield

    def _looked_up(self, name: str) -> None:
        self._receipt.record(_NAMES, name, None, "no such name", guarded=self._guard.guards(name))

    @contextmanager
    def _proxy(self, before: Mapping[str, str]) -> Iterator[dict[str, str]]:
        self._layers(
            f"network namespace, not active: {self._why_not}",
            "proxy, active: refuses the guarded hosts, for programs that heed HTTPS_PROXY and HTTP_PROXY",
            "NOT STOPPED: programs of other languages that connect without asking for a proxy",
        )
        with running_proxy(self._judge) as proxy:
            yield {**before, **proxy.environment(before, self._guard.guards)}

    def _judge(self, host: str, port: int) -> str | None:
        if not self._guard.guards(host):
            return None
        self._receipt.record(_PROXY, host, port, "refused", guarded=True)
        return f"{host}:{port} is guarded: requests to VoIPbin place real, billable phone calls"

    @contextmanager
    def _python(self, before: Mapping[str, str]) -> Iterator[dict[str, str]]:
        """The guard of Python children; they report to a file."""
        children = ChildGuard(self._guard)
        self._guard.during = f"providercalls guard -- {os.path.basename(self._receipt.command[0])}"
        self._layers("Python children, active: stopped at the socket, and named with their line", *_UNSEEN)
        with children.report_file():
            yield environment(self._guard, before.get("PYTHONPATH"))
            children.collect()
        self._receipt.sightings += [_sighting(attempt) for attempt in self._guard.attempts]

    def _layers(self, *lines: str) -> None:
        self._receipt.layers += lines


def _enter() -> str | None:
    """Move into a namespace; gives the reason why not."""
    reason = network_namespace.unavailable_reason()
    if reason is None:
        network_namespace.enter()
    return reason


def _sighting(attempt: Attempt) -> ObservedAttempt:
    at = datetime.fromtimestamp(attempt.at, timezone.utc)
    where = f"{attempt.where}, {attempt.process}"
    return ObservedAttempt(at, attempt.host, attempt.port, _PYTHON, "stopped", True, where)
