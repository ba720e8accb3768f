"""`providercalls serve` under pressure: output that no one reads, stale files, and signals at any moment."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.access_log import AccessLog

from pytest_providercalls.cli.serving.published_file import CA_MARK, PublishedFile
from pytest_providercalls.cli.serving.shutdown import Shutdown, Stopped

from ...waiting import wait_for

SERVE = [sys.executable, "-m", "pytest_providercalls.cli", "serve", "--port", "0", "--port-file", "port"]
PING = Request("GET", "/ping")
posix = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX defines them")


class Unread:
    """A pipe that no one reads, with the file that writes to it."""

    def __init__(self) -> None:
        self.reader, writer = os.pipe()
        self.file = os.fdopen(writer, "w")

    def read(self) -> list[str]:
        """Read up to the end of the file."""
        self.file.close()
        with os.fdopen(self.reader) as reader:
            return reader.read().splitlines()

    def close(self) -> None:
        # Closing the reader first ends a blocked write.
        os.close(self.reader)
        with suppress(OSError):
            self.file.close()


@posix
def test_a_log_that_no_one_reads_blocks_no_request_and_counts_what_it_drops() -> None:
    pipe = Unread()
    fake = FakeVoipbin()
    with AccessLog(fake, pipe.file, max_waiting=10) as log:
        for _ in range(2000):
            assert log.respond(PING).response.status == 200
        pipe.close()


@posix
def test_a_log_reports_how_many_lines_it_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = Unread()
    log = AccessLog(FakeVoipbin(), pipe.file, max_waiting=2)
    # Until the block begins, nothing is written.
    for _ in range(5):
        log.respond(PING)
    with log:
        while log._lines.qsize():
            pass
        log.respond(PING)
    lines = [json.loads(line) for line in pipe.read()]
    assert [line.get("status", line.get("dropped")) for line in lines] == [200, 200, 3, 200]


def test_a_log_without_a_descriptor_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    with AccessLog(FakeVoipbin(), sys.stderr) as log:
        log.respond(PING)
    assert json.loads(capsys.readouterr().err)["path"] == "/ping"


@posix
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_whose_log_no_one_reads_responds_and_ends(tmp_path: Path, number: int) -> None:
    with subprocess.Popen(SERVE, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        wait_for(tmp_path / "port")
        url = f"http://127.0.0.1:{(tmp_path / 'port').read_text().strip()}/{'x' * 4000}"
        with httpx.Client(timeout=10) as client:
            for _ in range(40):
                client.get(url)
        process.send_signal(number)
        # Without reading a line of the log.
        assert process.wait(timeout=20) == 0
        assert list(tmp_path.iterdir()) == []


@posix
def test_a_server_whose_output_no_one_reads_is_ready_and_ends(tmp_path: Path) -> None:
    agents = [{"username": f"agent-{number}-{'x' * 60}"} for number in range(300)]
    (tmp_path / "seed.json").write_text(json.dumps({"agents": agents}))
    command = [*SERVE, "--json", "--seed-file", "seed.json"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE) as process:
        wait_for(tmp_path / "port")
        process.terminate()
        assert process.wait(timeout=20) == 0
        assert [path.name for path in tmp_path.iterdir()] == ["seed.json"]


@posix
def test_a_signal_ends_a_start_that_is_blocked(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "log")
    code = (
        "import builtins, pathlib, sys\nfrom pytest_providercalls.cli import main\n"
        "real = pathlib.Path.open\n"
        "def open(self, *rest, **named):\n"
        "    if self.name == 'log': print('opening', flush=True)\n"
        "    return real(self, *rest, **named)\n"
        "pathlib.Path.open = open\nsys.exit(main(['serve', '--port', '0', '--log', 'log']))"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"opening\n"
        process.terminate()
        assert process.wait(timeout=20) == 0


@posix
def test_a_block_that_does_not_end_is_ended(tmp_path: Path) -> None:
    ended: queue.SimpleQueue[int] = queue.SimpleQueue()
    with Shutdown(grace=0.01, end=ended.put) as shutdown:
        file = PublishedFile(tmp_path / "port", "8080\n", "--port-file")
        shutdown.leftovers.append(file)
        file.__enter__()
        with suppress(Stopped):
            os.kill(os.getpid(), signal.SIGTERM)
        assert ended.get(timeout=20) == 128 + signal.SIGTERM
    assert list(tmp_path.iterdir()) == []


@posix
def test_a_signal_that_arrives_just_before_a_blocking_call_ends_it() -> None:
    reader, writer = os.pipe()

    def interrupt() -> None:
        # The handler of a signal that another thread receives is pending, and the call of the main thread goes on.
        signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

    release = threading.Timer(20, os.write, (writer, b"too late"))
    release.start()
    with pytest.raises(Stopped), Shutdown(grace=10, end=lambda _: None):
        threading.Timer(0.2, interrupt).start()
        os.read(reader, 1)
    assert release.is_alive()
    release.cancel()
    os.close(reader)
    os.close(writer)


@posix
def test_a_signal_before_the_server_is_ready_stops_the_start() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(Stopped), Shutdown():
        os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before


@posix
@pytest.mark.parametrize("options", [(), ("--tls", "--ca-file", "ca.pem")], ids=["http", "tls"])
def test_stale_files_are_removed_before_the_server_starts(tmp_path: Path, options: tuple[str, ...]) -> None:
    (tmp_path / "port").write_text("99999\n")
    if options:
        (tmp_path / "ca.pem").write_text(CA_MARK)
    code = (
        "import os, sys\nfrom pytest_providercalls.cli import fake_options, main\n"
        "def build(options): print(os.listdir()); sys.exit(0)\n"
        "fake_options.build_fake = build\nmain(sys.argv[1:])"
    )
    command = [sys.executable, "-c", code, *SERVE[3:], *options]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"


def test_credentials_in_real_time_depend_on_the_seed_only() -> None:
    def credentials(seed: int) -> list[tuple[str, str, str]]:
        fake = FakeVoipbin(seed=seed, lifecycle="realtime")
        fake.add_agent()
        return [(one.token, one.accesskey, one.password) for one in fake.state.agents.values()]

    assert credentials(7) == credentials(7)
    assert credentials(7) != credentials(8)


def test_a_predefined_token_of_real_time_is_valid_for_years() -> None:
    fake = FakeVoipbin(lifecycle="realtime")
    fake.clock.advance(30 * 365 * 86_400)
    response = fake.handle(Request("GET", f"/v1.0/me?token={fake.super_admin.token}"))
    assert response.status == 200
