"""Sections of published pages: VoIPbin's tutorial, RFCs, the documentation of HTTP libraries."""

from __future__ import annotations

from collections.abc import Mapping

from .references import APRIL, AUGUST, File, Page, Reference, Section

_PUBLISHED = "https://api.voipbin.net/docs/providercall_tutorial.html"
_TUTORIAL = "bin-api-manager/docsdev/source/providercall_tutorial.rst"


def _tutorial(title: str, anchor: str, lines: str, *commits: str) -> Section:
    """Return a section of the tutorial: the page published today, and its text at the commits."""
    references: list[Reference] = [
        Page(f"VoIPbin's documentation, ProviderCall tutorial, {anchor}", f"{_PUBLISHED}#{anchor}"),
        *(File(_TUTORIAL, lines, commit) for commit in commits or (APRIL,)),
    ]
    return Section(title, tuple(references))


SECTIONS: Mapping[str, Section] = {
    "tutorial: Prerequisites": _tutorial(
        "What a provider call requires: a super-admin, a provider, a source, a destination; the costs; not in CI",
        "prerequisites",
        "6-20",
    ),
    "tutorial: Place a providercall": _tutorial(
        "The smallest body, the request with its token, and the record in the response",
        "place-a-providercall",
        "22-61",
    ),
    "tutorial: Place a providercall with inline actions": _tutorial(
        "Actions instead of a flow_id: a temporary flow is created for the call",
        "place-a-providercall-with-inline-actions",
        "63-88",
    ),
    "tutorial: Observe call outcome": _tutorial(
        "The record never changes: the outcome and the metadata of a call are read from the call",
        "observe-call-outcome",
        "90-112",
    ),
    "tutorial: Get list of providercalls": _tutorial(
        "The list, its filter and its page token; whose records it contains was corrected in August 2026",
        "get-list-of-providercalls",
        "114-133",
        APRIL,
        AUGUST,
    ),
    "tutorial: Get detail of a providercall": _tutorial(
        "One record by its id", "get-detail-of-a-providercall", "135-140"
    ),
    "tutorial: Delete a providercall": _tutorial(
        "Deleting removes a record from the list, and does not affect its calls",
        "delete-soft-a-providercall",
        "142-156",
    ),
    "tutorial: Troubleshooting": _tutorial(
        "403, a provider that is not found (400 until August 2026, then 404), calls that fail, no_answer and busy",
        "troubleshooting",
        "158-175",
        APRIL,
        AUGUST,
    ),
    "RFC 9110, 9.2.2": Section(
        "Idempotent methods: what a client may retry on its own without a response; POST is not one of them",
        (Page("RFC 9110, section 9.2.2", "https://www.rfc-editor.org/rfc/rfc9110.html#section-9.2.2"),),
    ),
    "RFC 9110, 10.2.3": Section(
        "Retry-After: how long a client should wait",
        (Page("RFC 9110, section 10.2.3", "https://www.rfc-editor.org/rfc/rfc9110.html#section-10.2.3"),),
    ),
    "HTTP libraries: closing": Section(
        "Closing connections: they stay open until their client or session is closed",
        (
            Page("httpx, Clients", "https://www.python-httpx.org/advanced/clients/"),
            Page(
                "aiohttp, ClientSession.close",
                "https://docs.aiohttp.org/en/stable/client_reference.html#aiohttp.ClientSession.close",
            ),
            Page(
                "requests, Session objects", "https://requests.readthedocs.io/en/latest/user/advanced/#session-objects"
            ),
        ),
    ),
    "HTTP libraries: timeouts": Section(
        "Not every library has a default timeout: requests waits forever without one",
        (Page("requests, Timeouts", "https://requests.readthedocs.io/en/latest/user/advanced/#timeouts"),),
    ),
}
