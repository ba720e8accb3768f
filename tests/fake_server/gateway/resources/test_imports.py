"""A resource around provider calls is imported at the first request to it."""

from __future__ import annotations

import subprocess
import sys

import pytest

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


FORGET_CALLS = """
import json, sys
from unittest.mock import patch
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.fake_server import FakeVoipbin, InvalidTransition
from pytest_providercalls.fake_server.session_totals import SessionTotals

fake = FakeVoipbin()
headers = (("Authorization", f"Bearer {fake.super_admin.token}"),)
tel = {"type": "tel", "target": "+12025550143"}


def post(*destinations):
    body = {"provider_id": fake.provider.id, "source": tel, "destinations": destinations}
    return fake.handle(Request("POST", "/v1.0/providercalls", headers, json.dumps(body).encode()))


with patch.dict(sys.modules, {"optional": None}):
    post(tel)
    if "answer" in sys.argv:
        next(iter(fake.calls.values())).answer()
print(post({"type": "agent", "target": "nobody"}).status, post(tel).status)
for name in [name for name in sys.modules if name.endswith(("session_totals", "new_calls"))]:
    del sys.modules[name]
totals = SessionTotals()
totals.add_fake(fake)
print(totals.calls)
call = next(iter(fake.calls.values()))
for _ in range(2):
    try:
        call.ring()
    except InvalidTransition as error:
        print(error)
"""


@pytest.mark.parametrize(("options", "errors"), [([], ["ringing"]), (["answer"], ["progressing", "progressing"])])
def test_a_test_that_forgets_modules_loses_no_call(options: list[str], errors: list[str]) -> None:
    """The calls of a fake are one, however many times their modules are imported."""
    command = [sys.executable, "-c", FORGET_CALLS, *options]
    found = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    status, count, *rest = found.stdout.splitlines()
    assert (status, count) == ("400 200", "2")
    expected = [f"a call with status {error!r} cannot change to 'ringing'" for error in errors]
    assert [line.partition(":")[0] for line in rest] == expected


FINALISER = """
import gc, json
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.fake_server import FakeVoipbin

fake = FakeVoipbin()
headers = (("Authorization", f"Bearer {fake.super_admin.token}"),)
tel = {"type": "tel", "target": "+12025550143"}
body = {"provider_id": fake.provider.id, "source": tel, "destinations": [tel]}
fake.handle(Request("POST", "/v1.0/providercalls", headers, json.dumps(body).encode()))


class Client:
    def __init__(self, path):
        self.me, self.path = self, path

    def __del__(self):
        print(fake.handle(Request("GET", self.path, headers)).status)


UNKNOWN = "f1f2f3f4-0000-4000-8000-00000000dead"


for path in (f"/v1.0/providercalls/{UNKNOWN}", "/v1.0/calls", "/ping"):
    gc.collect()
    Client(path)
    # A collection comes during the imports for the request, unless they prevent it.
    fake.handle(Request("GET", path, headers))
gc.collect()
"""


def test_a_finaliser_that_sends_a_request_sees_no_module_that_is_being_imported() -> None:
    found = subprocess.run([sys.executable, "-c", FINALISER], capture_output=True, text=True, timeout=120, check=True)
    assert (found.stdout.split(), found.stderr) == (["404", "200", "200"], "")
