"""Contents of the screenshots: a ringing call, a refused request, the ladder of a call, a report."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from pytest_providercalls.contracts import Request
from pytest_providercalls.fake_server import FakeVoipbin

DIALER = Path(__file__).parents[2] / "examples" / "dialer"
GREETING = [{"type": "talk", "option": {"text": "Good morning, this is a test."}}, {"type": "hangup"}]


def send(fake: FakeVoipbin, method: str, path: str, body: object = None) -> dict[str, object]:
    """Send a request as super-admin and return the response body."""
    headers = (("Authorization", f"Bearer {fake.super_admin.token}"),)
    response = fake.handle(Request(method, f"/v1.0{path}", headers, json.dumps(body).encode()))
    decoded: dict[str, object] = response.json()
    return decoded


def place(fake: FakeVoipbin, *numbers: str) -> list[str]:
    """Place a call to each number and return their ids."""
    destinations = [{"type": "tel", "target": number} for number in numbers]
    source = {"type": "tel", "target": "+12025550100"}
    body = {"provider_id": fake.provider.id, "source": source, "destinations": destinations, "actions": GREETING}
    ids = send(fake, "POST", "/providercalls", body).get("call_ids", [])
    assert isinstance(ids, list)
    return ids


def ladder() -> str:
    """Return the ladder of an answered call that was polled once."""
    fake = FakeVoipbin()
    (id,) = place(fake, "+12025550143")
    fake.clock.advance(4)
    send(fake, "GET", f"/calls/{id}")
    fake.clock.advance(60)
    return fake.ladder(id)


def ringing() -> FakeVoipbin:
    """Return a fake with one ended, one ringing and one dialing call."""
    fake = FakeVoipbin(lifecycle="manual")
    fake.add_provider(name="flaky", hostname="sip.flaky.example")
    (ended,) = place(fake, "+12025550142")
    fake.calls[ended].answer()
    fake.clock.advance(30)
    ring_id, _ = place(fake, "+12025550143", "+12025550144")
    fake.calls[ring_id].ring()
    fake.clock.advance(2)
    send(fake, "GET", f"/calls/{ring_id}")
    return fake


def refused() -> FakeVoipbin:
    """Return the same fake after a request without a destination."""
    fake = ringing()
    place(fake)
    return fake


def report(folder: Path) -> Path:
    """Write the report of the example's test suite and return its path."""
    file = folder / "report.html"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "tests",
        "-q",
        "-p",
        "no:cacheprovider",
        f"--providercalls-report={file}",
    ]
    subprocess.run(command, cwd=DIALER, check=True, stdout=subprocess.DEVNULL)
    return file
