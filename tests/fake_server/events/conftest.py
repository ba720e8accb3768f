"""A receiver of the super-admin's webhooks."""

from __future__ import annotations

import pytest
from pytest_providercalls.fake_server import FakeVoipbin

from .inbox import URI, Inbox


@pytest.fixture
def inbox(fake: FakeVoipbin) -> Inbox:
    """The receiver of the webhooks of the super-admin's customer."""
    inbox = Inbox()
    fake.webhooks.send_to(inbox, URI)
    return inbox
