"""The steps of the Containerfile, without a container engine: the same commands, in an empty folder."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from .conftest import ROOT

NOBODY = 65534
HEALTH = "HEALTHCHECK"


def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the Containerfile with their arguments, in order."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Containerfile").read_text("utf-8"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines)]


def arguments(name: str) -> str:
    [found] = [rest for instruction, rest in instructions() if instruction == name]
    return found


class Image:
    """The file system of the image, in a folder: `/opt` is its `opt`, and `/src` its `src`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, rest in instructions():
            if name == "COPY" and "--from" not in rest:
                self._copy(*rest.split())
            elif name == "RUN":
                # The image's Python is that of this test.
                words = [sys.executable if word == "python" else self._inside(word) for word in shlex.split(rest)]
                subprocess.run(words, check=True, cwd=folder, capture_output=True)

    def _inside(self, path: str) -> str:
        return f"{self.folder}{path}" if path.startswith("/") else path

    def _copy(self, *paths: str) -> None:
        *sources, target = paths
        for source in sources:
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, self._inside(target), ignore=shutil.ignore_patterns("__pycache__"))
            else:
                Path(self._inside(target)).mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / source, self._inside(target))

    def command(self, text: str, port: int) -> list[str]:
        """Return a command in JSON with another port: the image's own may be taken on this machine."""
        return [word.replace("8080", str(port)) for word in json.loads(text)]

    @property
    def environment(self) -> dict[str, str]:
        """The image's environment, without anything of this process."""
        return {"PATH": f"{self.folder}/opt/providercalls/bin:/usr/bin:/bin", "HOME": "/nonexistent"}

    def health(self, port: int) -> int:
        command = self.command(arguments(HEALTH).partition("CMD ")[2], port)
        return subprocess.run(command, env=self.environment, cwd=self.folder, timeout=60).returncode

    def _user(self) -> dict[str, Any]:
        """Return the options to run a command as nobody, if this process may, and if nobody can read its Python."""
        if os.geteuid() != 0:
            return {}
        nobody = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        try:
            subprocess.run(
                [f"{self.folder}/opt/providercalls/bin/python", "-c", ""], cwd=self.folder, **nobody, check=True
            )
        except (OSError, subprocess.CalledProcessError):
            return {}
        return nobody

    @contextmanager
    def container(self, *words: str, port: int, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run the entry point, as nobody if this process may, until it is healthy, and end it as an engine does."""
        command = [*self.command(arguments("ENTRYPOINT"), port), *words]
        with subprocess.Popen(
            command,
            env={**self.environment, **environment},
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **self._user(),
        ) as process:
            try:
                end = time.monotonic() + 60
                while self.health(port) and time.monotonic() < end:
                    assert process.poll() is None, "the server has ended"
                    time.sleep(0.1)
                yield process
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(30)


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    # Not tmp_path, which other users cannot read.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Image(Path(folder))


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def get(url: str, **headers: str) -> object:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as response:
        return json.load(response)


def test_the_server_is_healthy_reachable_and_ends_on_a_signal(image: Image, port: int) -> None:
    assert image.health(port) == 1
    with image.container(port=port) as process:
        assert image.health(port) == 0
        # Bound to all addresses, and to loopback ones of a container too.
        assert get(f"http://127.0.0.2:{port}/ping") == {"message": "pong"}
    assert process.returncode == 0
    assert image.health(port) == 1


def test_options_come_from_the_environment_and_from_arguments(image: Image, port: int) -> None:
    options = "--edition server-2026-08 --allow-host voipbin"
    with image.container("--host", "127.0.0.1", "--notes", port=port, PROVIDERCALLS_OPTIONS=options):
        with pytest.raises(OSError, match="refused"):
            get(f"http://127.0.0.2:{port}/ping")
        info = get(f"http://127.0.0.1:{port}/_fake/info", Host="voipbin:8080")
    assert isinstance(info, dict) and info["edition"] == "server-2026-08"


def test_the_health_check_supports_tls(image: Image, port: int) -> None:
    with image.container("--tls", port=port):
        assert image.health(port) == 0


def test_it_is_a_slim_image_without_root() -> None:
    assert {base.split()[0] for name, base in instructions() if name == "FROM"} == {
        "docker.io/library/python:3.13-slim"
    }
    assert arguments("USER") == f"{NOBODY}:{NOBODY}"
    assert arguments("EXPOSE") in arguments("ENTRYPOINT") and arguments("EXPOSE") in arguments(HEALTH)


def test_only_what_is_copied_is_sent_to_the_engine() -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    copied = {
        source
        for name, rest in instructions()
        if name == "COPY" and "--from" not in rest
        for source in rest.split()[:-1]
    }
    assert kept == copied
