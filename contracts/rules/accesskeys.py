"""Rules of access keys: credentials of a customer (gateway.md 2.4 and 4.5)."""

from __future__ import annotations

from typing import Any

from ..answer import DELETED, DENIED, INVALID_DATA, NO_DIRECT, NOT_FOUND, empty_error, error
from ..http import Response
from ..probes import UNKNOWN_ID, ProbeClient, require_equal, require_success
from ..rule import Safety, rule

_DAY = 86400


@rule("AK-AUTH-01", "gateway.md 3.4", Safety.READ, DENIED, server_2026_04=empty_error(400))
def admin_only(api: ProbeClient) -> Response:
    """Only a customer's admins and super-admins may use access keys; managers may not."""
    return api.get("/accesskeys", as_="customer_manager")


@rule("AK-AUTH-02", "gateway.md 2.5", Safety.READ, NO_DIRECT, server_2026_04=empty_error(400))
def no_direct_access(api: ProbeClient) -> Response:
    """A direct token is refused."""
    return api.get("/accesskeys", as_="direct")


@rule("AK-NEW-01", "gateway.md 2.4", Safety.INERT)
def value_shown_once(api: ProbeClient) -> None:
    """POST returns the key's value; later responses show only its first 11 characters."""
    key = _create(api)
    found = require_success(api.get(f"/accesskeys/{key['id']}"))
    require_equal("the value", (key["token"][:3], len(key["token"])), ("vb_", 35))
    require_equal("shown later", (found.get("token"), found["token_prefix"]), (None, key["token"][:11]))


@rule(
    "AK-NEW-02",
    "gateway.md 4.5",
    Safety.INERT,
    error(400, "INVALID_ARGUMENT", "The request is invalid."),
    server_2026_04=empty_error(400),
    hint="Send `expire`, the key's lifetime in seconds: at least 86400 (one day).",
)
def expires_after_a_day_or_more(api: ProbeClient) -> Response:
    """`expire` must be at least 86400 seconds; it defaults to 0 and is then refused."""
    return api.post("/accesskeys", {"name": "probe"})


@rule("AK-GET-01", "gateway.md 4.5", Safety.READ, INVALID_DATA, server_2026_04=empty_error(400))
def exists(api: ProbeClient) -> Response:
    """The access key must exist; otherwise the response is 400, not 404."""
    return api.get(f"/accesskeys/{UNKNOWN_ID}")


@rule("AK-GET-02", "gateway.md 3.3", Safety.INERT, NOT_FOUND, server_2026_04=empty_error(400))
def own_customer_only(api: ProbeClient) -> Response:
    """The access key must belong to the user's own customer; otherwise it is not found, even for a super-admin."""
    key = require_success(api.post("/accesskeys", {"expire": _DAY}, as_="customer_admin"))
    return api.get(f"/accesskeys/{key['id']}")


@rule("AK-GET-03", "gateway.md 4.5", Safety.INERT, DELETED, server_2026_04=empty_error(400), depends_on=("AK-DEL-01",))
def not_deleted(api: ProbeClient) -> Response:
    """A deleted access key cannot be read or deleted again."""
    path = f"/accesskeys/{_create(api)['id']}"
    require_success(api.delete(path))
    return api.get(path)


@rule("AK-PUT-01", "gateway.md 4.5", Safety.INERT)
def put_replaces(api: ProbeClient) -> None:
    """PUT replaces the name and the detail of an access key; what is omitted becomes empty."""
    key = require_success(api.post("/accesskeys", {"name": "old", "detail": "old", "expire": 86400}))
    changed = require_success(api.put(f"/accesskeys/{key['id']}", {"name": "new"}))
    require_equal("the fields", (changed.get("name", ""), changed.get("detail", "")), ("new", ""))


@rule("AK-DEL-01", "gateway.md 4.5", Safety.INERT)
def delete_is_soft(api: ProbeClient) -> None:
    """DELETE returns the key with tm_delete set."""
    require_equal(
        "tm_delete is set",
        require_success(api.delete(f"/accesskeys/{_create(api)['id']}"))["tm_delete"] is not None,
        True,
    )


def _create(api: ProbeClient) -> dict[str, Any]:
    return require_success(api.post("/accesskeys", {"name": "probe", "expire": _DAY}))
