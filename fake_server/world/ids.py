"""Everything random, generated from one seed: ids, tokens, request ids, access keys."""

from __future__ import annotations

import binascii
import hashlib
import hmac
import json
import random
import struct
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any

from ...contracts.redaction import KNOWN
from .credential_owner import CredentialOwner

_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_ENCODE = json.JSONEncoder(separators=(",", ":")).encode
_KEY_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_BY_UPPER_BITS = b"".join(4 * bytes([letter]) for letter in _KEY_LETTERS)
_BASE32 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" * 8
_BATCH = 32
_KEY_SIZE = 32
_SIGNATURE_SIZE = 43
"""The letters of an access key, and those of an HS256 signature."""
_VERSION = bytes(octet & 0x0F | 0x40 for octet in range(256))
_VARIANT = bytes(octet & 0x3F | 0x80 for octet in range(256))
"""Each octet with the version, and with the variant, of a random UUID."""
_GROUPS = struct.Struct("8s4s4s4s12s")
_WORD = 4
_SHARED = 1 << 14


class RandomBytes:
    """The random bytes of a seed, as `random.Random(seed).randbytes` returns them.

    Those of the same seed share the first ones: to create a Random takes longer than a request.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._used = 0
        self._generator: random.Random | None = None

    def take(self, count: int) -> bytes:
        """Return the next bytes."""
        if self._generator is None:
            shared, start = _first_bytes(self._seed), self._used
            whole = start + count // _WORD * _WORD
            end = whole + _WORD if count % _WORD else whole
            if end <= _SHARED:
                self._used = end
                # Of a word, Random returns the upper bytes.
                return shared[start:whole] + shared[end - count % _WORD : end]
            self._generator = random.Random(self._seed)
            self._generator.randbytes(start)
        return self._generator.randbytes(count)

    def state(self) -> object:
        """Return what `restore` needs to continue from here."""
        return self._seed, self._used, None if self._generator is None else self._generator.getstate()

    def restore(self, state: Any) -> None:
        """Continue from a state, also that of another seed."""
        self._seed, self._used, generated = state
        self._generator = None
        if generated is not None:
            self._generator = random.Random()
            self._generator.setstate(generated)


@lru_cache(maxsize=16)
def _first_bytes(seed: int) -> bytes:
    return random.Random(seed).randbytes(_SHARED)


class Ids:
    """A seeded source of ids. The same seed, owner and calls return the same values.

    With an `owner`, the tokens, access keys and passwords belong to it. Everything else depends on the seed only.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.owner: CredentialOwner | None = None
        self._random = RandomBytes(seed)
        self._spare: list[str] = []

    def set_owner(self, owner: CredentialOwner) -> None:
        """Issue credentials for this owner from now on."""
        self.owner = owner
        vars(self).pop("_signing_key", None)

    @cached_property
    def _signing_key(self) -> bytes:
        owner = b"" if self.owner is None else self.owner.key
        return hashlib.sha256(f"voipbin {self._seed}".encode() + owner).digest()

    def uuid(self) -> str:
        """Return a version 4 UUID in canonical form."""
        if not self._spare:
            self._spare = _uuids(self._random.take(16 * _BATCH))
        return self._spare.pop()

    def request_id(self) -> str:
        """Return `req_` and 26 characters of base32 (gateway.md 1.6)."""
        return "req_" + self._random.take(26).translate(_BASE32).decode()

    def accesskey(self) -> str:
        """Return `vb_` and 32 characters of URL-safe base64 (gateway.md 2.4)."""
        return self._issued("vb_" + self._owned(self._letters(_KEY_SIZE)))

    def password(self) -> str:
        """Return a password."""
        return self._issued(self._owned(self._letters(20)))

    def direct_hash(self, id: str) -> str:
        """Return `direct.` and 12 hex digits, which depend on the id only: the address of a flow or an agent."""
        return "direct." + hashlib.sha256(id.encode()).hexdigest()[:12]

    def derived_uuid(self, *names: str) -> str:
        """Return a version 4 UUID that depends on the seed and the names only."""
        return _uuids(self._derived(names)[:16])[0]

    def derived_password(self, *names: str) -> str:
        """Return a password that depends on the seed, the names and the owner only."""
        return self._issued(self._owned(_base64url(self._derived(names))[:20]))

    def _derived(self, names: tuple[str, ...]) -> bytes:
        return hashlib.sha256(_ENCODE([self._seed, *names]).encode()).digest()

    def webhook_secret(self) -> str:
        """Return the secret with which a customer's webhooks are signed. It does not depend on the owner."""
        return self._letters(20)

    def owned_credentials(self, token: str, password: str, accesskey: str) -> tuple[str, str, str]:
        """Return the owner's version of credentials that a fake of the seed without an owner has issued."""
        owner = self.owner
        if owner is None:
            return token, password, accesskey
        # From one digest, since most tests use one agent, and its token only.
        letters = owner.letters(accesskey)
        key, letters = letters[:_KEY_SIZE], letters[_KEY_SIZE:]
        signature, letters = letters[: _SIGNATURE_SIZE - 1], letters[_SIGNATURE_SIZE:]
        # Of the last of 43 letters of base64, two bits are unused, and zero.
        own = f"{token[:-_SIGNATURE_SIZE]}{signature}A", letters[: len(password)], "vb_" + key
        owner.remember(*own)
        return own

    def _owned(self, letters: str) -> str:
        """Return the owner's version of random letters."""
        return letters if self.owner is None else self.owner.letters(letters)[: len(letters)]

    def _issued(self, credential: str) -> str:
        """Return a new credential, of which the redaction and its owner know."""
        KNOWN.add(credential)
        if self.owner is not None:
            self.owner.remember(credential)
        return credential

    def _letters(self, count: int) -> str:
        """Return what random.choices would, ten times as fast: the upper six bits of each random number."""
        return self._random.take(8 * count)[3::8].translate(_BY_UPPER_BITS).decode()

    def jwt(self, claims: Mapping[str, Any]) -> str:
        """Return a JSON web token over `claims`, signed with HS256 (gateway.md 2.3)."""
        signed = f"{_JWT_HEADER}.{_segment(claims)}"
        token = f"{signed}.{self._signature(signed)}"
        if self.owner is not None:
            self.owner.remember(token)
        return token

    def _signature(self, signed: str) -> str:
        return _base64url(hmac.digest(self._signing_key, signed.encode(), "sha256"))

    def state(self) -> object:
        """Return what `restore` needs to continue from here."""
        return self._random.state(), tuple(self._spare)

    def restore(self, state: Any) -> None:
        """Continue from a state."""
        generated, spare = state
        self._random.restore(generated)
        self._spare = list(spare)


def _uuids(data: bytes) -> list[str]:
    """Return a version 4 UUID for each 16 bytes, in one pass over all of them: every record has an id."""
    octets = bytearray(data)
    octets[6::16] = octets[6::16].translate(_VERSION)
    octets[8::16] = octets[8::16].translate(_VARIANT)
    return [b"-".join(groups).decode() for groups in _GROUPS.iter_unpack(octets.hex().encode())]


def _base64url(data: bytes) -> str:
    """Return URL-safe base64 without padding."""
    return binascii.b2a_base64(data, newline=False).rstrip(b"=").translate(_URL_SAFE).decode()


def _segment(claims: Mapping[str, Any]) -> str:
    return _base64url(_ENCODE(claims).encode())


_JWT_HEADER = _segment({"alg": "HS256", "typ": "JWT"})
