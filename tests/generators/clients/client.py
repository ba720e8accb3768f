"""A program with the client that openapi-python-client has generated."""

from __future__ import annotations

import json
import os
from uuid import UUID

from voipbin import AuthenticatedClient
from voipbin.api.calls import get_calls_id, post_calls_id_hangup
from voipbin.api.providercalls import get_providercalls, post_providercalls
from voipbin.models.address_request import AddressRequest
from voipbin.models.address_type import AddressType
from voipbin.models.call import Call
from voipbin.models.call_status import CallStatus
from voipbin.models.provider_call import ProviderCall
from voipbin.models.provider_call_page import ProviderCallPage
from voipbin.models.provider_call_request import ProviderCallRequest

UNKNOWN_ID = UUID("f1f2f3f4-0000-4000-8000-00000000dead")


def phone(number: str) -> AddressRequest:
    return AddressRequest(type_=AddressType.TEL, target=number)


def request(provider: UUID) -> ProviderCallRequest:
    return ProviderCallRequest(provider, [phone("+12025550143")], source=phone("+12025550100"))


def place(client: AuthenticatedClient, provider: UUID) -> ProviderCall:
    record = post_providercalls.sync(client=client, body=request(provider))
    assert isinstance(record, ProviderCall)
    return record


def get_call(client: AuthenticatedClient, id: UUID) -> Call:
    call = get_calls_id.sync(id, client=client)
    assert isinstance(call, Call)
    return call


def list_ids(client: AuthenticatedClient) -> list[str]:
    ids: list[str] = []
    token = ""
    while True:
        page = get_providercalls.sync(client=client, page_size=1, page_token=token)
        assert isinstance(page, ProviderCallPage)
        if not page.result:
            return ids
        ids += [str(one.id) for one in page.result]
        token = page.next_page_token


def main() -> None:
    client = AuthenticatedClient(os.environ["VOIPBIN_BASE_URL"], os.environ["VOIPBIN_TOKEN"])
    provider = UUID(os.environ["VOIPBIN_PROVIDER_ID"])
    placed = [place(client, provider) for _ in range(3)]
    (id,) = placed[-1].call_ids
    statuses = [get_call(client, id).status]
    while statuses[-1] != CallStatus.PROGRESSING:
        statuses.append(get_call(client, id).status)
    hung_up = post_calls_id_hangup.sync(id, client=client)
    assert isinstance(hung_up, Call)
    call = get_call(client, id)
    while call.status != CallStatus.HANGUP:
        call = get_call(client, id)
    refused = post_providercalls.sync_detailed(client=client, body=request(UNKNOWN_ID))
    result = {
        "placed": [str(one.id) for one in placed],
        "listed": list_ids(client),
        "statuses": [str(one) for one in statuses],
        "hangup": [str(call.hangup_reason), str(call.hangup_by)],
        "refused": int(refused.status_code),
    }
    print(json.dumps(result))


main()
