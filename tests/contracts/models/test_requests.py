"""The request models: zero values, null, exact types (providers.md 1.3, gateway.md 5.1)."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError
from pytest_providercalls.contracts.models.requests import (
    AccesskeyRequest,
    ActionRequest,
    AddressRequest,
    CallRequest,
    FlowRequest,
    LoginRequest,
    ProviderCallRequest,
    ProviderRequest,
)

ID = "4dbeabd6-f397-4375-95d2-a38411e07ed1"
ZERO: dict[type[BaseModel], dict[str, Any]] = {
    LoginRequest: {"username": "", "password": ""},
    AddressRequest: {"type": "", "target": "", "target_name": "", "name": "", "detail": ""},
    ActionRequest: {"id": "", "next_id": "", "type": "", "option": None, "tm_execute": None},
    ProviderCallRequest: {
        "provider_id": None,
        "flow_id": None,
        "source": None,
        "destinations": [],
        "actions": [],
        "anonymous": None,
    },
    CallRequest: {
        "flow_id": None,
        "source": None,
        "destinations": [],
        "actions": [],
        "anonymous": None,
        "variables": None,
    },
    FlowRequest: {"name": "", "detail": "", "actions": [], "on_complete_flow_id": None},
    ProviderRequest: {
        "type": "",
        "hostname": "",
        "tech_prefix": "",
        "tech_postfix": "",
        "tech_headers": None,
        "name": "",
        "detail": "",
        "codecs": None,
    },
    AccesskeyRequest: {"name": "", "detail": "", "expire": None},
}
BODIES = sorted(ZERO, key=lambda model: model.__name__)


@pytest.mark.parametrize("model", BODIES)
def test_nothing_is_required(model: type[BaseModel]) -> None:
    assert model().model_dump() == ZERO[model]


@pytest.mark.parametrize("model", BODIES)
def test_null_is_the_zero_value(model: type[BaseModel]) -> None:
    assert model.model_validate(dict.fromkeys(model.model_fields)).model_dump() == ZERO[model]


@pytest.mark.parametrize("model", BODIES)
def test_an_unknown_field_sets_nothing(model: type[BaseModel]) -> None:
    request = model.model_validate({"customer_id": 1, "NAME": 2})
    assert request.model_dump(include=set(ZERO[model])) == ZERO[model]


@pytest.mark.parametrize("model", BODIES)
@pytest.mark.parametrize("wrong", [True, 1.0, ("x",), b"x"])
def test_no_type_is_coerced(model: type[BaseModel], wrong: Any) -> None:
    for name in model.model_fields:
        with pytest.raises(ValidationError):
            model.model_validate({name: wrong})


@pytest.mark.parametrize("model", BODIES)
def test_each_model_has_a_json_schema(model: type[BaseModel]) -> None:
    assert set(model.model_json_schema()["properties"]) == set(model.model_fields)


@pytest.mark.parametrize(
    "text", [ID, ID.upper(), "{" + ID + "}", "x" + ID + "y", "URN:UUID:" + ID, ID.replace("-", "")]
)
def test_the_ids_of_a_providercall_become_canonical(text: str) -> None:
    request = ProviderCallRequest(provider_id=text, flow_id=text)
    assert (request.provider_id, request.flow_id) == (ID, ID)


@pytest.mark.parametrize("text", ["", "nope", "{" + ID.replace("-", "") + "}"])
def test_a_malformed_id_of_a_providercall_is_an_error(text: str) -> None:
    with pytest.raises(ValidationError, match="invalid UUID length"):
        ProviderCallRequest(flow_id=text)


def test_other_ids_are_plain_text() -> None:
    assert CallRequest(flow_id="nope").flow_id == "nope"
    assert FlowRequest(on_complete_flow_id="").on_complete_flow_id == ""
    assert ActionRequest(id="goto-sales").id == "goto-sales"


def test_enum_values_are_not_checked() -> None:
    request = ProviderCallRequest.model_validate({"anonymous": "banana", "destinations": [{"type": "pigeon"}]})
    assert request.anonymous == "banana"
    assert request.destinations == [AddressRequest(type="pigeon")]


def test_a_null_in_an_array_is_kept() -> None:
    request = ProviderCallRequest.model_validate({"destinations": [None, {}], "actions": [None]})
    assert request.destinations == [None, AddressRequest()]
    assert request.actions == [None]


def test_a_null_variable_is_empty() -> None:
    assert CallRequest.model_validate({"variables": {"a": None, "b": "x"}}).variables == {"a": "", "b": "x"}


@pytest.mark.parametrize("expire", [2**63 - 1, -(2**63), 0])
def test_expire_has_64_bits(expire: int) -> None:
    assert AccesskeyRequest(expire=expire).expire == expire
    with pytest.raises(ValidationError):
        AccesskeyRequest(expire=expire + 2**64)


def test_two_requests_share_no_list() -> None:
    CallRequest.model_validate({"actions": None}).actions.append(None)
    assert CallRequest.model_validate({"actions": None}).actions == CallRequest().actions == []
