"""The cost of whole sessions of pytest, from the start of the process to its end, against respx and other tools.

Each tool has a virtual environment of its own. A session has one test or 300, which place one call each, and runs with
the bytecode that pytest writes for the modules whose assertions it rewrites, and without: most container images do not
keep any (PYTHONDONTWRITEBYTECODE). pip has written that of all other modules.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import tempfile
import time
import venv
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

from tables import Goal, Results, Table, show

TURNS = {1: 11, 300: 3}
"""How often a session is measured, by its number of tests."""
ROOT = Path(__file__).parents[1]
URL = "https://api.voipbin.net/v1.0/providercalls"
PARTS = {
    "source": {"type": "tel", "target": "+12025550100"},
    "destinations": [{"type": "tel", "target": "+12025550101"}],
}
"""A body without its provider."""


class Tool(NamedTuple):
    """A tool, what pip installs for it, and its test, in which NUMBER is the test's number."""

    name: str
    requirements: tuple[str, ...]
    test: str
    sizes: tuple[int, ...] = tuple(TURNS)
    """The numbers of tests of its sessions."""


OURS = Tool(
    "pytest-providercalls",
    (str(ROOT),),
    f"""
import httpx

def test_NUMBER(voipbin):
    headers = dict(Authorization="Bearer " + voipbin.super_admin.token)
    body = dict({PARTS}, provider_id=voipbin.provider.id)
    assert httpx.post("{URL}", headers=headers, json=body).status_code == 200
""",
)
RESPX = f"""
import httpx

def test_NUMBER(respx_mock):
    respx_mock.post("{URL}").respond(json=dict(id="x"))
    assert httpx.post("{URL}", headers=dict(Authorization="Bearer x"), json={PARTS}).status_code == 200
"""
PYTEST_HTTPX = f"""
import httpx

def test_NUMBER(httpx_mock):
    httpx_mock.add_response(url="{URL}", json=dict(id="x"))
    assert httpx.post("{URL}", headers=dict(Authorization="Bearer x"), json={PARTS}).status_code == 200
"""
RESPONSES = f"""
import requests
import responses

@responses.activate
def test_NUMBER():
    responses.post("{URL}", json=dict(id="x"))
    assert requests.post("{URL}", headers=dict(Authorization="Bearer x"), json={PARTS}).status_code == 200
"""
MOTO = """
import boto3
import moto

@moto.mock_aws
def test_NUMBER():
    sqs = boto3.client("sqs", "us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    assert sqs.create_queue(QueueName="calls")["QueueUrl"]
"""
TOOLS = (
    OURS,
    Tool("respx, next to this plugin", OURS.requirements, RESPX),
    Tool("respx", ("pytest", "respx"), RESPX),
    Tool("pytest-httpx", ("pytest-httpx",), PYTEST_HTTPX),
    Tool("responses", ("pytest", "responses"), RESPONSES),
    # Three hundred of its tests take as long as all the others together.
    Tool("moto", ("pytest", "moto[sqs]"), MOTO, sizes=(1,)),
)


class Cost(NamedTuple):
    """Seconds of one process: on the processor, and until it ended."""

    processor: float
    wall: float


def _environment(folder: Path, requirements: tuple[str, ...]) -> str:
    if not folder.exists():
        venv.create(folder, with_pip=True)
        python = str(folder / "bin" / "python")
        subprocess.run([python, "-m", "pip", "install", "--quiet", *requirements], check=True)
    return str(folder / "bin" / "python")


def session(python: str, folder: Path, *, bytecode: bool) -> Cost:
    """Return the cost of a session with the tests of a folder."""
    environment = {"PATH": os.environ["PATH"], **({} if bytecode else {"PYTHONDONTWRITEBYTECODE": "1"})}
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", str(folder)]
    before, start = _child_time(), time.monotonic()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return Cost(_child_time() - before, time.monotonic() - start)


def _child_time() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _suites(root: Path) -> Iterator[tuple[Tool, int, str, Path]]:
    sizes = ((tool, tests) for tool in TOOLS for tests in tool.sizes)
    for number, (tool, tests) in enumerate(sizes):
        python = _environment(root / "-".join(("venv", *tool.requirements)).replace("/", "_"), tool.requirements)
        suite = root / f"suite{number}"
        suite.mkdir()
        (suite / "test_calls.py").write_text("".join(tool.test.replace("NUMBER", str(one)) for one in range(tests)))
        yield tool, tests, python, suite


def measure() -> Results:
    """Measure all sessions, interleaved: first those with bytecode, then those without."""
    found: dict[tuple[int, bool, str], list[Cost]] = {}
    with tempfile.TemporaryDirectory() as folder:
        suites = list(_suites(Path(folder)))
        for _, _, python, suite in suites:
            session(python, suite, bytecode=True)
        for bytecode in (True, False):
            if not bytecode:
                # pytest reads what an earlier session has written.
                for file in Path(folder).rglob("*-pytest-*.pyc"):
                    file.unlink()
            for turn, (tool, tests, python, suite) in product(range(max(TURNS.values())), suites):
                if turn < TURNS[tests]:
                    cost = session(python, suite, bytecode=bytecode)
                    found.setdefault((tests, bytecode, tool.name), []).append(cost)
    costs = {key: Cost(*map(statistics.median, zip(*costs, strict=True))) for key, costs in found.items()}
    return Results(tuple(_tables(costs)), tuple(_goals(costs)))


def _tables(costs: dict[tuple[int, bool, str], Cost]) -> Iterator[Table]:
    for (tests, turns), bytecode in product(TURNS.items(), (True, False)):
        own = costs[tests, bytecode, OURS.name]
        rows = tuple(
            (tool.name, f"{cost.processor:,.2f} s", f"{cost.wall:,.2f} s", f"{own.processor / cost.processor:.2f}")
            for tool in TOOLS
            if tests in tool.sizes
            for cost in [costs[tests, bytecode, tool.name]]
        )
        title = f"A session with {tests} test{'s' * (tests > 1)}, {'with' if bytecode else 'without'} bytecode"
        note = f"whole processes, user and system time, medians of {turns} rounds"
        yield Table(title, ("", "processor", "wall", "this plugin, times"), rows, note)


def _goals(costs: dict[tuple[int, bool, str], Cost]) -> Iterator[Goal]:
    for bytecode, (peer, limit) in product((True, False), ((TOOLS[1].name, 1.15), (TOOLS[2].name, 1.6))):
        ratio = costs[1, bytecode, OURS.name].processor / costs[1, bytecode, peer].processor
        name = f"a session with one test, {'with' if bytecode else 'without'} bytecode, to {peer}"
        yield Goal(name, limit, ratio, "times")


if __name__ == "__main__":
    show(measure())
