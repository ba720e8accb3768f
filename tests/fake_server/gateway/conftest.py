"""Sending requests that the fake must refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pytest_providercalls.contracts.http import Headers, Request, Response
from pytest_providercalls.fake_server import FakeVoipbin

from .bad_requests import bearer, is_own_error


@pytest.fixture
def refuse(fake: FakeVoipbin, tables: Callable[[FakeVoipbin], dict[str, Any]]) -> Callable[..., Response]:
    """Send a request, and check that the fake refuses it, records it and changes nothing."""

    def send(method: str, target: str, body: bytes = b"", headers: Headers | None = None) -> Response:
        before = tables(fake)
        response = fake.handle(Request(method, target, (bearer(fake),) if headers is None else headers, body))
        assert is_own_error(fake, response), response
        assert tables(fake) == before
        assert fake.requests[-1].status == response.status
        return response

    return send
