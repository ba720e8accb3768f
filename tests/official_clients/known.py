"""The steps that fail with the real servers too, each with the reason."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Final, NamedTuple


class Known(NamedTuple):
    """A glob for the name of a step, the client, the editions (empty means all), and the reason why it fails."""

    client: str
    step: str
    reason: str
    editions: tuple[str, ...] = ()


SERVERS: Final = ("server-2026-04", "server-2026-08")
_SUPER_ADMIN: Final = "only a super-admin may use it, and on the servers an access key is a customer admin (PC-AUTH-03)"
_NO_TYPE: Final = "vn sends addresses without `type`; the servers drop those destinations, and then none is left"
_NO_PATH: Final = "vn requests a path that the API does not have in any edition"
_AGENT_ONLY: Final = "vn reads GET /me with an access key; it requires an agent's token (AC-ME-01)"
KNOWN: Final[tuple[Known, ...]] = (
    *(Known("vn", f"{one} *", _SUPER_ADMIN, SERVERS) for one in ("customers", "providers", "routes")),
    *(Known("vn", f"billing-accounts {one}*", _NO_PATH) for one in ("create", "delete")),
    Known("vn", "billing-accounts *", _SUPER_ADMIN, SERVERS),
    Known(
        "vn", "accesskeys create --name ci", "without --expire vn sends 0; `expire` must be at least 86400 (AK-NEW-02)"
    ),
    Known("vn", "calls create *", _NO_TYPE),
    Known("vn", "groupcalls create *", _NO_TYPE),
    Known("vn", "calls unmute *", "vn sends DELETE /calls/{id}/mute without a body, which the servers require"),
    Known("vn", "numbers renew *", _NO_PATH),
    Known("vn", "timelines *", _NO_PATH),
    Known("vn", "me", _AGENT_ONLY),
    Known("vn", "login *", _AGENT_ONLY),
    *(Known("voipbin-go", f"*{one}*", _SUPER_ADMIN, SERVERS) for one in ("Customers", "Providers", "Routes")),
    Known("voipbin-go", "*BillingAccounts*", _SUPER_ADMIN, SERVERS),
    Known("voipbin-go", "PostCalls without *", "the servers drop destinations without `type`, and then none is left"),
    Known("voipbin-mcp", "*_route*", _SUPER_ADMIN, SERVERS),
    Known("curl", "ai_tutorial:29 *", "the action type `ai` does not exist; the documents mean `ai_talk`"),
    Known("curl", "flow_debugging:755 *", "no edition has GET /activeflows/{id}/variables"),
    Known("curl", "provider_tutorial:31 *", "the servers of April 2026 have no POST /providers/setup", SERVERS[:1]),
    Known("curl", "quickstart_authentication:47 *", "`expire` is missing; it must be at least 86400 (AK-NEW-02)"),
    Known("curl", "recording_overview:260 *", "the servers redirect to the file, and the example lacks --location"),
)


def reason_for(client: str, step: str, edition: str) -> str:
    """Return why a step fails in an edition, or an empty string if it should pass."""
    for known in KNOWN:
        applies = not known.editions or edition in known.editions
        if known.client == client and applies and fnmatchcase(step, known.step):
            return known.reason
    return ""
