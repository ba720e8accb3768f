"""Credentials that belong to one test: each test's fake issues its own, and recognises those of other tests."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict, deque
from contextlib import suppress
from itertools import repeat
from typing import Final

_REMEMBERED: Final = 20_000


class CredentialRegistry:
    """Remembers which owner each credential of a session was issued for. The oldest ones are forgotten."""

    def __init__(self) -> None:
        # Hashes, so no secret outlives its fake. Removing the first key of a plain dict is slow.
        self._owners: OrderedDict[int, CredentialOwner] = OrderedDict()
        self._new: deque[tuple[int, CredentialOwner]] = deque()
        """Those that are not in the index yet: few tests use credentials of another one."""
        self._lock = threading.Lock()

    def add(self, owner: CredentialOwner, *credentials: str) -> None:
        """Remember credentials."""
        self._new += zip(map(hash, credentials), repeat(owner))
        if len(self._new) > _REMEMBERED:
            self._complete_index()

    def owner_of(self, credential: str) -> CredentialOwner | None:
        """Return the owner of a credential, if it is known."""
        self._complete_index()
        return self._owners.get(hash(credential))

    def _complete_index(self) -> None:
        # Another thread may add one.
        with self._lock, suppress(IndexError):
            while self._new:
                credential, owner = self._new.popleft()
                self._owners[credential] = owner
                if len(self._owners) > _REMEMBERED:
                    self._owners.popitem(last=False)


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
        self.key = f"{name}\0{salt}\0".encode(errors="surrogatepass")
        """What distinguishes the credentials of this owner."""

    def letters(self, text: str) -> str:
        """Return 128 letters and digits that depend on the owner and a text."""
        # SHA-256 is that of OpenSSL, whose first digest in a test takes as long as its first request.
        return hashlib.blake2b(self.key + text.encode()).hexdigest()

    def remember(self, *credentials: str) -> None:
        """Remember that credentials belong to this owner."""
        self.registry.add(self, *credentials)

    def other_owner_of(self, credential: str) -> str | None:
        """Describe the other owner that a credential was issued for, if there is one and it is known."""
        other = self.registry.owner_of(credential)
        if other is None or other.key == self.key:
            return None
        return other.name if other.name != self.name else "an earlier part of this test"
