"""Requests that show whether a service of a server works, regardless of what the rules say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..http import Headers, Request, Response

_RESOURCES: Final[Mapping[str, tuple[str, ...]]] = {
    "activeflows": ("activeflows", "calls", "flows"),
    "calls": ("calls", "flows"),
    "groupcalls": ("groupcalls", "calls", "flows"),
    "providercalls": ("providercalls", "calls", "flows"),
    "recordingfiles": ("recordings",),
    "timelines": ("calls", "activeflows", "flows"),
    "ws": ("calls",),
}
"""The resources whose services take part in requests to a resource; by default only its own."""
_BAD_REQUEST: Final = 400
SERVER_ERROR: Final = 500


def may_be_a_failure(response: Response) -> bool:
    """Return whether a failed service may have caused a response: servers report one as 5xx, in April 2026 as 400."""
    return response.status == _BAD_REQUEST or response.status >= SERVER_ERROR


def shows_a_failure(control: Response, *, as_admin: bool) -> bool:
    """Return whether the response to a control shows a failed service. Only a super-admin may list every resource."""
    return may_be_a_failure(control) if as_admin else control.status >= SERVER_ERROR


def controls(request: Request, admin: Headers = ()) -> list[Request]:
    """Return the requests that succeed if the services behind a request work: lists, as a super-admin if possible."""
    path = request.target.partition("?")[0]
    if not path.startswith("/v1.0/"):
        return [Request("GET", "/ping")]
    resource = path.split("/")[2]
    headers = admin or tuple(header for header in request.headers if header[0] == "Authorization")
    return [Request("GET", f"/v1.0/{name}?page_size=1", headers) for name in _RESOURCES.get(resource, (resource,))]
