"""The models of billing accounts, metadata, numbers and extensions."""

from __future__ import annotations

from math import isfinite
from struct import pack
from typing import Annotated, Any, Final

from pydantic import AfterValidator, WithJsonSchema

from .requests import PlainText, RequestBody
from .responses import Time, Uuid, WireModel

_DECIMAL: Final = {"type": "number", "format": "float", "maximum": 3.4e38, "minimum": -3.4e38}


def _fits_float32(value: float) -> float:
    try:
        pack("<f", value)
    except OverflowError:
        raise ValueError("the number is out of range for float32") from None
    if not isfinite(value):
        raise ValueError("the number is out of range for float32")
    return value


Float32 = Annotated[float, AfterValidator(_fits_float32), WithJsonSchema(_DECIMAL)]
"""Go's float32: a number in its range, not yet rounded to its precision."""


class BalanceRequest(RequestBody):
    """The body of POST /billing_accounts/{id}/balance_add_force and balance_subtract_force: dollars (accounts.md 1)."""

    balance: Float32 | None = None


class CustomerMetadataRequest(RequestBody):
    """The body of PUT /customer/metadata and PUT /customers/{id}/metadata (accounts.md 2)."""

    rtp_debug: bool | None = None


class NumberFlowsRequest(RequestBody):
    """The body of PUT /numbers/{id}/flow_ids: plain texts (accounts.md 3)."""

    call_flow_id: PlainText = ""
    message_flow_id: PlainText = ""


class FullBillingAccount(WireModel):
    """A billing account in full, as /billing_accounts returns it (bin-billing-manager/models/account/account.go)."""

    id: Uuid
    customer_id: Uuid
    status: str = ""
    name: str
    detail: str
    plan_type: str
    plan_status: str
    balance_credit: int
    balance_token: int
    payment_type: str
    payment_method: str
    paddle_subscription_id: str
    paddle_customer_id: str
    tm_last_topup: Time | None
    tm_next_topup: Time | None
    tm_create: Time
    tm_update: Time | None
    tm_delete: Time | None


class Number(WireModel):
    """A telephone number of a customer (bin-number-manager/models/number/webhook.go)."""

    id: Uuid
    customer_id: Uuid
    number: str
    type: str
    call_flow_id: Uuid
    message_flow_id: Uuid
    name: str
    detail: str
    status: str
    t38_enabled: bool
    emergency_enabled: bool
    metadata: dict[str, Any]
    tm_purchase: Time | None
    tm_renew: Time | None
    tm_create: Time
    tm_update: Time | None
    tm_delete: Time | None


class Extension(WireModel):
    """A SIP account of a customer, with its password (bin-registrar-manager/models/extension/webhook.go)."""

    id: Uuid
    customer_id: Uuid
    name: str
    detail: str
    extension: str
    domain_name: str
    username: str
    password: str
    direct_hash: str
    tm_create: Time
    tm_update: Time | None
    tm_delete: Time | None
