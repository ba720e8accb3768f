"""The operations of flows and activeflows."""

from __future__ import annotations

from ..models.requests import ActiveflowRequest, FlowRequest
from ..models.responses import Activeflow, Flow, Page
from . import shared_rules as groups
from .operation import PAGING, Operation

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/v1.0/flows",
        "List flows, except temporary ones",
        Page[Flow],
        (*groups.FLOW, *groups.LIST),
        query=PAGING,
    ),
    Operation("POST", "/v1.0/flows", "Create a flow", Flow, groups.CREATED_FLOW, FlowRequest),
    Operation("GET", "/v1.0/flows/{id}", "Get a flow", Flow, groups.ONE_FLOW),
    Operation(
        "PUT",
        "/v1.0/flows/{id}",
        "Replace the fields of a flow",
        Flow,
        (*groups.ONE_FLOW, *groups.FLOW_BODY),
        FlowRequest,
    ),
    Operation("DELETE", "/v1.0/flows/{id}", "Soft-delete a flow", Flow, groups.ONE_FLOW),
    Operation(
        "GET",
        "/v1.0/activeflows",
        "List the activeflows, which calls execute",
        Page[Activeflow],
        (*groups.ACTIVEFLOW, *groups.LIST),
        query=PAGING,
    ),
    Operation(
        "POST",
        "/v1.0/activeflows",
        "Execute a flow without a call",
        Activeflow,
        groups.NEW_ACTIVEFLOW,
        ActiveflowRequest,
    ),
    Operation("GET", "/v1.0/activeflows/{id}", "Get an activeflow", Activeflow, groups.ONE_ACTIVEFLOW),
    Operation(
        "DELETE", "/v1.0/activeflows/{id}", "Stop and soft-delete an activeflow", Activeflow, groups.ONE_ACTIVEFLOW
    ),
    Operation(
        "POST",
        "/v1.0/activeflows/{id}/stop",
        "Stop an activeflow and hang up its call",
        Activeflow,
        groups.ONE_ACTIVEFLOW,
    ),
)
