"""One test's fake: made as the test asks, put behind its clients, and read when the test is over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import pytest

from .settings import settings_of

if TYPE_CHECKING:
    from decimal import Decimal

    from .fake_server.core import FakeVoipbin

BROKEN: Final[pytest.StashKey[frozenset[str]]] = pytest.StashKey()
"""On the config: the rules that every fake breaks meanwhile."""


@contextmanager
def serving(node: pytest.Item) -> Iterator[FakeVoipbin]:
    """A fake, made as a test's markers ask; every httpx and httpx2 client reaches it meanwhile.

    Fails the test at the end if it is strict and its client sent what the API reads over.
    """
    from .fake_server.core import FakeVoipbin
    from .intercept import Interception

    settings = settings_of(node)
    broken = node.config.stash.get(BROKEN, frozenset[str]())
    fake = FakeVoipbin(
        settings.editions[0],
        settings.seed,
        lifecycle=settings.lifecycle,
        broken=broken,
        rate_limits=settings.rate_limits,
    )
    with Interception(fake, steps_aside=lambda library: library == "httpx" and fake.mounted):
        yield fake
    if settings.strict:
        _check_advice(fake)
    if settings.budget is not None:
        _check_cost(fake, settings.budget)


def _check_advice(fake: FakeVoipbin) -> None:
    advice = [f"{entry.method} {entry.url}: {text}" for entry in fake.requests for text in entry.advice]
    if advice:
        lines = "\n  ".join(advice)
        pytest.fail(f"the client sent what the API reads over in silence (strict):\n  {lines}", pytrace=False)


def _check_cost(fake: FakeVoipbin, budget: Decimal) -> None:
    if fake.ledger.cost > budget:
        lines = str(fake.ledger).replace("\n", "\n  ")
        pytest.fail(
            f"the test's calls cost ${fake.ledger.cost}, more than its budget of ${budget}\n  {lines}", pytrace=False
        )


def client_options(fake: FakeVoipbin) -> dict[str, Any]:
    """What makes an httpx client a super-admin's. On a transport of the fake's own it costs no TLS context."""
    import httpx

    from .fake_server.transports.httpx import transport

    return {
        "base_url": fake.base_url,
        "headers": {"Authorization": f"Bearer {fake.super_admin.token}"},
        "transport": transport(fake, httpx),
    }
