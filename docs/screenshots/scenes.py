"""What is on the pictures: a call that rings, a request that was refused, a call's ladder, a report."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from pytest_providercalls.contracts import Request
from pytest_providercalls.fake_server import FakeVoipbin

DIALER = Path(__file__).parents[2] / "examples" / "dialer"
GREETING = [{"type": "talk", "option": {"text": "Good morning, this is a test."}}, {"type": "hangup"}]


def ask(fake: FakeVoipbin, method: str, path: str, body: object = None) -> dict[str, object]:
    """Ask as a super-admin would; gives what was answered."""
    headers = (("Authorization", f"Bearer {fake.super_admin.token}"),)
    answer: dict[str, object] = fake.handle(Request(method, f"/v1.0{path}", headers, json.dumps(body).encode())).json()
    return answer


def place(fake: FakeVoipbin, *numbers: str) -> list[str]:
    """Place a call to each number; gives their ids."""
    destinations = [{"type": "tel", "target": number} for number in numbers]
    source = {"type": "tel", "target": "+12025550100"}
    body = {"provider_id": fake.provider.id, "source": source, "destinations": destinations, "actions": GREETING}
    ids = ask(fake, "POST", "/providercalls", body).get("call_ids", [])
    assert isinstance(ids, list)
    return ids


def ladder() -> str:
    """The ladder of a call that is answered, polled once on its way."""
    fake = FakeVoipbin()
    (id,) = place(fake, "+12025550143")
    fake.clock.advance(4)
    ask(fake, "GET", f"/calls/{id}")
    fake.clock.advance(60)
    return fake.ladder(id)


def ringing() -> FakeVoipbin:
    """A fake on which one call has ended, one rings, and one is dialled."""
    fake = FakeVoipbin(lifecycle="manual")
    fake.add_provider(name="flaky", hostname="sip.flaky.example")
    fake.carrier().busy(destination="+12025550147")
    (ended,) = place(fake, "+12025550142")
    fake.calls[ended].answer()
    fake.clock.advance(30)
    rings, _ = place(fake, "+12025550143", "+12025550144")
    fake.calls[rings].ring()
    fake.clock.advance(2)
    ask(fake, "GET", f"/calls/{rings}")
    return fake


def refused() -> FakeVoipbin:
    """The same, and then a request that names no destination."""
    fake = ringing()
    place(fake)
    return fake


def report(folder: Path) -> Path:
    """The report of the example's suite."""
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
