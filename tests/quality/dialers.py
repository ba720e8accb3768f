"""A right client with its own httpx, and twelve wrong ones: each has one mistake that real clients have had."""

from __future__ import annotations

import itertools
import json
from typing import Any

import httpx

Json = dict[str, Any]
BASE_URL = "https://api.voipbin.net/v1.0"


class Dialer:
    """Places calls, and returns their ids, also those of groupcalls. A lost response does not place them again."""

    def __init__(self, token: str) -> None:
        self.headers = {"Authorization": f"Bearer {token}"}

    def dial(self, body: Json) -> list[Any]:
        with httpx.Client(base_url=BASE_URL, headers=self.headers) as http:
            return self.ids(http, body, self.place(http, body))

    def place(self, http: httpx.Client, body: Json) -> Json:
        try:
            return self.post(http, body)
        except httpx.ReadTimeout:
            return self.after_timeout(http, body)

    def post(self, http: httpx.Client, body: Json) -> Json:
        return read(http.post("/providercalls", content=self.encode(body)))

    def after_timeout(self, http: httpx.Client, body: Json) -> Json:
        records = read(http.get("/providercalls", params={"page_size": 100}))["result"]
        # The newest comes first. This customer has no other client.
        return records[0]

    def encode(self, body: Json) -> bytes:
        return json.dumps(body).encode()

    def ids(self, http: httpx.Client, body: Json, record: Json) -> list[Any]:
        groups = [read(http.get(f"/groupcalls/{id}")) for id in record["groupcall_ids"]]
        return [*record["call_ids"], *itertools.chain.from_iterable(one["call_ids"] for one in groups)]


def read(response: httpx.Response) -> Json:
    return response.raise_for_status().json()


class RetriesAfterTimeout(Dialer):
    def after_timeout(self, http: httpx.Client, body: Json) -> Json:
        return self.post(http, body)


class DropsTheLastDestination(Dialer):
    def encode(self, body: Json) -> bytes:
        # An off-by-one error, from the second destination on.
        destinations = body["destinations"]
        return super().encode({**body, "destinations": destinations[: max(1, len(destinations) - 1)]})

    def ids(self, http: httpx.Client, body: Json, record: Json) -> list[Any]:
        return list(itertools.zip_longest(body["destinations"], super().ids(http, body, record)))


class DoesNotEscapeNames(Dialer):
    def encode(self, body: Json) -> bytes:
        text = super().encode(body).decode()
        for one in body["destinations"]:
            name = one.get("target_name", "")
            text = text.replace(json.dumps(name), f'"{name}"')
        return text.encode()


class LogsAsAscii(Dialer):
    def encode(self, body: Json) -> bytes:
        for one in body["destinations"]:
            one.get("target_name", "").encode("ascii")
        return super().encode(body)


class ForgetsGroupcalls(Dialer):
    def ids(self, http: httpx.Client, body: Json, record: Json) -> list[Any]:
        return list(record["call_ids"])


class CountsNumbersOnce(Dialer):
    def ids(self, http: httpx.Client, body: Json, record: Json) -> list[Any]:
        calls = [read(http.get(f"/calls/{id}")) for id in super().ids(http, body, record)]
        return list({one["destination"]["target"]: one["id"] for one in calls}.values())


class SendsAnonymousAsFlag(Dialer):
    def encode(self, body: Json) -> bytes:
        if "anonymous" in body:
            body = {**body, "anonymous": body["anonymous"] == "yes"}
        return super().encode(body)


class AcceptsOneCountry(Dialer):
    def dial(self, body: Json) -> list[Any]:
        for one in body["destinations"]:
            if one["type"] == "tel" and not one["target"].startswith("+1"):
                raise ValueError(f"invalid number {one['target']}")
        return super().dial(body)


class AcceptsPhonesOnly(Dialer):
    def dial(self, body: Json) -> list[Any]:
        for one in body["destinations"]:
            assert one["target"].startswith("+"), f"invalid number {one['target']}"
        return super().dial(body)


class PlacesEachDestination(Dialer):
    def dial(self, body: Json) -> list[Any]:
        placed: list[Any] = []
        for one in body["destinations"]:
            placed += super().dial({**body, "destinations": [one]})
        return placed


class PlacesAgainWithoutCalls(Dialer):
    def place(self, http: httpx.Client, body: Json) -> Json:
        record = super().place(http, body)
        return record if record["call_ids"] else super().place(http, body)


class SendsAnEmptyFlow(Dialer):
    def encode(self, body: Json) -> bytes:
        return super().encode({"flow_id": "", **body} if "actions" in body else body)
