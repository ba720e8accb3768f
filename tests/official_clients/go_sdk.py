"""The operations of `voipbin-go`, VoIPbin's Go SDK: the program in sdk/ runs one of them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from .results import Step
from .world import World

CLIENT: Final = "voipbin-go"
_PROGRAM: Final = Path(__file__).with_name("sdk") / "main.go"
_MODULE: Final = "module example.net/sdk\n\ngo 1.23\n"
_TIMEOUT: Final = 60


def build(checkout: Path, folder: Path, program: str = "") -> Path:
    """Build a program, by default the one in sdk/, with the SDK of a checkout. Raises CalledProcessError."""
    (folder / "go.mod").write_text(_MODULE)
    (folder / "main.go").write_text(program or _PROGRAM.read_text())
    binary = folder / "sdk"
    for command in (
        ("mod", "edit", f"-replace=github.com/voipbin/voipbin-go={checkout.resolve()}"),
        ("mod", "tidy", "-e"),
        ("build", "-o", str(binary), "."),
    ):
        subprocess.run(["go", *command], cwd=folder, check=True, capture_output=True, text=True)
    return binary


def steps(binary: Path) -> Iterator[Step]:
    """Yield a step per operation."""
    names = subprocess.run([binary], capture_output=True, text=True, check=True).stdout.splitlines()
    for name in names:
        yield Step(name, partial(_run, binary, name))


def _run(binary: Path, name: str, world: World) -> str:
    ids = {kind.upper(): id for kind, id in world.ids.items()}
    agent = {"AGENT_USERNAME": world.admin["username"], "AGENT_PASSWORD": world.admin["password"]}
    environment = {**os.environ, **world.environment, **ids, **agent}
    done = subprocess.run([binary, name], env=environment, capture_output=True, text=True, timeout=_TIMEOUT)
    return "" if done.returncode == 0 else done.stderr.strip() or f"exit code {done.returncode}"
