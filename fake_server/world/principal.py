"""The identity behind a credential."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime

from ...contracts.formats.go_uuids import NIL
from ...contracts.identity import Permission
from ...contracts.light_imports import dataclass

_SUPER_ADMIN = int(Permission.SUPER_ADMIN)


@dataclass(slots=True)
class Principal:
    """An authenticated user, as the credential described it when it was issued (gateway.md 2.5)."""

    kind: str
    """`agent`, `accesskey`, `direct` or `delegate`; `system` when VoIPbin itself acts."""
    customer_id: str
    permission: int
    agent_id: str = NIL
    expire: datetime | None = None
    name: str = ""

    is_super_admin: bool = field(init=False)

    def __post_init__(self) -> None:
        self.is_super_admin = bool(self.permission & _SUPER_ADMIN)

    def can(self, customer_id: str, mask: int) -> bool:
        """Return whether the principal has a permission of `mask` on a customer's resources (gateway.md 3.2)."""
        return self.is_super_admin or (self.customer_id == customer_id and bool(self.permission & mask))
