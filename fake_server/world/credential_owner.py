"""Credentials that belong to one test: each test's fake issues its own, and recognises those of other tests."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from functools import cached_property
from typing import Final

_REMEMBERED: Final = 20_000


class CredentialRegistry:
    """Remembers which owner each credential of a session was issued for. The oldest ones are forgotten."""

    def __init__(self) -> None:
        # Hashes, so no secret outlives its fake. Removing the first key of a plain dict is slow.
        self._owners: OrderedDict[int, CredentialOwner] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, owner: CredentialOwner, *credentials: str) -> None:
        """Remember credentials."""
        with self._lock:
            self._owners.update(dict.fromkeys(map(hash, credentials), owner))
            while len(self._owners) > _REMEMBERED:
                self._owners.popitem(last=False)

    def owner_of(self, credential: str) -> CredentialOwner | None:
        """Return the owner of a credential, if it is known."""
        return self._owners.get(hash(credential))


CREDENTIALS: Final = CredentialRegistry()
"""Those of all tests in this process."""


def _digest(data: bytes, key: bytes = b"") -> bytes:
    # Each test makes two digests. Those of OpenSSL, such as SHA-256, take ten times as long for the first one.
    return hashlib.blake2b(data, digest_size=32, key=key).digest()


class CredentialOwner:
    """The owner of a fake's tokens, access keys and passwords, such as a test.

    Two fakes with the same seed and different owners issue different credentials; everything else is the same. The same
    seed, owner and requests return the same bytes. `name` is shown to the author of another test that receives one of
    the credentials; `salt` distinguishes several owners of the same name.
    """

    def __init__(self, name: str, registry: CredentialRegistry, salt: str = "") -> None:
        self.name = name
        self.registry = registry
        self._salt = salt

    @cached_property
    def key(self) -> bytes:
        """What distinguishes the credentials of this owner."""
        return _digest(f"{self.name}\0{self._salt}".encode(errors="surrogatepass"))

    def signature(self, signed: str) -> bytes:
        """Return what only this owner's tokens have after what is signed."""
        return _digest(signed.encode(), self.key)

    def remember(self, *credentials: str) -> None:
        """Remember that credentials belong to this owner."""
        self.registry.add(self, *credentials)

    def other_owner_of(self, credential: str) -> str | None:
        """Describe the other owner that a credential was issued for, if there is one and it is known."""
        other = self.registry.owner_of(credential)
        if other is None or other.key == self.key:
            return None
        return other.name if other.name != self.name else "an earlier part of this test"
