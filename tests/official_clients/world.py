"""A stand-alone server with a record of each kind, to which it is restored before each step of a client."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
from pytest_providercalls.fake_server import ControlClient

UNKNOWN: Final = "11111111-2222-4333-8444-555555555555"
"""The id of a kind of record that the fake does not have (yet)."""
SOURCE, DESTINATION = "+12025550100", "+12025550143"
_TEL: Final = {
    "source": {"type": "tel", "target": SOURCE},
    "destinations": [{"type": "tel", "target": DESTINATION}],
}
_GREETING: Final = [{"type": "answer"}, {"type": "sleep", "option": {"duration": 600_000}}]
_RECORDING: Final = {"format": "wav", "end_of_silence": 0, "end_of_key": "", "duration": 600}


_CUSTOMER: Final = "acme"
_ADMIN: Final = "admin@acme.example"
EXTENSION: Final = "quickstart-phone"
"""The extension that the documents' examples call."""
_SEED: Final = {
    "customers": [{"name": _CUSTOMER, "numbers": [SOURCE], "extensions": {EXTENSION: ["sip:2000@192.0.2.7"]}}],
    "agents": [{"username": _ADMIN, "customer": _CUSTOMER, "permission": "super_admin"}],
}


class World:
    """A server, the ids of its records by kind, and the credentials of a super-admin.

    All records belong to this super-admin's customer, so that its token and its access key reach them.
    """

    def __init__(self, description: dict[str, Any], control: ControlClient) -> None:
        self.edition = str(description["edition"])
        self.base_url = str(description["base_url"])
        self.admin: dict[str, str] = description["identities"][_ADMIN]
        self.environment = _environment(
            description["environment"], description["identities"]["super_admin"], self.admin
        )
        self.control = control
        self._http = httpx.Client(base_url=self.base_url, headers={"Authorization": f"Bearer {self.admin['token']}"})
        self.ids = self._records(description["providers"]["carrier"])
        self._start = control.snapshot()
        self._requests = len(control.requests(limit=10_000))

    def restore(self) -> None:
        """Return to the initial state."""
        self.control.restore(self._start)

    def statuses(self) -> list[int]:
        """Return the statuses of the requests since the last `restore`, in order."""
        return [entry.status for entry in reversed(self.control.requests(after=self._requests))]

    def close(self) -> None:
        """Close the connections to the server."""
        self._http.close()

    def _records(self, provider: str) -> dict[str, str]:
        ids = {"provider": provider, "agent": self.admin["id"], "customer": self.admin["customer_id"]}
        ids["billing_account"] = str(self._get("/customer")["billing_account_id"])
        ids["providercall"] = self._add("/providercalls", provider_id=provider, **_TEL)
        ids["flow"] = self._add("/flows", name="greeting", actions=_GREETING)
        ids["groupcall"] = self._add("/groupcalls", **_TEL)
        ids["accesskey"] = self._add("/accesskeys", name="of an example", expire=86400)
        ids["route"] = self._add("/routes", customer_id=ids["customer"], provider_id=provider, target="all", priority=1)
        call, recorded = (self._answered(ids["flow"]) for _ in range(2))
        for id in (call["id"], recorded["id"]):
            self._post(f"/calls/{id}/recording_start", **_RECORDING)
        self.control.advance(3)
        self._post(f"/calls/{call['id']}/recording_stop")
        ids |= {"call": call["id"], "recorded_call": recorded["id"], "activeflow": call["activeflow_id"]}
        for kind in ("billing", "extension", "number", "recording"):
            ids[kind] = next((row["id"] for row in self._get(f"/{kind}s").get("result", ())), UNKNOWN)
        return ids

    def _answered(self, flow: str) -> dict[str, Any]:
        [call] = self._post("/calls", flow_id=flow, **_TEL)["calls"]
        self.control.answer(call["id"])
        found: dict[str, Any] = call
        return found

    def _get(self, path: str) -> dict[str, Any]:
        found: dict[str, Any] = self._http.get(path).json()
        return found

    def _post(self, path: str, **body: object) -> dict[str, Any]:
        response = self._http.post(path, json=body)
        found: dict[str, Any] = response.json() if response.status_code == 200 and response.content else {}
        return found

    def _add(self, path: str, **body: object) -> str:
        return str(self._post(path, **body).get("id", UNKNOWN))


def _environment(given: dict[str, str], before: dict[str, str], admin: dict[str, str]) -> dict[str, str]:
    """Return the variables of a child process with the credentials of another user."""
    replaced = {before[name]: admin[name] for name in ("token", "accesskey")}
    return {name: replaced.get(value, value) for name, value in given.items()}


@contextmanager
def world(edition: str) -> Iterator[World]:
    """Run `providercalls serve` in the edition. Calls are driven by the client only."""
    command = [sys.executable, "-m", "pytest_providercalls.cli", "serve", "--port", "0", "--json", "--notes"]
    command += ["--edition", edition, "--lifecycle", "manual", "--log", os.devnull]
    with tempfile.TemporaryDirectory() as folder:
        seed = Path(folder, "seed.json")
        seed.write_text(json.dumps(_SEED))
        with _running([*command, "--seed-file", str(seed)]) as found:
            yield found


@contextmanager
def _running(command: list[str]) -> Iterator[World]:
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            description = json.loads(server.stdout.readline())
            with ControlClient(description["base_url"]) as control:
                found = World(description, control)
                yield found
                found.close()
        finally:
            server.terminate()
