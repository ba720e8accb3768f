"""Everything random, generated from one seed: ids, tokens, request ids, access keys."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import struct
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from ...contracts.redaction import KNOWN
from .credential_owner import CredentialOwner

_ENCODE = json.JSONEncoder(separators=(",", ":")).encode
_KEY_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_BY_UPPER_BITS = b"".join(4 * bytes([letter]) for letter in _KEY_LETTERS)
_BY_LOWER_BITS = 4 * _KEY_LETTERS
_TO_INDEX = bytes.maketrans(_KEY_LETTERS, bytes(range(64)))
_BASE32 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" * 8
_BATCH = 32
_RANDOM_BITS = bytes.fromhex("ffffffffffff0fff3fffffffffffffff")
_FIXED_BITS = bytes.fromhex("00000000000040008000000000000000")
"""The version and the variant of a UUID."""
_GROUPS = struct.Struct("8s4s4s4s12s")


class Ids:
    """A seeded source of ids. The same seed, owner and calls return the same values.

    With an `owner`, the tokens, access keys and passwords belong to it. Everything else depends on the seed only.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.owner: CredentialOwner | None = None
        self._state: Any = None
        self._spare: list[str] = []

    def set_owner(self, owner: CredentialOwner) -> None:
        """Issue credentials for this owner from now on."""
        self.owner = owner
        vars(self).pop("_signing_key", None)

    # Both take as long as all the rest of a fake, and many tests need neither.

    @cached_property
    def _random(self) -> random.Random:
        generator = random.Random(self._seed)
        if self._state is not None:
            generator.setstate(self._state)
        return generator

    @cached_property
    def _signing_key(self) -> bytes:
        owner = b"" if self.owner is None else self.owner.key
        return hashlib.sha256(f"voipbin {self._seed}".encode() + owner).digest()

    def uuid(self) -> str:
        """Return a version 4 UUID in canonical form."""
        if not self._spare:
            self._spare = _uuids(self._random.randbytes(16 * _BATCH))
        return self._spare.pop()

    def request_id(self) -> str:
        """Return `req_` and 26 characters of base32 (gateway.md 1.6)."""
        return "req_" + self._random.randbytes(26).translate(_BASE32).decode()

    def accesskey(self) -> str:
        """Return `vb_` and 32 characters of URL-safe base64 (gateway.md 2.4)."""
        accesskey = self.owned_accesskey("vb_" + self._letters(32))
        KNOWN.add(accesskey)
        return accesskey

    def password(self) -> str:
        """Return a password."""
        password = self.owned_password(self._letters(20))
        KNOWN.add(password)
        return password

    def direct_hash(self, id: str) -> str:
        """Return `direct.` and 12 hex digits, which depend on the id only: the address of a flow or an agent."""
        return "direct." + hashlib.sha256(id.encode()).hexdigest()[:12]

    def derived_uuid(self, *names: str) -> str:
        """Return a version 4 UUID that depends on the seed and the names only."""
        return _uuids(self._derived(names)[:16])[0]

    def derived_password(self, *names: str) -> str:
        """Return a password that depends on the seed, the names and the owner only."""
        password = self.owned_password(_base64(self._derived(names))[:20])
        KNOWN.add(password)
        return password

    def _derived(self, names: tuple[str, ...]) -> bytes:
        return hashlib.sha256(_ENCODE([self._seed, *names]).encode()).digest()

    def webhook_secret(self) -> str:
        """Return the secret with which a customer's webhooks are signed. It does not depend on the owner."""
        return self._letters(20)

    def owned_token(self, token: str) -> str:
        """Return the owner's version of a token that a fake without an owner has issued."""
        if self.owner is None:
            return token
        signed = token.rpartition(".")[0]
        return self.owner.remember(f"{signed}.{self._signature(signed)}")

    def owned_accesskey(self, accesskey: str) -> str:
        """Return the owner's version of an access key that a fake without an owner has issued."""
        return accesskey if self.owner is None else self.owner.remember("vb_" + _masked(accesskey[3:], self.owner.key))

    def owned_password(self, letters: str) -> str:
        """Return the owner's version of a password that a fake without an owner has issued."""
        return letters if self.owner is None else self.owner.remember(_masked(letters, self.owner.key))

    def _letters(self, count: int) -> str:
        """Return what random.choices would, ten times as fast: the upper six bits of each random number."""
        return self._random.randbytes(8 * count)[3::8].translate(_BY_UPPER_BITS).decode()

    def jwt(self, claims: Mapping[str, Any]) -> str:
        """Return a JSON web token over `claims`, signed with HS256 (gateway.md 2.3)."""
        signed = f"{_JWT_HEADER}.{_segment(claims)}"
        token = f"{signed}.{self._signature(signed)}"
        return token if self.owner is None else self.owner.remember(token)

    def _signature(self, signed: str) -> str:
        return _base64(hmac.digest(self._signing_key, signed.encode(), "sha256"))

    def state(self) -> object:
        """Return what `restore` needs to continue from here."""
        unused = self._state is not None and "_random" not in vars(self)
        return self._state if unused else self._random.getstate(), tuple(self._spare)

    def restore(self, state: Any) -> None:
        """Continue from a state."""
        self._state, spare = state
        vars(self).pop("_random", None)
        self._spare = list(spare)


def _masked(letters: str, key: bytes) -> str:
    """Return other letters of a password, one for each letter. The key has at least as many bytes."""
    size = len(letters)
    own = int.from_bytes(letters.encode().translate(_TO_INDEX), "big") ^ int.from_bytes(key[:size], "big")
    return own.to_bytes(size, "big").translate(_BY_LOWER_BITS).decode()


def _uuids(data: bytes) -> list[str]:
    """Return a version 4 UUID for each 16 bytes, in one pass over all of them: every record has an id."""
    count = len(data) // 16
    kept, fixed = (int.from_bytes(mask * count, "big") for mask in (_RANDOM_BITS, _FIXED_BITS))
    digits = (int.from_bytes(data, "big") & kept | fixed).to_bytes(len(data), "big").hex()
    return [b"-".join(groups).decode() for groups in _GROUPS.iter_unpack(digits.encode())]


def _segment(claims: Mapping[str, Any]) -> str:
    return _base64(_ENCODE(claims).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


_JWT_HEADER = _segment({"alg": "HS256", "typ": "JWT"})
