"""The INVITE that VoIPbin sends to the carrier."""

from __future__ import annotations

import pytest
from pytest_providercalls.contracts.probes import ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin

from .placed_calls import CALLEE, CALLER, place_call


def test_invite_follows_the_provider(api: ProbeClient, fake: FakeVoipbin) -> None:
    headers = {"X-Trunk": "7", "Privacy": "none", "X-Bad": "a\r\nb", "Bad(": "x"}
    provider = fake.add_provider(
        hostname="sip.example", tech_prefix="99", tech_postfix="#", tech_headers=headers, codecs="PCMU,PCMA"
    )
    call = place_call(
        api, fake, provider_id=provider.id, source={"type": "tel", "target": CALLER, "target_name": "Ann"}
    )
    invite = call.invite
    assert invite is not None
    applied = fake.edition.name != "server-2026-04"
    dialled = f"99{CALLEE}#" if applied else CALLEE
    assert invite.uri == f"sip:{dialled}@sip.example;transport=udp"
    assert (invite.from_name, invite.from_number) == ("Ann", CALLER)
    own = {"X-Trunk": "7", "VBOUT-CODECS": "PCMU,PCMA"} if applied else {}
    assert invite.headers == {**own, "VBOUT-SDP_Transport": "RTP/AVP"}


@pytest.mark.parametrize("anonymous", ["yes", "no", "auto", ""])
def test_caller_in_the_invite(api: ProbeClient, fake: FakeVoipbin, anonymous: str) -> None:
    invite = place_call(api, fake, anonymous=anonymous).invite
    assert invite is not None
    if anonymous == "yes":
        assert (invite.from_name, invite.from_number) == ("Anonymous", "anonymous")
        assert invite.headers["P-Asserted-Identity"] == f"<tel:{CALLER}>"
        assert invite.headers["Privacy"] == "id"
    else:
        assert invite.from_number == CALLER
        assert not {"P-Asserted-Identity", "Privacy"} & invite.headers.keys()


def test_sip_destination_is_dialled_unchanged(api: ProbeClient, fake: FakeVoipbin) -> None:
    sip = {"type": "sip", "target": "ann@pbx.example"}
    (id,) = api.place(destinations=[sip], anonymous="yes")["call_ids"]
    invite = fake.calls[id].invite
    assert invite is not None
    assert invite.uri == "sip:ann@pbx.example"
    assert "Privacy" not in invite.headers


@pytest.mark.parametrize(
    ("transport", "media"), [("udp", "RTP/AVP"), ("ws", "UDP/TLS/RTP/SAVPF"), ("wss", "UDP/TLS/RTP/SAVPF")]
)
def test_websocket_has_encrypted_media(api: ProbeClient, fake: FakeVoipbin, transport: str, media: str) -> None:
    sip = {"type": "sip", "target": f"ann@pbx.example;transport={transport}"}
    (id,) = api.place(destinations=[sip])["call_ids"]
    invite = fake.calls[id].invite
    assert invite is not None
    assert invite.headers == {"VBOUT-SDP_Transport": media}


@pytest.mark.parametrize("fake", ["documented", "server-2026-08"], indirect=True)
@pytest.mark.parametrize("name", ["privacy", "vb-direction", "Vb-Call-Id", "VBOUT-SDP_TRANSPORT"])
def test_reserved_headers_are_known_by_their_case(api: ProbeClient, fake: FakeVoipbin, name: str) -> None:
    provider = fake.add_provider(hostname="sip.example", tech_headers={name: "own", "Privacy": "reserved"})
    invite = place_call(api, fake, provider_id=provider.id).invite
    assert invite is not None
    assert (invite.headers[name], "Privacy" in invite.headers) == ("own", False)


def test_invite_does_not_change_with_the_provider(api: ProbeClient, fake: FakeVoipbin) -> None:
    provider = fake.add_provider(hostname="old.example")
    call = place_call(api, fake, provider_id=provider.id)
    require_success(api.put(f"/providers/{provider.id}", {"hostname": "new.example"}))
    assert call.invite is not None
    assert "old.example" in call.invite.uri
