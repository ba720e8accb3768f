"""The sandbox of a command: a network namespace or a proxy, and the guard in Python child processes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime, timezone
from typing import Final

from ..guard.attempt import Attempt
from ..guard.child_processes import ChildGuard, environment
from ..guard.guard import Guard
from . import dns_server, network_namespace
from .proxy import VARIABLES, running_proxy
from .report import ObservedAttempt, SandboxReport

_PYTHON: Final = "Python child"
_DNS: Final = "DNS"
_PROXY: Final = "proxy"
_UNSEEN: Final = (
    "not seen: Python children started with -I, -E or -S, or without our PYTHONPATH and PROVIDERCALLS_GUARD",
    "not seen: processes that outlive the command",
)


class Sandbox:
    """The layers that are available on this machine.

    With `namespace`, this process itself moves into a network namespace if the system allows it, and stays there; it
    must not have threads. Otherwise a proxy refuses the guarded hosts. All attempts are added to the report.

    `served` are the addresses of hosts that the fake serves in the namespace; `unavailable` is the reason why there is
    no namespace.
    """

    def __init__(
        self, guard: Guard, report: SandboxReport, *, namespace: bool, served: Mapping[str, str] | None = None
    ) -> None:
        self._guard = guard
        self._report = report
        self._served = served or {}
        self.unavailable = _enter() if namespace else "disabled"

    @contextmanager
    def environment(self, before: Mapping[str, str]) -> Iterator[dict[str, str]]:
        """Activate the layers inside the block, and provide the environment for the command."""
        with ExitStack() as stack:
            isolate = self._namespace if self.unavailable is None else self._proxy
            variables = stack.enter_context(isolate(before))
            # In Python children, the guard would also block the hosts that the fake serves.
            guarded = {} if self._served else stack.enter_context(self._python(variables))
            yield {**variables, **guarded}

    @contextmanager
    def _namespace(self, before: Mapping[str, str]) -> Iterator[dict[str, str]]:
        self._layers("network namespace, active: processes can reach only the loopback of the namespace")
        proxies = {*VARIABLES, *map(str.lower, VARIABLES)}
        with ExitStack() as stack:
            for address in dns_server.configured_nameservers():
                stack.enter_context(self._dns_server(address))
            self._layers("blocked without a report: connections by IP address, and lookups over a Unix socket (nscd)")
            # A proxy is unreachable too, and programs should resolve the host itself, not its proxy.
            yield {name: value for name, value in before.items() if name not in proxies}

    @contextmanager
    def _dns_server(self, address: str) -> Iterator[None]:
        try:
            server = network_namespace.dns_socket(address)
        except OSError as error:
            self._layers(f"DNS server, not active at {address}: {error.strerror}")
            yield
            return
        served = "".join(f"resolves {host} to the fake; otherwise " for host in self._served)
        self._layers(f"DNS server, active at {address}: {served}answers NXDOMAIN, and reports each name once")
        with dns_server.serve_dns(server, self._on_lookup, self._served):
            yield

    def _on_lookup(self, name: str) -> None:
        self._report.record(_DNS, name, None, "returned NXDOMAIN", guarded=self._guard.guards(name))

    @contextmanager
    def _proxy(self, before: Mapping[str, str]) -> Iterator[dict[str, str]]:
        self._layers(
            f"network namespace, not active: {self.unavailable}",
            "proxy, active: refuses the guarded hosts, for programs that use HTTPS_PROXY and HTTP_PROXY",
            "NOT BLOCKED: programs in other languages that ignore the proxy variables",
        )
        with running_proxy(self._refusal) as proxy:
            yield {**before, **proxy.environment(before, self._guard.guards)}

    def _refusal(self, host: str, port: int) -> str | None:
        if not self._guard.guards(host):
            return None
        self._report.record(_PROXY, host, port, "refused", guarded=True)
        return f"blocked {host}:{port}: the real VoIPbin places billable phone calls"

    @contextmanager
    def _python(self, before: Mapping[str, str]) -> Iterator[dict[str, str]]:
        """Guard Python child processes, which report to a file."""
        children = ChildGuard(self._guard)
        self._guard.during = f"providercalls guard -- {os.path.basename(self._report.command[0])}"
        self._layers("Python children, active: blocked at the socket, and reported with their line", *_UNSEEN)
        with children.report_file():
            yield environment(self._guard, before.get("PYTHONPATH"))
            children.collect()
        self._report.observed += [_observed(attempt) for attempt in self._guard.attempts]

    def _layers(self, *lines: str) -> None:
        self._report.layers += lines


def _enter() -> str | None:
    """Move into a namespace; return the reason if that is not possible."""
    reason = network_namespace.unavailable_reason()
    if reason is None:
        network_namespace.enter()
    return reason


def _observed(attempt: Attempt) -> ObservedAttempt:
    at = datetime.fromtimestamp(attempt.at, timezone.utc)
    where = f"{attempt.where}, {attempt.process}"
    return ObservedAttempt(at, attempt.host, attempt.port, _PYTHON, "blocked", True, where)
