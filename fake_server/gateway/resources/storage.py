"""The files behind signed URLs, in place of Google's Cloud Storage: at the fake's own host, so that any client can
download them.

A signed URL needs no credential, and expires after a day. HEAD gets the same response as GET, without the body:
clients ask for the size of a file first. The signature of Google's storage covers the method, and VoIPbin signs GET; no
source says whether that storage accepts HEAD with it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import unquote, urlencode

from ....contracts.http import Response
from ....contracts.redaction import KNOWN
from ...flows import recorded_audio
from ...world.records import Recording
from ..request_context import RequestContext
from ..routing import STORAGE

_HOST = "api.voipbin.net"
_IS_HOST = re.compile(r"[A-Za-z0-9._~%:\[\]-]+").fullmatch
_LIFETIME = timedelta(days=1)
_TIME = "%Y%m%dT%H%M%SZ"
_DATE, _EXPIRES, _SIGNATURE = "X-Goog-Date", "X-Goog-Expires", "X-Goog-Signature"


class _StorageError(NamedTuple):
    """An error response of the storage, and a note for the journal: no rule of VoIPbin explains it."""

    status: int
    code: str
    message: str
    note: str


_WRONG_SIGNATURE = _StorageError(
    403,
    "SignatureDoesNotMatch",
    "Access denied.",
    "the signature is wrong: send the URL exactly as GET /recordingfiles/{id} returned it",
)
_EXPIRED = _StorageError(
    400,
    "ExpiredToken",
    "The provided token has expired.",
    "the signed URL is older than a day: send GET /recordingfiles/{id} again",
)
_UNKNOWN = _StorageError(
    404, "NoSuchKey", "The specified key does not exist.", "no recording of this fake has the file of this signed URL"
)


def object_name(recording: Recording, *, zipped: bool) -> str:
    """Return the name of a recording's file: of an archive, it depends on the files that it contains."""
    if not zipped:
        return f"recording/{recording.id}.wav"
    files = recording.id if recording.status == "ended" else ""
    return f"tmp/{hashlib.sha1(files.encode(), usedforsecurity=False).hexdigest()}.zip"


def signed_url(ctx: RequestContext, name: str) -> str:
    """Return the URL of a file, at the host to which the client has sent its request."""
    now = ctx.world.clock.now()
    date, expires = f"{now:{_TIME}}", str(int(_LIFETIME.total_seconds()))
    signature = _sign(ctx, name, date, expires)
    KNOWN.add(signature)
    host = ctx.head.values.get("host", "")
    signed = urlencode(
        {
            "X-Goog-Algorithm": "GOOG4-RSA-SHA256",
            "X-Goog-Credential": f"storage@voipbin.invalid/{now:%Y%m%d}/auto/storage/goog4_request",
            _DATE: date,
            _EXPIRES: expires,
            "X-Goog-SignedHeaders": "host",
            _SIGNATURE: signature,
        }
    )
    return f"{ctx.request.scheme}://{host if _IS_HOST(host) else _HOST}{STORAGE}{name}?{signed}"


def get_file(ctx: RequestContext) -> Response:
    """Return the file of a signed URL."""
    path = unquote(ctx.request.target.partition("?")[0], errors="replace")
    name = path.removeprefix(STORAGE)
    date, expires, signature = (ctx.query.get(key, [""])[0] for key in (_DATE, _EXPIRES, _SIGNATURE))
    if not hmac.compare_digest(signature.encode(errors="replace"), _sign(ctx, name, date, expires).encode()):
        return _refuse(ctx, _WRONG_SIGNATURE)
    # The signature shows that the fake wrote the date.
    signed_at = datetime.strptime(f"{date[:-1]}+0000", "%Y%m%dT%H%M%S%z")
    if ctx.world.clock.now() > signed_at + timedelta(seconds=int(expires)):
        return _refuse(ctx, _EXPIRED)
    return _content(ctx, name)


def _content(ctx: RequestContext, name: str) -> Response:
    zipped = name.endswith(".zip")
    found = [one for one in ctx.state.recordings.values() if object_name(one, zipped=zipped) == name]
    if not found:
        return _refuse(ctx, _UNKNOWN)
    if zipped:
        ended = [one for one in found if one.status == "ended"]
        return Response(200, (("Content-Type", "application/zip"),), recorded_audio.archive(ended))
    return Response(200, (("Content-Type", "audio/wav"),), recorded_audio.mixed_wav(found[0]))


def _sign(ctx: RequestContext, name: str, date: str, expires: str) -> str:
    signed = "\n".join((name, date, expires)).encode(errors="replace")
    return hmac.new(f"storage {ctx.world.seed}".encode(), signed, hashlib.sha256).hexdigest()


def _refuse(ctx: RequestContext, error: _StorageError) -> Response:
    ctx.entry.add_note(error.note)
    body = f"<Error><Code>{error.code}</Code><Message>{error.message}</Message></Error>"
    xml = f"<?xml version='1.0' encoding='UTF-8'?>{body}"
    return Response(error.status, (("Content-Type", "application/xml; charset=UTF-8"),), xml.encode())
