"""Lists: one page of a table, as every list endpoint answers it (gateway.md 6)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

from ...contracts.rule import Rule
from ...contracts.rules import lists as rules
from ..world.state import R, Table
from .request_context import RequestContext

_MICROSECOND = timedelta(microseconds=1)
_TIME = re.compile(
    "([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2}:[0-9]{2})([.][0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2})?"
).fullmatch


class Paging:
    """The paging parameters of a request: bound first, before the asker's tier is looked at."""

    def __init__(self, ctx: RequestContext) -> None:
        self.size = ctx.page_size()
        self.token = ctx.query.get("page_token", [""])[0]

    def page(
        self,
        ctx: RequestContext,
        table: Table[R],
        *,
        owner: str = "",
        where: Callable[[R], bool] | None = None,
        readable: Rule = rules.page_token_valid,
    ) -> dict[str, Any]:
        """One page of a table."""
        rows = table.page(
            self.size, self._before(ctx, readable), owner, where, not ctx.is_broken(rules.deleted_not_listed)
        )
        if ctx.is_broken(rules.newest_first):
            rows.reverse()
        page = ctx.fake.render.page(rows)
        if ctx.is_broken(rules.token_on_every_page) and len(rows) < self.size:
            page["next_page_token"] = ""
        return page

    def _before(self, ctx: RequestContext, readable: Rule) -> datetime | None:
        """The time before which rows were created; None for now."""
        if not self.token:
            return None
        before = parse_page_token(self.token)
        ctx.require(readable, before is not None)
        exclusive = not ctx.is_broken(rules.token_is_exclusive)
        return before if exclusive or before is None else before + _MICROSECOND


def parse_page_token(text: str) -> datetime | None:
    """A page token as the servers' database reads it: RFC 3339, or with a space and no zone; None for anything else."""
    match = _TIME(text)
    if match is None:
        return None
    day, time, fraction, zone = match.groups(default="")
    try:
        # Spelt out, since Python 3.10 reads whole fractions and numeric zones only.
        zone = "+00:00" if zone in ("", "Z") else zone
        found = datetime.fromisoformat(f"{day}T{time or '00:00:00'}{fraction or '.':0<7.7}{zone}")
        return found.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None
