"""One run of each client in an edition."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from . import curl_examples, go_sdk, mcp_tools, sources, vn
from .results import Result, run_steps
from .sources import NotAvailable
from .world import world

Run = Callable[[str], Iterator[Result]]


def run_vn(edition: str) -> Iterator[Result]:
    """Run each command of vn."""
    binary = _vn()
    with world(edition) as opened:
        yield from run_steps(vn.CLIENT, vn.steps(binary), opened)


def run_curl_examples(edition: str) -> Iterator[Result]:
    """Run each example of the documents."""
    if not curl_examples.is_available():
        raise NotAvailable("needs curl")
    with world(edition) as opened:
        yield from run_steps(curl_examples.CLIENT, curl_examples.steps(), opened)


def run_mcp(edition: str) -> Iterator[Result]:
    """Run each tool of voipbin-mcp, with both ways to authenticate."""
    if not mcp_tools.is_available():
        raise NotAvailable("needs voipbin-mcp")
    with world(edition) as opened:
        for authentication in ("cookie", "query"):
            with mcp_tools.session(opened, authentication) as session:
                yield from run_steps(mcp_tools.CLIENT, mcp_tools.steps(session, authentication), opened)


def run_go_sdk(edition: str) -> Iterator[Result]:
    """Run each operation that the Go SDK and the fake share."""
    binary = _go_program()
    with world(edition) as opened:
        yield from run_steps(go_sdk.CLIENT, go_sdk.steps(binary), opened)


RUNS: Final[Mapping[str, Run]] = {
    curl_examples.CLIENT: run_curl_examples,
    vn.CLIENT: run_vn,
    go_sdk.CLIENT: run_go_sdk,
    mcp_tools.CLIENT: run_mcp,
}


@cache
def _vn() -> Path:
    return sources.vn(_folder("vn"))


@cache
def _go_program() -> Path:
    checkout = sources.go_sdk(_folder("go"))
    try:
        return go_sdk.build(checkout, _folder("go"))
    except subprocess.CalledProcessError as error:
        raise NotAvailable(f"the SDK does not build: {error.stderr}") from None


@cache
def _temporary() -> tempfile.TemporaryDirectory[str]:
    """Return a folder that exists until the process ends, for what is built once."""
    return tempfile.TemporaryDirectory(prefix="official-clients-")


def _folder(name: str) -> Path:
    folder = Path(_temporary().name, name)
    folder.mkdir(exist_ok=True)
    return folder
