"""Events: what happened, and who is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..world.state import Section

if TYPE_CHECKING:
    from .outbox import Outbox


def _empty_outbox() -> Outbox:
    # Imported here: in most tests nothing receives webhooks.
    from .outbox import Outbox

    return Outbox()


OUTBOX: Section[Outbox] = Section(_empty_outbox)
"""The queued webhooks, their receivers, and all attempts to deliver one."""
