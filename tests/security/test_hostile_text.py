"""Text from a client is read in linear time: hundreds of kilobytes, which would otherwise take minutes.

The time limit of a test is the check.
"""

from __future__ import annotations

import httpx
import pytest
from pytest_providercalls.contracts import redaction
from pytest_providercalls.fake_server import FakeVoipbin

from ..fake_server.flows.flow_calls import SOURCE, TEL, action, talk

SIZE = 100_000
TEXTS = {
    "quotes": '"',
    "backslashes": '\\"',
    "keys": '"token":',
    "unclosed-keys": '"token":"',
    "names": "token=",
    "headers": "x-",
    "escapes": "%25",
    "dots": "...",
    "users": "://a:",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_redaction(text: str) -> None:
    long = text * (SIZE // len(text))
    assert redaction.redact_text(long)
    assert redaction.redact_body(long.encode())
    assert redaction.redact_target(long)


@pytest.mark.parametrize("text", ["<", "<\n", "${", "${a\n"])
def test_a_talk_action_that_opens_what_it_never_closes(
    voipbin: FakeVoipbin, voipbin_client: httpx.Client, text: str
) -> None:
    long = text * (4 * SIZE // len(text))
    actions = [talk("${voipbin.call.source.target}>" + long), action("hangup")]
    body = {"provider_id": voipbin.provider.id, "source": SOURCE, "destinations": [TEL], "actions": actions}
    voipbin_client.post("/providercalls", json=body).raise_for_status()
    voipbin.clock.advance(SIZE)
    (call,) = voipbin.placed()
    assert call.said == (f"{SOURCE['target']}>{long}",)
    assert call.status == "hangup"
