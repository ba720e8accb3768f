"""Rules of a customer's metadata: PUT /customer/metadata and PUT /customers/{id}/metadata (accounts.md 2)."""

from __future__ import annotations

from typing import Any

from ...probes import ProbeClient, require_equal, require_success
from ...rule import Safety, rule

_SOURCE = "accounts.md 2"


@rule("AC-META-01", _SOURCE, Safety.INERT, depends_on=("AC-CUST-01", "AC-CUST-08"))
def metadata_replaced(api: ProbeClient) -> None:
    """PUT /customer/metadata replaces the metadata of the user's own customer; an omitted rtp_debug becomes false.
    tm_update is set."""
    before = _metadata(api)
    changed = require_success(api.put("/customer/metadata", {"rtp_debug": True}))
    shown = _metadata(api)
    emptied = require_success(api.put("/customer/metadata", {}))
    require_success(api.put("/customer/metadata", before))
    require_equal("the metadata", (changed["metadata"], shown), ({"rtp_debug": True}, {"rtp_debug": True}))
    require_equal("without rtp_debug", emptied["metadata"], {"rtp_debug": False})
    require_equal("tm_update is set", changed["tm_update"] is not None, True)


@rule("AC-META-02", _SOURCE, Safety.INERT, depends_on=("AC-CUST-01", "AC-CUST-08"))
def changed_by_id(api: ProbeClient) -> None:
    """PUT /customers/{id}/metadata replaces the metadata of any customer."""
    path = f"/customers/{api.identity('customer_admin').customer_id}/metadata"
    own, before = _metadata(api), _metadata(api, "customer_admin")
    changed = require_success(api.put(path, {"rtp_debug": True}))
    found = _metadata(api), _metadata(api, "customer_admin")
    require_success(api.put(path, before))
    require_equal("the customer", changed["id"], api.identity("customer_admin").customer_id)
    require_equal("the user's own and the other one", found, (own, {"rtp_debug": True}))


def _metadata(api: ProbeClient, as_: str = "super_admin") -> dict[str, Any]:
    found: dict[str, Any] = require_success(api.get("/customer", as_=as_))["metadata"]
    return found
