"""Addresses as clients send them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from ..world.values import Address

if TYPE_CHECKING:
    from ...contracts.models.requests import AddressRequest

# The same few addresses recur, so records can share them.
_shared = lru_cache(maxsize=256)(Address)


def address_of(sent: AddressRequest | None) -> Address:
    """Return an address as it was sent; null is an empty address."""
    if sent is None:
        return Address()
    return _shared(sent.type, sent.target, sent.target_name, sent.name, sent.detail)
