"""The address of the real VoIPbin: what is served there, and why a similar URL is not."""

from __future__ import annotations

from typing import Final, NoReturn, Protocol

HOST: Final = "api.voipbin.net"
PORT: Final = 443


def is_voipbin(host: object) -> bool:
    """Return whether a host is VoIPbin's, as text or bytes. A trailing dot marks an absolute name: the same host."""
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    return isinstance(name, str) and name.lower().removesuffix(".") == HOST


class Refuse(Protocol):
    """Raises an exception for a request that production would not serve."""

    def __call__(self, event: str, host: str, port: int | None, reason: str, /) -> NoReturn: ...


class UnservedAddress(AssertionError):
    """A request to VoIPbin's host with a scheme or a port that production does not serve."""


def unserved_reason(scheme: str, port: int | None) -> str:
    """Return why production does not serve VoIPbin's host with this scheme and port; empty if it does."""
    if scheme == "https":
        if port is None or port == PORT:
            return ""
        return f"VoIPbin serves port {PORT} only; in production nothing listens on port {port}"
    if scheme == "http":
        return "VoIPbin serves https only; over http the token would travel in clear text"
    return f"VoIPbin serves https only, not {scheme}"


def refuse(_event: str, host: str, port: int | None, reason: str) -> NoReturn:
    """Raise UnservedAddress. The plugin's guard has a function that also records the attempt."""
    target = host if port is None else f"{host}:{port}"
    raise UnservedAddress(f"no response from {target}: {reason}. Use https://{HOST}")
