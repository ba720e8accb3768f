"""Credentials for a real server: named on the command line, read from the environment, and never shown."""

from __future__ import annotations

import argparse
import os
import re
from dataclasses import dataclass
from typing import Final

from ..contracts.redaction import MASK
from .errors import UsageError

ROLES: Final = ("super_admin", "customer_admin", "customer_manager", "customer_agent")
_PASSWORD: Final = "--password-env"
_LIKE_ONE: Final = re.compile(r"eyJ[\w.-]+|vb_\w{8,}")
"""A token, were it cut short, or an access key by its looks: a server may make new ones."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What there is: tokens by role or kind, access keys and passwords by role."""

    tokens: dict[str, str]
    accesskeys: dict[str, str]
    passwords: dict[str, str]

    def masked(self, text: str) -> str:
        """A text in which no credential can be read."""
        known = {value for values in (self.tokens, self.accesskeys, self.passwords) for value in values.values()}
        for value in sorted(known, key=len, reverse=True):
            text = text.replace(value, MASK)
        return _LIKE_ONE.sub(MASK, text)

    def __repr__(self) -> str:
        return f"<Credentials of {', '.join(self.tokens) or 'nobody'}>"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add an option for each credential, which names a variable."""
    for role in ROLES:
        shown = role.replace("_", "-")
        parser.add_argument(_option(role, "token"), metavar="NAME", help=f"the variable with a {shown}'s token")
        parser.add_argument(_option(role, "accesskey"), metavar="NAME", help=f"... with a {shown}'s access key")
    parser.add_argument(_PASSWORD, metavar="NAME", help="... with the super-admin's password")
    parser.add_argument(
        "--other-token-env",
        action="append",
        default=[],
        metavar="KIND=NAME",
        help="... with a token of another kind: direct, expired, frozen_admin, ...; may be repeated",
    )


def read(options: argparse.Namespace) -> Credentials:
    """The values of the variables that were named. Raises Unusable."""
    given = vars(options)
    tokens = {role: _value(option, given[_name(option)]) for role in ROLES for option in [_option(role, "token")]}
    keys = {role: _value(option, given[_name(option)]) for role in ROLES for option in [_option(role, "accesskey")]}
    password = _value(_PASSWORD, options.password_env)
    return Credentials(
        tokens=_there(tokens | _others(options.other_token_env)),
        accesskeys=_there(keys),
        passwords=_there({"super_admin": password}),
    )


def _option(role: str, what: str) -> str:
    prefix = "" if role == "super_admin" else role.replace("_", "-") + "-"
    return f"--{prefix}{what}-env"


def _name(option: str) -> str:
    return option.removeprefix("--").replace("-", "_")


def _others(pairs: list[str]) -> dict[str, str]:
    from ..contracts.checker.remote_target import OTHERS

    found = {}
    for pair in pairs:
        kind, _, name = pair.partition("=")
        if kind not in OTHERS or not name:
            raise UsageError(f"--other-token-env takes KIND=NAME, where KIND is one of {', '.join(OTHERS)}")
        found[kind] = _value("--other-token-env", name)
    return found


def _value(option: str, name: str | None) -> str:
    if name is None:
        return ""
    value = os.environ.get(name, "").strip()
    # The name is not told: whoever puts a token there by mistake does not want to read it in a log.
    if not value:
        raise UsageError(f"{option} takes the name of an environment variable, and there is none that is so called")
    if option != _PASSWORD and not (value.isascii() and value.isprintable()):
        raise UsageError(f"the variable that {option} names has no credential in it: there are odd characters")
    return value


def _there(values: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in values.items() if value}
