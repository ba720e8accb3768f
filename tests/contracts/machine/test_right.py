from __future__ import annotations
from hypothesis import settings
from pytest_providercalls.contracts import ProviderCallMachine
from ..conformance.adapters import Adapter
from ..conformance.clients import right

class Offers:
    place = Adapter.place
    get_record = Adapter.get_record
    list_records = Adapter.list_records
    get_call = Adapter.get_call
    wait_until_done = Adapter.wait_until_done
    delete_record = Adapter.delete_record

class SyncMachine(Offers, ProviderCallMachine):
    def make_client(self, base_url, token): return right.Dialer(base_url, token)
class AsyncMachine(Offers, ProviderCallMachine):
    def make_client(self, base_url, token): return right.AsyncDialer(base_url, token)
TestSync = SyncMachine.TestCase
TestAsync = AsyncMachine.TestCase
