"""Two pytest-xdist workers with 16 threads per test hammer their servers: each record exists once, for its own client.

`make soak-server` runs it with 20,000 requests.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REQUESTS = int(os.environ.get("HAMMER_REQUESTS", "2000"))
TESTS, THREADS, WORKERS = 4, 16, 2

CONFTEST = """
import os, sys, threading
from pathlib import Path

def state():
    descriptors = os.listdir("/proc/self/fd") if sys.platform == "linux" else []
    return {*threading.enumerate(), *descriptors}

def pytest_sessionstart(session):
    session.config.before = state()

def pytest_sessionfinish(session):
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        left = state() - session.config.before
        Path(f"left-by-{worker}").write_text(repr(left or "nothing"))
"""
SUITE = f"""
import http.client, json, os, threading
import pytest

WORKER = int(os.environ["PYTEST_XDIST_WORKER"].removeprefix("gw"))
TURNS = {-(-REQUESTS // (TESTS * THREADS * 2))}

def number(test, thread, turn):
    return f"+1202{{2 + WORKER}}{{test}}{{thread:02}}{{turn:03}}"

class Client(threading.Thread):
    '''Places calls, each to a different number, and reads each record again.'''

    def __init__(self, server, test, thread):
        super().__init__()
        self.numbers = [number(test, thread, turn) for turn in range(TURNS)]
        self.address = server.url.split("/")[2]
        self.headers = {{"Authorization": f"Bearer {{server.fake.super_admin.token}}"}}
        self.body = {{"provider_id": server.fake.provider.id, "source": {{"type": "tel", "target": "+12025550100"}}}}
        self.seen = {{}}

    def run(self):
        self.connection = http.client.HTTPConnection(self.address, timeout=60)
        for number in self.numbers:
            destinations = [{{"type": "tel", "target": number}}]
            placed = self.send("POST", "/v1.0/providercalls", json.dumps(self.body | {{"destinations": destinations}}))
            assert self.send("GET", f"/v1.0/providercalls/{{placed['id']}}") == placed
            self.seen[placed["id"]] = placed["destinations"][0]["target"]
        self.connection.close()

    def send(self, method, path, body=None):
        self.connection.request(method, path, body, self.headers)
        response = self.connection.getresponse()
        read = response.read()
        assert response.status == 200, read
        return json.loads(read)

@pytest.mark.parametrize("test", range({TESTS}))
def test_hammer(voipbin_server, test):
    clients = [Client(voipbin_server, test, thread) for thread in range({THREADS})]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    seen = {{id: number for client in clients for id, number in client.seen.items()}}
    assert list(seen.values()) == [number for client in clients for number in client.numbers]
    fake = voipbin_server.fake
    assert {{id: record.destinations[0].target for id, record in fake.providercalls.items()}} == seen
    assert len(fake.requests) == {THREADS} * TURNS * 2
    fake.assert_placed({THREADS} * TURNS)
"""


def test_every_record_exists_once_and_nothing_leaks(
    bare_pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    for name in [name for name in os.environ if name.startswith("PYTEST_XDIST_")]:
        monkeypatch.delenv(name)
    bare_pytester.makeconftest(CONFTEST)
    bare_pytester.makepyfile(SUITE)
    options = ("-p", "xdist", "-n", str(WORKERS), "-p", "no:cacheprovider", "-W", "error", "--durations=4")
    result = bare_pytester.runpytest_subprocess(*options)
    result.assert_outcomes(passed=TESTS)
    left = {path.name: path.read_text() for path in bare_pytester.path.glob("left-by-*")}
    assert left == {f"left-by-gw{worker}": "'nothing'" for worker in range(WORKERS)}
    # Files are checked at the very end, because running sessions have some.
    assert os.listdir(tmp_path) == []
