"""A typical session of a client: place, list, poll and delete provider calls, and get errors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from pytest_providercalls.contracts import Request
from pytest_providercalls.fake_server import FakeVoipbin

from .adapters import Result, Send

UNKNOWN_ID = "f1f2f3f4-0000-4000-8000-00000000dead"
SOURCE = {"type": "tel", "target": "+12025550100"}
DESTINATIONS = [{"type": "tel", "target": "+12025550143"}, {"type": "tel", "target": "+12025550180"}]


class Client:
    """Sends requests to a fake, and keeps every response."""

    def __init__(self, send: Send, base_url: str, token: str) -> None:
        self._send = send
        self._base_url = base_url
        self._token = token
        self.results: list[Result] = []

    def send(self, method: str, path: str, body: Any = b"", token: str | None = None) -> Result:
        """Send a request with a super-admin's token, another token, or `""` for none."""
        token = self._token if token is None else token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body:
            headers["Content-Type"] = "application/json"
        self.results.append(self._send(method, self._base_url + path, headers, body))
        return self.results[-1]

    def get_json(self, method: str, path: str, body: Any = b"") -> Any:
        """Return the JSON of a successful response."""
        result = self.send(method, path, body)
        assert result.status == 200, result
        return json.loads(result.body)


def run(client: Client, fake: FakeVoipbin) -> None:
    """Run the whole scenario."""
    placed = [place(client, fake) for _ in range(5)]
    assert list(list_ids(client)) == placed[::-1]
    first, second = client.get_json("GET", f"/providercalls/{placed[0]}")["call_ids"]
    assert poll(client, first) == ["dialing", "ringing", "progressing", "hangup"]
    assert poll(client, second)[-1] == "hangup"
    assert client.get_json("DELETE", f"/providercalls/{placed[0]}")["tm_delete"]
    assert list(list_ids(client)) == placed[:0:-1]
    check_errors(client, fake)


def place(client: Client, fake: FakeVoipbin) -> str:
    body = {"provider_id": fake.provider.id, "source": SOURCE, "destinations": DESTINATIONS}
    id: str = client.get_json("POST", "/providercalls", body)["id"]
    return id


def list_ids(client: Client) -> Iterator[str]:
    """Yield the ids of all providercalls, with two rows per page."""
    token = ""
    while rows := (page := client.get_json("GET", f"/providercalls?page_size=2&page_token={quote(token)}"))["result"]:
        assert len(rows) <= 2
        yield from (row["id"] for row in rows)
        token = page["next_page_token"]


def poll(client: Client, id: str) -> list[str]:
    """Return the statuses of a call until it has ended."""
    statuses = []
    while statuses[-1:] != ["hangup"]:
        statuses.append(client.get_json("GET", f"/calls/{id}")["status"])
    return statuses


def check_errors(client: Client, fake: FakeVoipbin) -> None:
    gone = fake.delete_provider(fake.add_provider(hostname="sip.gone.example").id)
    body = {"provider_id": fake.provider.id, "source": SOURCE, "destinations": DESTINATIONS}
    errors: list[tuple[int, str, str, Any, str | None]] = [
        (401, "GET", "/providercalls", b"", ""),
        (401, "POST", "/providercalls", body, "not-a-token"),
        (403, "POST", "/providercalls", body, fake.customer_admin.token),
        (403, "GET", f"/providercalls/{UNKNOWN_ID}", b"", fake.customer_agent.token),
        (400, "POST", "/providercalls", b"{", None),
        (400, "POST", "/providercalls", body | {"provider_id": gone.id}, None),
        (400, "POST", "/providercalls", body | {"provider_id": UNKNOWN_ID}, None),
        (400, "GET", "/providercalls?page_size=many", b"", None),
        (400, "GET", "/providercalls/not-a-uuid", b"", None),
        (404, "GET", f"/providercalls/{UNKNOWN_ID}", b"", None),
        (404, "DELETE", f"/providercalls/{UNKNOWN_ID}", b"", None),
        (404, "GET", "/no-such-endpoint", b"", None),
    ]
    before = len(fake.providercalls)
    for status, method, path, sent, token in errors:
        result = client.send(method, path, sent, token)
        assert result.status == status, (method, path, result)
    assert len(fake.providercalls) == before


def expected_results() -> list[Result]:
    """Return the results of a fake that is called directly."""
    fake = FakeVoipbin()

    def send(method: str, url: str, headers: Any, body: bytes) -> Result:
        result = fake.handle(Request(method, url, tuple(headers.items()), body))
        return Result(result.status, result.body)

    client = Client(send, "/v1.0", fake.super_admin.token)
    run(client, fake)
    return client.results
