"""State machines for clients whose methods have the names of the operations."""

from __future__ import annotations

from typing import Any

from pytest_providercalls.contracts import ProviderCallMachine

from ..conformance.adapters import Adapter


def machine_of(client: Any) -> type[ProviderCallMachine]:
    """Return a machine for a client with every operation."""

    class Machine(ProviderCallMachine):
        place, get_record, list_records = Adapter.place, Adapter.get_record, Adapter.list_records
        get_call, wait_until_done, delete_record = Adapter.get_call, Adapter.wait_until_done, Adapter.delete_record

        def make_client(self, base_url: str, token: str) -> Any:
            return client(base_url, token)

    return Machine
