"""The texts of SIP messages (RFC 3261), with an SDP offer and its answer (RFC 4566)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from ...world.records import Call
from ...world.values import Invite
from .addresses import VOIPBIN, SocketAddress

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")
_INTERNAL = ("VBOUT-", "VB-")
"""Headers with which VoIPbin's services instruct each other. Its proxy removes them."""
_CODECS = {"PCMU": 0, "PCMA": 8, "G722": 9, "G729": 18}
"""Codecs with a static payload type (RFC 3551)."""
_EVENTS = 101
_FIRST_DYNAMIC = 102
_MEDIA_PORT = 20000
_RATE = 8000


class Dialogue:
    """The dialogue of one call with its carrier. What identifies it follows from the call's id."""

    def __init__(self, call: Call, invite: Invite, carrier: SocketAddress) -> None:
        self._invite = invite
        self._carrier = carrier
        self._id = hashlib.sha256(call.id.encode()).hexdigest()
        self._uri = _one_line(invite.uri)
        name = _one_line(invite.from_name).replace("\\", "\\\\").replace('"', '\\"')
        shown = f'"{name}" ' if name else ""
        self._caller = f"{shown}<sip:{_one_line(invite.from_number)}@{VOIPBIN[0]}>;tag={self._id[:16]}"
        self._callee = f"<{self._uri.partition(';')[0]}>"
        self._callee_tag = f";tag={self._id[16:32]}"
        self._is_answered = False

    def message(self, line: str, *, outgoing: bool) -> str:
        """Return the text of a message: `line` is a method, or a status, its phrase and, unless it is INVITE's, CSeq's.

        `outgoing` means that VoIPbin sends it.
        """
        self._is_answered |= line == "200 OK"
        body = self._body(line, outgoing=outgoing)
        head = [self._start(line, outgoing=outgoing), *self._headers(line, outgoing=outgoing)]
        if body:
            head.append("Content-Type: application/sdp")
        head.append(f"Content-Length: {len(body.encode())}")
        return "\r\n".join([*head, "", body])

    def _start(self, line: str, *, outgoing: bool) -> str:
        if line[0].isdigit():
            status, phrase, _ = _parse_status(line)
            return f"SIP/2.0 {status} {phrase}".rstrip()
        return f"{line} {self._uri if outgoing else self._contact(VOIPBIN)} SIP/2.0"

    def _headers(self, line: str, *, outgoing: bool) -> Iterator[str]:
        is_response = line[0].isdigit()
        method = _parse_status(line)[2] if is_response else line
        # VoIPbin sends the request of a response that the carrier sends.
        by_voipbin = outgoing is not is_response
        client = VOIPBIN if by_voipbin else self._carrier
        branch = hashlib.sha256(f"{self._id} {self._transaction(method)} {by_voipbin}".encode()).hexdigest()[:24]
        yield f"Via: SIP/2.0/UDP {client[0]}:{client[1]};branch=z9hG4bK{branch}"
        if not is_response:
            yield "Max-Forwards: 70"
        callee = self._callee if line in ("INVITE", "CANCEL", "100 Trying") else self._callee + self._callee_tag
        caller, callee = (self._caller, callee) if by_voipbin else (callee, self._caller)
        yield f"From: {caller}"
        yield f"To: {callee}"
        yield f"Call-ID: {self._id[32:]}@{VOIPBIN[0]}"
        yield f"CSeq: {2 if by_voipbin and method == 'BYE' else 1} {method}"
        if method == "INVITE" and line != "100 Trying":
            yield f"Contact: <{self._contact(VOIPBIN if outgoing else self._carrier)}>"
        if line == "INVITE":
            yield from self._own_headers()

    def _transaction(self, method: str) -> str:
        """Return the method that names the transaction: a CANCEL, and the ACK of an error, belong to the INVITE's."""
        belongs = method == "CANCEL" or (method == "ACK" and not self._is_answered)
        return "INVITE" if belongs else method

    def _own_headers(self) -> Iterator[str]:
        """Yield the headers that the INVITE has for this call or this provider."""
        for name, value in self._invite.headers.items():
            if not name.startswith(_INTERNAL):
                yield f"{_one_line(name)}: {_one_line(value)}"

    @staticmethod
    def _contact(address: SocketAddress) -> str:
        return f"sip:{address[0]}:{address[1]}"

    def _body(self, line: str, *, outgoing: bool) -> str:
        """Return the SDP: the offer of the INVITE, or the answer of its 200."""
        if line not in ("INVITE", "200 OK"):
            return ""
        address = VOIPBIN[0] if outgoing else self._carrier[0]
        codecs = _codecs(self._invite.headers.get("VBOUT-CODECS", ""))
        transport = self._invite.headers.get("VBOUT-SDP_Transport", "RTP/AVP")
        types = " ".join(str(number) for number, _ in codecs)
        lines = [
            "v=0",
            f"o=- {int(self._id[:8], 16)} 1 IN IP4 {address}",
            "s=-",
            f"c=IN IP4 {address}",
            "t=0 0",
            f"m=audio {_MEDIA_PORT} {transport} {types} {_EVENTS}",
            *(f"a=rtpmap:{number} {name}/{_RATE}" for number, name in codecs),
            f"a=rtpmap:{_EVENTS} telephone-event/{_RATE}",
            "a=sendrecv",
        ]
        return "".join(f"{one}\r\n" for one in lines)


def _codecs(wanted: str) -> list[tuple[int, str]]:
    """Return the payload types and names of codecs; PCMU and PCMA by default."""
    names = [name.strip().upper() for name in _one_line(wanted).split(",") if name.strip()] or ["PCMU", "PCMA"]
    return [(_CODECS.get(name, _FIRST_DYNAMIC + position), name) for position, name in enumerate(names)]


def _parse_status(line: str) -> tuple[str, str, str]:
    """Return the status, the phrase and the method of a response: `200 OK BYE` responds to a BYE."""
    status, _, phrase = line.partition(" ")
    for method in ("BYE", "CANCEL"):
        if phrase == f"OK {method}":
            return status, "OK", method
    return status, phrase, "INVITE"


def _one_line(text: str) -> str:
    """Return a text without line breaks, so that a value cannot add a header."""
    return _CONTROL.sub(" ", text)
