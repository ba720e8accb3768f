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

    def add(self, credential: str, owner: CredentialOwner) -> None:
        """Remember a credential."""
        with self._lock:
            self._owners[hash(credential)] = owner
            if len(self._owners) > _REMEMBERED:
                self._owners.popitem(last=False)

    def owner_of(self, credential: str) -> CredentialOwner | None:
        """Return the owner of a credential, if it is known."""
        return self._owners.get(hash(credential))


CREDENTIALS: Final = CredentialRegistry()
"""Those of all tests in this process."""


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
        return hashlib.sha256(f"{self.name}\0{self._salt}".encode(errors="surrogatepass")).digest()

    def remember(self, credential: str) -> str:
        """Return a credential, which from now on belongs to this owner."""
        self.registry.add(credential, self)
        return credential

    def other_owner_of(self, credential: str) -> str | None:
        """Describe the other owner that a credential was issued for, if there is one and it is known."""
        other = self.registry.owner_of(credential)
        if other is None or other.key == self.key:
            return None
        return other.name if other.name != self.name else "an earlier part of this test"
