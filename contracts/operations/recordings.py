"""The operations of recordings and their files."""

from __future__ import annotations

from ..models.files import File
from ..models.recordings import Recording
from ..models.responses import Page
from ..rules.telephony import recordings as rules
from . import shared_rules as groups
from .operation import PAGING, Operation

_ACCESS = (*groups.CREDENTIAL, rules.no_direct_access, rules.staff_only)
_ONE = (*_ACCESS, *groups.ID, rules.exists, rules.not_deleted, rules.own_customer_only)

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/v1.0/recordings",
        "List recordings",
        Page[Recording],
        (*_ACCESS, *groups.LIST_BY_CALLS),
        query=PAGING,
    ),
    Operation("GET", "/v1.0/recordings/{id}", "Get a recording", Recording, _ONE),
    Operation("DELETE", "/v1.0/recordings/{id}", "Soft-delete a recording", Recording, _ONE),
    Operation(
        "GET",
        "/v1.0/recordingfiles/{id}",
        "Download the audio of a recording, by a redirect to a signed URL",
        File,
        _ONE,
        statuses=(307,),
        media_type="text/html",
    ),
)
