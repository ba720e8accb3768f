"""What a client of provider calls does all day: place, list, poll, delete, and be refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from pytest_providercalls.contracts import Request
from pytest_providercalls.fake_server import FakeVoipbin

from .adapters import Answer, Send

NOBODYS = "f1f2f3f4-0000-4000-8000-00000000dead"
SOURCE = {"type": "tel", "target": "+12025550100"}
DESTINATIONS = [{"type": "tel", "target": "+12025550143"}, {"type": "tel", "target": "+12025550180"}]


class Client:
    """Asks a fake in few words, and keeps every answer."""

    def __init__(self, send: Send, base_url: str, token: str) -> None:
        self._send = send
        self._base_url = base_url
        self._token = token
        self.answers: list[Answer] = []

    def ask(self, method: str, path: str, body: Any = b"", token: str | None = None) -> Answer:
        """Ask with the token of a super-admin, another one, or `""` for none."""
        token = self._token if token is None else token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body:
            headers["Content-Type"] = "application/json"
        self.answers.append(self._send(method, self._base_url + path, headers, body))
        return self.answers[-1]

    def get(self, method: str, path: str, body: Any = b"") -> Any:
        """The JSON of a good answer."""
        answer = self.ask(method, path, body)
        assert answer.status == 200, answer
        return json.loads(answer.body)


def play(client: Client, fake: FakeVoipbin) -> None:
    """The whole scenario."""
    placed = [place(client, fake) for _ in range(5)]
    assert list(listed(client)) == placed[::-1]
    first, second = client.get("GET", f"/providercalls/{placed[0]}")["call_ids"]
    assert polled(client, first) == ["dialing", "ringing", "progressing", "hangup"]
    assert polled(client, second)[-1] == "hangup"
    assert client.get("DELETE", f"/providercalls/{placed[0]}")["tm_delete"]
    assert list(listed(client)) == placed[:0:-1]
    refused(client, fake)


def place(client: Client, fake: FakeVoipbin) -> str:
    body = {"provider_id": fake.provider.id, "source": SOURCE, "destinations": DESTINATIONS}
    id: str = client.get("POST", "/providercalls", body)["id"]
    return id


def listed(client: Client) -> Iterator[str]:
    """The ids of all providercalls, two to a page."""
    token = ""
    while rows := (page := client.get("GET", f"/providercalls?page_size=2&page_token={quote(token)}"))["result"]:
        assert len(rows) <= 2
        yield from (row["id"] for row in rows)
        token = page["next_page_token"]


def polled(client: Client, id: str) -> list[str]:
    """The statuses through which a call goes until it has ended."""
    statuses = []
    while statuses[-1:] != ["hangup"]:
        statuses.append(client.get("GET", f"/calls/{id}")["status"])
    return statuses


def refused(client: Client, fake: FakeVoipbin) -> None:
    gone = fake.delete_provider(fake.add_provider(hostname="sip.gone.example").id)
    body = {"provider_id": fake.provider.id, "source": SOURCE, "destinations": DESTINATIONS}
    refusals: list[tuple[int, str, str, Any, str | None]] = [
        (401, "GET", "/providercalls", b"", ""),
        (401, "POST", "/providercalls", body, "not-a-token"),
        (403, "POST", "/providercalls", body, fake.customer_admin.token),
        (403, "GET", f"/providercalls/{NOBODYS}", b"", fake.customer_agent.token),
        (400, "POST", "/providercalls", b"{", None),
        (400, "POST", "/providercalls", body | {"provider_id": gone.id}, None),
        (400, "POST", "/providercalls", body | {"provider_id": NOBODYS}, None),
        (400, "GET", "/providercalls?page_size=many", b"", None),
        (400, "GET", "/providercalls/not-a-uuid", b"", None),
        (404, "GET", f"/providercalls/{NOBODYS}", b"", None),
        (404, "DELETE", f"/providercalls/{NOBODYS}", b"", None),
        (404, "GET", "/no-such-endpoint", b"", None),
    ]
    before = len(fake.providercalls)
    for status, method, path, sent, token in refusals:
        answer = client.ask(method, path, sent, token)
        assert answer.status == status, (method, path, answer)
    assert len(fake.providercalls) == before


def played_at_once() -> list[Answer]:
    """The answers of a fake that is asked directly."""
    fake = FakeVoipbin()

    def send(method: str, url: str, headers: Any, body: bytes) -> Answer:
        answer = fake.handle(Request(method, url, tuple(headers.items()), body))
        return Answer(answer.status, answer.body)

    client = Client(send, "/v1.0", fake.super_admin.token)
    play(client, fake)
    return client.answers
