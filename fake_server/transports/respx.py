"""The transport for respx: the fake as one route of a router, for suites that already use respx."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from . import ClockedHandler
from .httpx import check_address, exchange
from .production import HOST

if TYPE_CHECKING:
    from respx import MockRouter, Route

# pytest then shows a fault at the line of the client.
__tracebackhide__ = True


def mount(handler: ClockedHandler, router: MockRouter, host: str = HOST) -> Route:
    """Serve all requests to a host through one route of a respx router; respx records its calls as usual.

    A request to VoIPbin's host with another scheme than https or another port than 443 raises UnservedAddress.
    Existing routes of the router take precedence. The router's `base_url` is ignored. respx cannot exclude a single
    route from `assert_all_called`. If a test may send no request, disable the check: for the fixture, with
    `@pytest.mark.respx(assert_all_called=False)`.
    """

    def respond(request: httpx.Request) -> httpx.Response:
        check_address(httpx, request)
        # respx has already read the body, for async clients too.
        response: httpx.Response = exchange(httpx, request, request.content, handler)
        return response

    # A trailing dot marks an absolute name: the same host.
    return router.route(host__in=(host, f"{host}.")).mock(side_effect=respond)
