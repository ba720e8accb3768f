"""Generators of clients in three languages: each client compiles, places calls, polls, pages and hangs up.

`make generators` runs these tests. They need Go and Node.js, and the registries of both: without them they are skipped.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pytest_providercalls.contracts import EDITIONS, openapi

from .toolchains import add_npm_packages, require, run

pytest.importorskip("openapi_python_client", reason="`make generators` has it")

CLIENTS = Path(__file__).with_name("clients")
SERVE = ("-m", "pytest_providercalls.cli", "serve", "--json", "--port", "0", "--lifecycle", "on_poll")
GO_GENERATOR = "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen"
GO_MODULE = """
module generated

go 1.24

require (
	github.com/google/uuid v1.6.0
	github.com/oapi-codegen/runtime v1.9.0
)
"""

Command = list[str]
Generator = Callable[[Path, Path], Command]
"""Generates a client from a document in a folder, compiles it there, and returns the command that runs it."""


def media_types(document: Path) -> set[str]:
    """Return the media types of the responses."""
    operations = [one for path in json.loads(document.read_text())["paths"].values() for one in path.values()]
    responses = [one for operation in operations if "responses" in operation for one in operation["responses"].values()]
    return {media for response in responses for media in response.get("content", ())}


def python(document: Path, folder: Path) -> Command:
    package, config = folder / "voipbin", folder / "config.json"
    files = dict.fromkeys(media_types(document) - {"application/json", "text/plain"}, "application/octet-stream")
    config.write_text(json.dumps({"post_hooks": [], "content_type_overrides": files}))
    options = ("--path", document, "--output-path", package, "--meta", "none", "--config", config, "--fail-on-warning")
    run(folder, sys.executable, "-m", "openapi_python_client", "generate", *options)
    run(folder, sys.executable, "-W", "error", "-m", "compileall", "-q", package)
    shutil.copy(CLIENTS / "client.py", folder)
    return [sys.executable, "client.py"]


def go(document: Path, folder: Path, release: str) -> Command:
    require("go", "install", f"{GO_GENERATOR}@{release}")
    package = folder / "voipbin"
    package.mkdir()
    (folder / "go.mod").write_text(GO_MODULE)
    shutil.copy(CLIENTS / "client.go", folder)
    options = ("-generate", "types,client", "-package", "voipbin", "-o", package / "client.go")
    run(folder, "go", "run", f"{GO_GENERATOR}@{release}", *options, document)
    run(folder, "go", "build", "-o", "client", ".", GOFLAGS="-mod=mod")
    run(folder, "go", "vet", "./...")
    return ["./client"]


def typescript(document: Path, folder: Path) -> Command:
    add_npm_packages(folder)
    shutil.copy(CLIENTS / "client.ts", folder)
    run(folder, "npx", "openapi-typescript", document, "--output", "voipbin.ts")
    run(folder, "npx", "tsc", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "nodenext", "client.ts")
    return ["node", "client.js"]


# oapi-codegen 2.5 does not know OpenAPI 3.1.
GENERATORS: dict[str, tuple[Generator, tuple[str, ...]]] = {
    "openapi-python-client": (python, ("3.0", "3.1")),
    "oapi-codegen 2.5": (partial(go, release="v2.5.1"), ("3.0",)),
    "oapi-codegen 2.8": (partial(go, release="v2.8.2"), ("3.0", "3.1")),
    "openapi-typescript": (typescript, ("3.0", "3.1")),
}
CASES = [(name, version) for name, (_, versions) in GENERATORS.items() for version in versions]


@pytest.fixture
def server(edition: str) -> Iterator[dict[str, Any]]:
    """Run the stand-alone server of the fake, and yield its description."""
    command = (sys.executable, *SERVE, "--edition", edition)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty folder. What is next to it stays for the next test."""
    return tmp_path_factory.mktemp("client")


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize(("generator", "version"), CASES)
def test_a_generated_client_compiles_and_runs(
    edition: str, generator: str, version: str, server: dict[str, Any], folder: Path
) -> None:
    document = folder / "openapi.json"
    document.write_text(json.dumps(openapi(edition, version)))
    command = GENERATORS[generator][0](document, folder)
    environment = {**os.environ, **server["environment"]}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment, timeout=120)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert len(set(result["placed"])) == 3
    assert result["listed"] == result["placed"][::-1]
    assert result["statuses"] == ["dialing", "ringing", "progressing"]
    assert result["hangup"] == ["normal", "local"]
    assert result["refused"] == (400 if edition == "documented" else 404)
