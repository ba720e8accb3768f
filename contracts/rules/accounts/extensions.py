"""Rules of extensions: the SIP accounts of a customer (accounts.md 4)."""

from __future__ import annotations

from typing import Any

from ...answer import DENIED, NO_DIRECT, empty_error, error
from ...http import Response
from ...probes import UNKNOWN_ID, ProbeClient, ProbeUnavailable, require_equal, require_success
from ...rule import Safety, rule

_SOURCE = "accounts.md 4"


@rule("EX-AUTH-01", _SOURCE, Safety.READ, DENIED, server_2026_04=empty_error(400))
def staff_only(api: ProbeClient) -> Response:
    """Only a customer's admins and managers may read its extensions."""
    require_success(api.get("/extensions", as_="customer_manager"))
    return api.get("/extensions", as_="customer_agent")


@rule("EX-AUTH-02", "gateway.md 2.5", Safety.READ, NO_DIRECT, server_2026_04=empty_error(400))
def no_direct_access(api: ProbeClient) -> Response:
    """A direct token is refused."""
    return api.get("/extensions", as_="direct")


@rule("EX-LIST-01", _SOURCE, Safety.READ)
def own_extensions_listed(api: ProbeClient) -> None:
    """GET /extensions lists the extensions of the user's own customer, even for a super-admin."""
    owners = {row["customer_id"] for row in api.first_page("/extensions")}
    require_equal("other customers", owners - {api.identity("super_admin").customer_id}, set())


@rule(
    "EX-GET-01",
    _SOURCE,
    Safety.READ,
    error(404, "EXTENSION_NOT_FOUND", "The extension was not found."),
    server_2026_04=empty_error(400),
    hint="List the extensions with GET /v1.0/extensions and choose a current id.",
)
def exists(api: ProbeClient) -> Response:
    """The extension to read must exist."""
    return api.get(f"/extensions/{UNKNOWN_ID}")


@rule("EX-GET-02", _SOURCE, Safety.READ)
def deleted_still_readable(api: ProbeClient) -> None:
    """A deleted extension can still be read, with tm_delete set."""
    found = require_success(api.get(f"/extensions/{api.deleted('extensions')}"))
    require_equal("tm_delete is set", found["tm_delete"] is not None, True)


@rule("EX-GET-03", _SOURCE, Safety.READ, DENIED, server_2026_04=empty_error(400))
def own_customer_only(api: ProbeClient) -> Response:
    """The extension must belong to the user's own customer, except for a super-admin."""
    return api.get(f"/extensions/{_first(api)['id']}", as_="customer_admin")


@rule("EX-GET-04", _SOURCE, Safety.READ)
def has_sip_credentials(api: ProbeClient) -> None:
    """An extension has its SIP credentials: the customer's id as domain_name, itself as username, and its password."""
    listed = _first(api)
    found = require_success(api.get(f"/extensions/{listed['id']}"))
    require_equal("the extension in the list", listed, found)
    require_equal("the domain", found["domain_name"], found["customer_id"])
    require_equal("the username", found["username"], found["extension"])
    require_equal("it has a password", found["password"] != "", True)


def _first(api: ProbeClient) -> dict[str, Any]:
    """Return an extension of the super-admin's customer. Raises ProbeUnavailable if it has none."""
    for row in api.first_page("/extensions"):
        if row["customer_id"] == api.identity("super_admin").customer_id:
            return row
    raise ProbeUnavailable("the super-admin's customer has no extension")
