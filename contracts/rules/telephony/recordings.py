"""Rules of recordings and their files (calls.md 1.11, calls.md 1.12)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from ...answer import DENIED, NO_DIRECT, NOT_FOUND, empty_error, error
from ...http import Response
from ...probes import UNKNOWN_ID, ProbeClient, require_equal, require_success
from ...rule import Safety, rule

_RECORDING = {"format": "wav", "end_of_silence": 0, "end_of_key": "", "duration": 0, "on_end_flow_id": ""}
_SLEEP: dict[str, Any] = {"type": "sleep", "option": {"duration": 600_000}}
_SECONDS = 5


@rule("RC-AUTH-01", "calls.md 1.11", Safety.READ, DENIED, server_2026_04=empty_error(400))
def staff_only(api: ProbeClient) -> Response:
    """Only a customer's admins and managers, and super-admins, may access recordings."""
    return api.get("/recordings", as_="customer_agent")


@rule("RC-AUTH-02", "calls.md 1.11", Safety.READ, NO_DIRECT, server_2026_04=empty_error(400))
def no_direct_access(api: ProbeClient) -> Response:
    """A direct token is refused."""
    return api.get("/recordings", as_="direct")


@rule(
    "RC-GET-01",
    "calls.md 1.11",
    Safety.READ,
    error(404, "RECORDING_NOT_FOUND", "The recording was not found."),
    server_2026_04=empty_error(400),
    hint="Read the ids of a call's recordings from its recording_ids.",
)
def exists(api: ProbeClient) -> Response:
    """The recording to read, download or delete must exist."""
    return api.get(f"/recordings/{UNKNOWN_ID}")


@rule(
    "RC-GET-02",
    "calls.md 1.11",
    Safety.BILLABLE,
    NOT_FOUND,
    server_2026_04=empty_error(400),
    depends_on=("PC-PRE-07", "RC-DEL-01"),
)
def not_deleted(api: ProbeClient) -> Response:
    """A deleted recording cannot be read, downloaded or deleted again."""
    path = f"/recordings/{_recorded(api)}"
    require_success(api.delete(path))
    return api.get(path)


@rule("RC-GET-03", "calls.md 1.11", Safety.BILLABLE, DENIED, server_2026_04=empty_error(400), depends_on=("PC-PRE-07",))
def own_customer_only(api: ProbeClient) -> Response:
    """An existing recording must belong to the user's own customer, unless the user is a super-admin."""
    return api.get(f"/recordings/{_recorded(api)}", as_="customer_admin")


@rule("RC-GET-04", "calls.md 1.11", Safety.BILLABLE, depends_on=("PC-PRE-07",))
def recording_ends(api: ProbeClient) -> None:
    """A recording that was stopped is `ended`; its audio lasts from tm_start to tm_end."""
    id = _recorded(api)
    recording = api.poll(f"/recordings/{id}", lambda recording: recording.get("status") == "ended")
    require_equal("the end", (recording["status"], bool(recording.get("tm_end"))), ("ended", True))
    require_equal("the order of the times", recording["tm_start"] < recording["tm_end"], True)


@rule("RC-LIST-01", "calls.md 1.11", Safety.BILLABLE, depends_on=("PC-PRE-07",))
def lists_own_recordings(api: ProbeClient) -> None:
    """Recordings are listed to their own customer, those of flows too; to another customer they are not."""
    call = api.place(actions=[{"type": "recording_start", "option": {"format": "wav"}}, _SLEEP])["call_ids"][0]
    api.drive_call(call, "answer")
    api.advance(1)
    own = api.rows_where("/recordings", "reference_id", call)
    require_equal("the recordings of the call", [row["reference_type"] for row in own], ["call"])
    others = api.first_page("/recordings", as_="customer_admin")
    require_equal("listed to another customer", [row for row in others if row["reference_id"] == call], [])


@rule("RC-DEL-01", "calls.md 1.11", Safety.BILLABLE, depends_on=("PC-LIST-03", "PC-PRE-07"))
def delete_is_soft(api: ProbeClient) -> None:
    """DELETE returns the recording with its tm_delete; it is no longer listed."""
    id = _recorded(api)
    deleted = require_success(api.delete(f"/recordings/{id}"))
    require_equal("the deleted recording", (deleted["id"], bool(deleted.get("tm_delete"))), (id, True))
    require_equal("listed", [row for row in api.first_page("/recordings") if row["id"] == id], [])


@rule("RF-GET-01", "calls.md 1.12", Safety.BILLABLE, depends_on=("PC-PRE-07",))
def redirects_to_file(api: ProbeClient) -> None:
    """GET /recordingfiles/{id} redirects (307) to the signed URL of the file, which needs no credential."""
    response = api.get(f"/recordingfiles/{_recorded(api)}")
    require_equal("the status", response.status, 307)
    url = urlsplit(response.header("Location") or "")
    require_equal("an absolute URL", url.scheme in ("http", "https") and bool(url.netloc), True)
    require_equal("a signed URL", "X-Goog-Signature=" in url.query, True)


@rule(
    "RF-GET-02",
    "calls.md 1.12",
    Safety.BILLABLE,
    edition_flag="zips_recording_files",
    depends_on=("PC-PRE-07",),
)
def files_are_zipped(api: ProbeClient) -> None:
    """The file is a WAV (documented); on the servers it is a ZIP archive with one WAV for each direction."""
    response = api.get(f"/recordingfiles/{_recorded(api)}")
    path = urlsplit(response.header("Location") or "").path
    require_equal("the file", path.rpartition(".")[2], "zip" if api.edition.zips_recording_files else "wav")


def _recorded(api: ProbeClient) -> str:
    """Return the id of a recording that lasted a few seconds, and has ended."""
    path = f"/calls/{api.place(actions=[_SLEEP])['call_ids'][0]}"
    api.drive_call(path.rpartition("/")[2], "answer")
    require_success(api.post(f"{path}/recording_start", _RECORDING))
    api.advance(_SECONDS)
    id: str = require_success(api.post(f"{path}/recording_stop"))["recording_ids"][0]
    return id
