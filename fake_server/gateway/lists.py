"""Lists: one page of a table, as every list endpoint returns it (gateway.md 6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from ...contracts.rule import Rule
from ...contracts.rules import lists as rules
from ..wire.timestamps import parse_time
from ..world.records import Record
from ..world.state import Table
from .request_context import RequestContext

R = TypeVar("R", bound=Record)


class Paging:
    """The paging parameters of a request. They are bound before the principal's tier is checked."""

    def __init__(self, ctx: RequestContext) -> None:
        self.size = ctx.page_size()
        self.token = ctx.page_token()

    def page(
        self,
        ctx: RequestContext,
        table: Table[R],
        *,
        owner: str = "",
        where: Callable[[R], bool] | None = None,
        valid: Rule = rules.page_token_valid,
    ) -> dict[str, Any]:
        """Return one page of a table. The rule `valid` applies to the page token."""
        before = self._before(ctx, valid)
        rows = table.page(self.size, before, owner, where, alive=ctx.enforces(rules.deleted_not_listed))
        page = ctx.render.page(ctx.follows(rules.newest_first, rows))
        return ctx.follows(rules.token_on_every_page, page, self.size)

    def _before(self, ctx: RequestContext, valid: Rule) -> datetime | None:
        """Return the time before which the rows were created; None without a token."""
        if not self.token:
            return None
        before = parse_time(self.token)
        ctx.require(valid, before is not None)
        return ctx.follows(rules.token_is_exclusive, before)
