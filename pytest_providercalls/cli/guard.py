"""Run a command that cannot reach the real VoIPbin, the fake beside it, and write down what it attempted."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Final

from ..children import Children, environment
from ..cutoff import names, namespace
from ..cutoff.proxy import VARIABLES, proxying
from ..cutoff.receipt import Receipt, Sighting
from ..guard import DEFAULT_HOSTS, Guard
from . import world
from .errors import Unusable

_ATTEMPTED: Final = 1
_NOT_FOUND: Final = 127
_NOT_RUN: Final = 126
_BY_SIGNAL: Final = 128


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "providercalls guard [options] -- COMMAND ..."
    parser.epilog = (
        "The exit code is the command's; 1 when it succeeded, but attempted to reach a guarded host. The command finds"
        " the fake in the environment: VOIPBIN_BASE_URL, VOIPBIN_TOKEN, ..."
    )
    parser.add_argument("--host", action="append", default=[], metavar="GLOB", help="one more host to guard")
    parser.add_argument("--no-namespace", action="store_true", help="leave the network be, and use a proxy")
    parser.add_argument("--receipt", type=Path, metavar="FILE.json", help="write the receipt as JSON, too")
    world.arguments(parser)
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND", help="what to run, after --")


def run(options: argparse.Namespace) -> int:
    command = options.line[1:] if options.line[:1] == ["--"] else options.line
    if not command:
        raise Unusable("name the command to run after --, such as `providercalls guard -- npm test`")
    receipt = Receipt(command)
    guard = Guard((*DEFAULT_HOSTS, *options.host))
    why_no_namespace = "switched off by --no-namespace" if options.no_namespace else namespace.why_not()
    if why_no_namespace is None:
        # Before anything else: a process that has threads cannot go.
        namespace.enter()
    fake, _ = world.make(options)
    with ExitStack() as stack:
        variables = dict(os.environ)
        ...
    return 0
