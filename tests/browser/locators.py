"""Locators of the inspector's elements."""

from __future__ import annotations

from playwright.async_api import Locator, Page


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def rows(page: Page, kind: str = "calls") -> Locator:
    return page.locator(f"#{kind}-list button")


def head(page: Page) -> Locator:
    return page.locator("#detail-head")
