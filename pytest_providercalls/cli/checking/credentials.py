"""Credentials for a real server: read from environment variables that the options name, and never shown."""

from __future__ import annotations

import argparse
import os
import re
from dataclasses import dataclass
from typing import Final

from ...contracts.redaction import MASK
from ...contracts.visible_text import visible
from ..errors import UsageError

ROLES: Final = ("super_admin", "customer_admin", "customer_manager", "customer_agent")
_PASSWORD: Final = "--password-env"
_CREDENTIAL_PATTERN: Final = re.compile(r"eyJ[\w.-]+|vb_\w{8,}")
"""A token, even if truncated, or an access key. A server may create ones that were not given."""

_LACKS: Final = re.compile(r"the target has no (token of kind|access key of a|password of a)? ?(\w+)")
"""The reason of contracts.probes for a missing credential."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """The given credentials: tokens by role or kind, access keys and passwords by role."""

    tokens: dict[str, str]
    accesskeys: dict[str, str]
    passwords: dict[str, str]

    def masked(self, text: str) -> str:
        """Return the text with all credentials masked, and with the control characters that a server sent escaped."""
        known = {value for values in (self.tokens, self.accesskeys, self.passwords) for value in values.values()}
        for value in sorted(known, key=len, reverse=True):
            text = text.replace(value, MASK)
        return visible(_CREDENTIAL_PATTERN.sub(MASK, text))

    def __repr__(self) -> str:
        return f"<Credentials of {', '.join(self.tokens) or 'no one'}>"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add an option for each credential. Its value is the name of an environment variable."""
    for role in ROLES:
        name = role.replace("_", "-")
        parser.add_argument(_option(role, "token"), metavar="NAME", help=f"the variable that holds a {name}'s token")
        parser.add_argument(_option(role, "accesskey"), metavar="NAME", help=f"... that holds a {name}'s access key")
    parser.add_argument(_PASSWORD, metavar="NAME", help="... that holds the super-admin's password")
    parser.add_argument(
        "--other-token-env",
        action="append",
        default=[],
        metavar="KIND=NAME",
        help="... that holds another kind of token: direct, expired, frozen_admin, ...; may be repeated",
    )


def read(options: argparse.Namespace) -> Credentials:
    """Return the values of the named variables. Raises UsageError."""
    given = vars(options)
    tokens = {role: _value(option, given[_dest(option)]) for role in ROLES for option in [_option(role, "token")]}
    keys = {role: _value(option, given[_dest(option)]) for role in ROLES for option in [_option(role, "accesskey")]}
    password = _value(_PASSWORD, options.password_env)
    return Credentials(
        tokens=_given(tokens | _others(options.other_token_env)),
        accesskeys=_given(keys),
        passwords=_given({"super_admin": password}),
    )


def with_option(reason: str) -> str:
    """Return a probe's reason; if it is a missing credential, with the option that supplies it."""
    found = _LACKS.fullmatch(reason)
    option = found and _option_for(found[1] or "", found[2])
    return f"{reason}: pass {option}" if option else reason


def _option_for(what: str, kind: str) -> str:
    from ...contracts.checker.remote_target import OTHERS

    if kind in OTHERS:
        return f"--other-token-env {kind}=NAME"
    if kind not in ROLES:
        return ""
    if what.startswith("password"):
        return f"{_PASSWORD} NAME" if kind == "super_admin" else ""
    return f"{_option(kind, 'accesskey' if what.startswith('access') else 'token')} NAME"


def _option(role: str, kind: str) -> str:
    prefix = "" if role == "super_admin" else role.replace("_", "-") + "-"
    return f"--{prefix}{kind}-env"


def _dest(option: str) -> str:
    return option.removeprefix("--").replace("-", "_")


def _others(pairs: list[str]) -> dict[str, str]:
    from ...contracts.checker.remote_target import OTHERS

    found = {}
    for pair in pairs:
        kind, _, name = pair.partition("=")
        if kind not in OTHERS or not name:
            raise UsageError(f"--other-token-env: expected KIND=NAME, where KIND is one of {', '.join(OTHERS)}")
        found[kind] = _value("--other-token-env", name)
    return found


def _value(option: str, name: str | None) -> str:
    if name is None:
        return ""
    value = os.environ.get(name, "").strip()
    # The message omits the name: it may be a token that was passed by mistake, and must not appear in a log.
    if not value:
        raise UsageError(f"{option} expects the name of an environment variable, and no such variable is set")
    if option != _PASSWORD and not (value.isascii() and value.isprintable()):
        raise UsageError(f"the variable that {option} names does not hold a credential: it contains invalid characters")
    return value


def _given(values: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in values.items() if value}
