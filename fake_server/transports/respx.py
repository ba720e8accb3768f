"""The skin for respx: the fake as one route of a router, for suites that use respx already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from . import ClockedHandler
from .httpx import exchange

if TYPE_CHECKING:
    from respx import MockRouter, Route


def mount(handler: ClockedHandler, router: MockRouter, host: str = "api.voipbin.net") -> Route:
    """Answer every request to a host through a respx router, as one route whose calls respx records as usual.

    Routes that the router had before come first. A `base_url` of the router does not matter. respx offers no way to
    leave one route out of `assert_all_called`: where nothing may be called, switch it off (for the fixture,
    `@pytest.mark.respx(assert_all_called=False)`).
    """

    def answer(request: httpx.Request) -> httpx.Response:
        # respx reads the body before it matches, for asynchronous clients too.
        response: httpx.Response = exchange(httpx, request, request.content, handler)
        return response

    return router.route(host=host).mock(side_effect=answer)
