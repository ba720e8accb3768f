"""Mutants of the rules of lists."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ...contracts.rules import lists as rules
from ..gateway.request_context import RequestContext
from .registry import mutant


@mutant(rules.own_customer_only)
def all_customers(ctx: RequestContext, owner: str, _: None) -> str:
    return ""


@mutant(rules.page_size_honoured)
def ignore_page_size(ctx: RequestContext, size: int, _: None) -> int:
    return 100


@mutant(rules.page_size_bounded)
def one_row(ctx: RequestContext, size: int, _: None) -> int:
    return 1


@mutant(rules.newest_first)
def oldest_first(ctx: RequestContext, rows: list[Any], _: None) -> list[Any]:
    return rows[::-1]


@mutant(rules.token_on_every_page)
def no_token_on_short_page(ctx: RequestContext, page: dict[str, Any], size: int) -> dict[str, Any]:
    return page if len(page["result"]) >= size else {**page, "next_page_token": ""}


@mutant(rules.token_is_exclusive)
def inclusive_token(ctx: RequestContext, before: datetime | None, _: None) -> datetime | None:
    return before and before + timedelta(microseconds=1)
