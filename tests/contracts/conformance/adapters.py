"""Adapters for clients whose methods have the names of the operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_providercalls.contracts.conformance.harness import Transport
from pytest_providercalls.contracts.conformance.suite import ClientConformance


class Adapter:
    """What a downstream class defines, without being a suite itself."""

    transport: Transport = "in-process"
    max_request_timeout = 60.0
    classify_error = ClientConformance.classify_error

    def __init__(self, make: Callable[[str, str], Any]) -> None:
        self.make_client = make

    def place(self, client: Any, body: dict[str, Any]) -> Any:
        return client.place(body)

    def get_record(self, client: Any, id: str) -> Any:
        return client.get_record(id)

    def list_records(self, client: Any) -> Any:
        return client.list_records()

    def get_call(self, client: Any, id: str) -> Any:
        return client.get_call(id)

    def wait_until_done(self, client: Any, record: Any) -> Any:
        return client.wait_until_done(record)

    def delete_record(self, client: Any, id: str) -> Any:
        return client.delete_record(id)

    def hang_up(self, client: Any, id: str) -> Any:
        return client.hang_up(id)
