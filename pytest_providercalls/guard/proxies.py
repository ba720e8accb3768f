"""The proxy variables of the environment: guarded hosts are excluded from proxies."""

from __future__ import annotations

import os
import re


def bypass_proxies(hosts: tuple[str, ...]) -> dict[str, tuple[str | None, str]]:
    """Exclude these hosts from proxies; return the old and new value of each variable."""
    # With a proxy, a process resolves and connects to the proxy only, so the guarded name is seen late or never.
    before = {name: os.environ.get(name) for name in ("NO_PROXY", "no_proxy")}
    either = before["no_proxy"] or before["NO_PROXY"]
    changes = {}
    for name, value in before.items():
        # "*" disables every proxy, but only if it is the whole value.
        if (value or either or "").strip() != "*":
            os.environ[name] = ",".join(filter(None, (value or either, no_proxy(hosts))))
            changes[name] = value, os.environ[name]
    return changes


def restore_proxies(changes: dict[str, tuple[str | None, str]], hosts: tuple[str, ...]) -> None:
    """Undo `bypass_proxies`."""
    for name, (before, after) in changes.items():
        now = os.environ.get(name)
        # If another guard was installed later, remove only the hosts that this one added.
        value = before if now in (None, after) else _without(now or "", no_proxy(hosts))
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def no_proxy(hosts: tuple[str, ...]) -> str:
    """Return those of the hosts that NO_PROXY can express, in its form."""
    forms = (f"{host[1:]},{host[2:]}" if host.startswith("*.") else host for host in hosts)
    return ",".join(form for form in forms if not re.search(r"[*?\[\s]", form))


def _without(value: str, added: str) -> str | None:
    left = f",{value},".replace(f",{added},", ",", 1).strip(",")
    return left or None
