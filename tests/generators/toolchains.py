"""Commands of other languages' toolchains, and the packages of npm that the tests share."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

NPM_PACKAGES = ("openapi-typescript@7.13.0", "openapi-fetch@0.17.0", "typescript@5.9.3", "@types/node@20.19.0")


def run(folder: Path, *command: str | Path, **environment: str) -> None:
    """Run a command. If it fails, the error has its output."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env={**os.environ, **environment})
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    assert "warning" not in f"{done.stdout}{done.stderr}".lower(), f"{command}\n{done.stdout}{done.stderr}"


@cache
def missing(*command: str) -> str | None:
    """Return why a command that needs a toolchain and its registry fails, or None if it succeeds."""
    if shutil.which(command[0]) is None:
        return f"{command[0]} is not installed"
    done = subprocess.run(command, capture_output=True, text=True)
    lines = [*f"{done.stdout}{done.stderr}".strip().splitlines(), "no output"]
    return f"`{' '.join(command)}` failed; is the registry reachable? {lines[0]}" if done.returncode else None


def require(*command: str) -> None:
    """Skip the test if a toolchain or its registry is missing."""
    reason = missing(*command)
    if reason is not None:
        pytest.skip(reason)


def add_npm_packages(folder: Path) -> None:
    """Make the packages available in a folder. They are installed once, next to it."""
    cache = folder.parent / "npm"
    cache.mkdir(exist_ok=True)
    require("npm", "install", "--prefix", str(cache), "--no-audit", "--no-fund", *NPM_PACKAGES)
    (folder / "node_modules").symlink_to(cache / "node_modules")
    (folder / "package.json").write_text('{"type": "module"}')
