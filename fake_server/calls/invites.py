"""The INVITE that a carrier receives for a call (providers.md 2.8 and 4.2)."""

from __future__ import annotations

from collections.abc import Mapping

from ...contracts.editions import Edition
from ..world.records import Call, Provider
from ..world.values import Invite

_RESERVED = frozenset(
    {
        "P-Asserted-Identity",
        "Privacy",
        "VBOUT-SDP_Transport",
        "VB-CALL-ID",
        "VB-CONFBRIDGE-ID",
        "VB-DIRECTION",
        "VBOUT-CODECS",
        "CALLERID(name)",
        "CALLERID(num)",
        "CALLERID(pres)",
    }
)
"""Names with exactly this case. The servers pass on any other spelling."""
_USUAL: Mapping[str, str] = {"VBOUT-SDP_Transport": "RTP/AVP"}
"""The headers of every INVITE. Most have no others, and share them."""
_WEBSOCKET: Mapping[str, str] = {"VBOUT-SDP_Transport": "UDP/TLS/RTP/SAVPF"}
"""Those of an INVITE over a WebSocket, `transport=ws` or `wss`."""


def build_invite(call: Call, provider: Provider | None, edition: Edition) -> Invite:
    """Return the INVITE of a call, through the provider if there is one."""
    own = provider if edition.applies_tech_fields else None
    uri = _uri(call, provider, edition)
    headers = {} if own is None else _tech_headers(own)
    headers |= _WEBSOCKET if "transport=ws" in uri else _USUAL
    if call.anonymous:
        headers |= {"P-Asserted-Identity": f"<tel:{call.source.target}>", "Privacy": "id"}
    codecs = own.codecs if own is not None and own.codecs else call.metadata.get("codecs", "")
    if codecs and not _breaks_line(codecs):
        headers["VBOUT-CODECS"] = codecs
    name, number = ("Anonymous", "anonymous") if call.anonymous else (call.source.target_name, call.source.target)
    return Invite(uri, name, number, headers if headers != _USUAL else _USUAL)


def _uri(call: Call, provider: Provider | None, edition: Edition) -> str:
    target = call.destination.target
    if call.destination.type != "tel":
        return target if target.startswith(("sip:", "sips:")) else f"sip:{target}"
    if provider is None:
        return f"tel:{target}"
    dialled = f"{provider.tech_prefix}{target}{provider.tech_postfix}" if edition.applies_tech_fields else target
    return f"sip:{dialled}@{provider.hostname};transport=udp"


def _tech_headers(provider: Provider) -> dict[str, str]:
    """Return a provider's own headers, except those reserved by VoIPbin and those with line breaks."""
    return {
        key: value
        for key, value in provider.tech_headers.items()
        if key and key not in _RESERVED and not set(key) & set("\r\n(),") and not _breaks_line(value)
    }


def _breaks_line(value: str) -> bool:
    return "\r" in value or "\n" in value
