"""The INVITE: what a carrier is sent for a call (providers.md 2.8 and 4.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ...contracts.editions import Edition
from ..world.records import Call, Provider

_RESERVED = frozenset(
    {
        "p-asserted-identity",
        "privacy",
        "vbout-sdp_transport",
        "vb-call-id",
        "vb-confbridge-id",
        "vb-direction",
        "vbout-codecs",
        "callerid(name)",
        "callerid(num)",
        "callerid(pres)",
    }
)
_USUAL: Mapping[str, str] = {"VBOUT-SDP_Transport": "RTP/AVP"}
"""What every INVITE has, and most have in common."""


class Invite(NamedTuple):
    """An INVITE: the request URI, the caller as From shows it, and the headers that VoIPbin adds."""

    uri: str
    from_name: str
    from_number: str
    headers: Mapping[str, str]

    def __repr__(self) -> str:
        # A provider's own headers may hold its credentials.
        return f"<Invite {self.uri}, headers {', '.join(self.headers)}>"


def build_invite(call: Call, provider: Provider | None, edition: Edition) -> Invite:
    """The INVITE of a call, through a provider if it is forced."""
    own = provider if edition.applies_tech_fields else None
    headers = {} if own is None else _tech_headers(own)
    headers |= _USUAL
    if call.anonymous:
        headers |= {"P-Asserted-Identity": f"<tel:{call.source.target}>", "Privacy": "id"}
    if own is not None and own.codecs and not _breaks_line(own.codecs):
        headers["VBOUT-CODECS"] = own.codecs
    name, number = ("Anonymous", "anonymous") if call.anonymous else (call.source.target_name, call.source.target)
    return Invite(_uri(call, provider, edition), name, number, headers if headers != _USUAL else _USUAL)


def _uri(call: Call, provider: Provider | None, edition: Edition) -> str:
    target = call.destination.target
    if call.destination.type != "tel":
        return target if target.startswith(("sip:", "sips:")) else f"sip:{target}"
    if provider is None:
        return f"tel:{target}"
    dialled = f"{provider.tech_prefix}{target}{provider.tech_postfix}" if edition.applies_tech_fields else target
    return f"sip:{dialled}@{provider.hostname};transport=udp"


def _tech_headers(provider: Provider) -> dict[str, str]:
    """A provider's own headers, but for those that are VoIPbin's, and those that would break the line."""
    return {
        key: value
        for key, value in provider.tech_headers.items()
        if key and key.lower() not in _RESERVED and not set(key) & set("\r\n(),") and not _breaks_line(value)
    }


def _breaks_line(value: str) -> bool:
    return "\r" in value or "\n" in value
