"""Where the clients come from that are not on PyPI: a path in the environment, or a clone."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final, NamedTuple

CLONE: Final = "OFFICIAL_CLIENTS_CLONE"
"""The variable that allows clones: they need network access to GitHub."""


class Source(NamedTuple):
    """A repository at a commit, and the variable that names a path instead."""

    variable: str
    repository: str
    commit: str


VN: Final = Source("VN", "https://github.com/voipbin/cli", "556fb2317614087f884893ec26f63cf098b02eb3")
GO_SDK: Final = Source(
    "VOIPBIN_GO", "https://github.com/voipbin/voipbin-go", "0ddc7348bd27f6d8854071634474441c4884a4ef"
)


class NotAvailable(Exception):
    """A client cannot be run on this machine. The message states the reason."""


def vn(folder: Path) -> Path:
    """Return the path of a `vn`; it is built in the folder if the environment names none. Raises NotAvailable."""
    named = os.environ.get(VN.variable)
    if named:
        return Path(named).resolve()
    checkout = _clone(VN, folder)
    binary = folder / "vn"
    _run("go", "build", "-o", str(binary), "./cmd/vn", cwd=checkout)
    return binary


def go_sdk(folder: Path) -> Path:
    """Return the path of a checkout of the Go SDK. Raises NotAvailable."""
    require_go()
    named = os.environ.get(GO_SDK.variable)
    return Path(named).resolve() if named else _clone(GO_SDK, folder)


def require_go() -> None:
    """Raise NotAvailable if this machine has no Go."""
    if shutil.which("go") is None:
        raise NotAvailable("needs Go")


def _clone(source: Source, folder: Path) -> Path:
    if not os.environ.get(CLONE):
        raise NotAvailable(f"set {source.variable} to the path of the client, or run `make official-clients`")
    require_go()
    checkout = folder / source.repository.rpartition("/")[2]
    _run("git", "clone", "--quiet", source.repository, str(checkout), cwd=folder)
    _run("git", "checkout", "--quiet", source.commit, cwd=checkout)
    return checkout


def _run(*command: str, cwd: Path) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        raise NotAvailable(f"`{' '.join(command)}` failed: {' '.join(done.stderr.split())[-300:]}")
