"""Sections of what others publish: VoIPbin's tutorial, RFCs, the documentation of HTTP libraries."""

from __future__ import annotations

from collections.abc import Mapping

from .references import APRIL, AUGUST, File, Page, Reference, Section

_PUBLISHED = "https://api.voipbin.net/docs/providercall_tutorial.html"
_TUTORIAL = "bin-api-manager/docsdev/source/providercall_tutorial.rst"


def _tutorial(title: str, anchor: str, lines: str, *commits: str) -> Section:
    """A section of the tutorial: the page as it is published today, and its text at the commits."""
    places: list[Reference] = [
        Page(f"VoIPbin's documentation, ProviderCall tutorial, {anchor}", f"{_PUBLISHED}#{anchor}"),
        *(File(_TUTORIAL, lines, commit) for commit in commits or (APRIL,)),
    ]
    return Section(title, tuple(places))


SECTIONS: Mapping[str, Section] = {
    "tutorial: Prerequisites": _tutorial(
        "What a provider call needs: a super-admin, a provider, a source, a destination; who pays, and not in CI",
        "prerequisites",
        "6-20",
    ),
    "tutorial: Place a providercall": _tutorial(
        "The smallest body, the request with its token, and the record that answers it",
        "place-a-providercall",
        "22-61",
    ),
    "tutorial: Place a providercall with inline actions": _tutorial(
        "Actions in place of a flow_id: a temporary flow is made for the call",
        "place-a-providercall-with-inline-actions",
        "63-88",
    ),
    "tutorial: Observe call outcome": _tutorial(
        "The record stays as it is: what becomes of a call, and its metadata, is read from the call",
        "observe-call-outcome",
        "90-112",
    ),
    "tutorial: Get list of providercalls": _tutorial(
        "The list, its filter and its page token; whose records it holds was corrected in August 2026",
        "get-list-of-providercalls",
        "114-133",
        APRIL,
        AUGUST,
    ),
    "tutorial: Get detail of a providercall": _tutorial(
        "One record by its id", "get-detail-of-a-providercall", "135-140"
    ),
    "tutorial: Delete a providercall": _tutorial(
        "Deleting takes a record off the list, and touches no call", "delete-soft-a-providercall", "142-156"
    ),
    "tutorial: Troubleshooting": _tutorial(
        "403, a provider that is not found (400 until August 2026, then 404), calls that fail, no_answer and busy",
        "troubleshooting",
        "158-175",
        APRIL,
        AUGUST,
    ),
    "RFC 9110, 9.2.2": Section(
        "Idempotent methods: what a client may repeat by itself when it has seen no answer; POST is not among them",
        (Page("RFC 9110, section 9.2.2", "https://www.rfc-editor.org/rfc/rfc9110.html#section-9.2.2"),),
    ),
    "RFC 9110, 10.2.3": Section(
        "Retry-After: how long a client ought to wait",
        (Page("RFC 9110, section 10.2.3", "https://www.rfc-editor.org/rfc/rfc9110.html#section-10.2.3"),),
    ),
    "HTTP libraries: closing": Section(
        "What a client opens it closes: connections stay open until their client or session is closed",
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
    "HTTP libraries: time-outs": Section(
        "Not every library gives up by itself: requests waits for ever unless it is told how long",
        (Page("requests, Timeouts", "https://requests.readthedocs.io/en/latest/user/advanced/#timeouts"),),
    ),
}
