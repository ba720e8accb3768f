"""A resource around provider calls is imported at the first request to it."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import json, sys
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.fake_server import FakeVoipbin

fake = FakeVoipbin()
headers = (("Authorization", f"Bearer {fake.super_admin.token}"),)


def get(path):
    return fake.handle(Request("GET", f"/v1.0{path}", headers)).status


def loaded():
    return sorted(name.split("fake_server.")[1] for name in sys.modules if name.startswith(PACKAGES))


PACKAGES = tuple(
    f"pytest_providercalls.fake_server.{name}" for name in ("gateway.resources", "calls.sip", "flows.recorded_audio")
)
tel = {"type": "tel", "target": "+12025550143"}
body = {"provider_id": fake.provider.id, "source": tel, "destinations": [tel]}
placed = fake.handle(Request("POST", "/v1.0/providercalls", headers, json.dumps(body).encode()))
print(placed.status, get("/calls"), loaded())
print(get("/recordings"), loaded())
"""


def test_a_resource_that_is_not_used_is_not_imported() -> None:
    found = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=120, check=True)
    first, second = found.stdout.splitlines()
    assert first == "200 200 []"
    assert second == "200 ['gateway.resources', 'gateway.resources.recordings']"


FORGET = """
import sys
from unittest.mock import patch
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.fake_server import FakeVoipbin

fake = FakeVoipbin()
headers = (("Authorization", f"Bearer {fake.super_admin.token}"),)


def listed(path):
    return len(fake.handle(Request("GET", f"/v1.0/{path}", headers)).json()["result"])


PATHS = ("routes", "outbound_configs", "extensions", "numbers")
with patch.dict(sys.modules, {"optional": None}):
    before = [listed(path) for path in PATHS]
fake.add_route(fake.provider)
fake.add_customer()
fake.add_extension("2000")
fake.add_number("+12025550199")
print([listed(path) - old for path, old in zip(PATHS, before)])
"""


def test_a_test_that_forgets_modules_loses_no_record() -> None:
    """`patch.dict(sys.modules)` forgets what is imported in its block."""
    found = subprocess.run([sys.executable, "-c", FORGET], capture_output=True, text=True, timeout=120, check=True)
    assert found.stdout == "[1, 1, 1, 1]\n"
