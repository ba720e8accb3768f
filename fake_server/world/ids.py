"""Everything random, generated from one seed: ids, tokens, request ids, access keys."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
from collections.abc import Mapping
from typing import Any

_ENCODE = json.JSONEncoder(separators=(",", ":")).encode
_KEY_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_BY_UPPER_BITS = b"".join(4 * bytes([letter]) for letter in _KEY_LETTERS)
_BASE32 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" * 8
_BATCH = 32
_VARIANT = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))


class Ids:
    """A seeded source of ids. The same seed and the same calls return the same values."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._spare: list[str] = []
        self._signing_key = hashlib.sha256(f"voipbin {seed}".encode()).digest()

    def uuid(self) -> str:
        """Return a version 4 UUID in canonical form."""
        if not self._spare:
            batch = self._random.randbytes(16 * _BATCH).hex()
            self._spare = [_uuid(batch[start : start + 32]) for start in range(0, len(batch), 32)]
        return self._spare.pop()

    def request_id(self) -> str:
        """Return `req_` and 26 characters of base32 (gateway.md 1.6)."""
        return "req_" + self._random.randbytes(26).translate(_BASE32).decode()

    def accesskey(self) -> str:
        """Return `vb_` and 32 characters of URL-safe base64 (gateway.md 2.4)."""
        return "vb_" + self._letters(32)

    def password(self) -> str:
        """Return a password."""
        return self._letters(20)

    def _letters(self, count: int) -> str:
        """Return what random.choices would, ten times as fast: the upper six bits of each random number."""
        return self._random.randbytes(8 * count)[3::8].translate(_BY_UPPER_BITS).decode()

    def jwt(self, claims: Mapping[str, Any]) -> str:
        """Return a JSON web token over `claims`, signed with HS256 (gateway.md 2.3)."""
        signed = f"{_JWT_HEADER}.{_segment(claims)}"
        signature = hmac.digest(self._signing_key, signed.encode(), "sha256")
        return f"{signed}.{_base64(signature)}"

    def state(self) -> object:
        """Return what `restore` needs to continue from here."""
        return self._random.getstate(), tuple(self._spare)

    def restore(self, state: Any) -> None:
        """Continue from a state."""
        inner, spare = state
        self._random.setstate(inner)
        self._spare = list(spare)


def _uuid(text: str) -> str:
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{_VARIANT[text[16]]}{text[17:20]}-{text[20:]}"


def _segment(claims: Mapping[str, Any]) -> str:
    return _base64(_ENCODE(claims).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


_JWT_HEADER = _segment({"alg": "HS256", "typ": "JWT"})
