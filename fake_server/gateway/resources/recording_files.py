"""/recordingfiles: the audio of a recording, by a redirect to a signed URL (calls.md 1.12)."""

from __future__ import annotations

from ....contracts.http import Response
from ....contracts.rules.telephony import recordings as rules
from ..redirects import redirect_get
from ..request_context import RequestContext
from ..route import Route
from . import storage
from .recordings import TIER, existing_recording


def get(ctx: RequestContext) -> Response:
    recording = existing_recording(ctx)
    if recording.status != "ended":
        ctx.entry.add_note(f"the status of the recording is {recording.status!r}: its file has no audio yet")
    name = storage.object_name(recording, zipped=ctx.flag(rules.files_are_zipped))
    return ctx.follows(rules.redirects_to_file, redirect_get(307, storage.signed_url(ctx, name)))


ROUTES = (Route("GET", "/recordingfiles/{id}", get, TIER),)
