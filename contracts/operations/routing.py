"""The operations of dial routes and outbound configurations."""

from __future__ import annotations

from ..editions import EDITIONS
from ..models.responses import Page
from ..models.routing import OutboundConfig, OutboundConfigRequest, Route, RouteRequest, RouteUpdate
from ..rules import gateway
from ..rules.routing import outbound_configs, routes
from . import shared_rules as groups
from .operation import PAGING, Operation

_ROUTE = (*groups.CREDENTIAL, routes.no_direct_access, routes.super_admin_only)
_ONE_ROUTE = (*_ROUTE, *groups.ID, routes.exists)
_ADMIN = (*groups.CREDENTIAL, outbound_configs.no_direct_access, outbound_configs.super_admin_only)
_ONE_CONFIG = (*_ADMIN, gateway.typed_id_is_uuid, outbound_configs.exists)
_OWN = (
    *groups.CREDENTIAL,
    outbound_configs.no_direct_access,
    outbound_configs.admin_only,
    outbound_configs.own_exists,
)
_BODY = (
    gateway.body_is_json,
    outbound_configs.countries_known,
    outbound_configs.codecs_well_formed,
    outbound_configs.texts_fit,
)
_ABSENT_IN = frozenset(name for name, edition in EDITIONS.items() if not edition.has_outbound_configs)

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/v1.0/routes",
        "List the routes",
        Page[Route],
        (*_ROUTE, *groups.LIST, routes.customer_filter_given_once),
        query=(*PAGING, "customer_id"),
    ),
    Operation(
        "POST",
        "/v1.0/routes",
        "Create a route",
        Route,
        (*_ROUTE, gateway.body_is_json, routes.new_route_fits),
        RouteRequest,
    ),
    Operation("GET", "/v1.0/routes/{id}", "Get a route, even a deleted one", Route, _ONE_ROUTE),
    Operation(
        "PUT",
        "/v1.0/routes/{id}",
        "Replace the fields of a route",
        Route,
        (*_ONE_ROUTE, gateway.body_is_json, routes.changed_route_fits),
        RouteUpdate,
    ),
    Operation("DELETE", "/v1.0/routes/{id}", "Soft-delete a route", Route, _ONE_ROUTE),
    Operation(
        "GET",
        "/v1.0/outbound_config",
        "Get the user's own outbound configuration",
        OutboundConfig,
        _OWN,
        absent_in=_ABSENT_IN,
    ),
    Operation(
        "PUT",
        "/v1.0/outbound_config",
        "Change the user's own outbound configuration",
        OutboundConfig,
        (*_OWN, *_BODY),
        OutboundConfigRequest,
        absent_in=_ABSENT_IN,
    ),
    Operation(
        "GET",
        "/v1.0/outbound_configs",
        "List the outbound configurations",
        Page[OutboundConfig],
        (*_ADMIN, *groups.LIST_BY_CALLS, outbound_configs.customer_filter_is_uuid),
        query=(*PAGING, "customer_id"),
        absent_in=_ABSENT_IN,
    ),
    Operation(
        "POST",
        "/v1.0/outbound_configs",
        "Create the outbound configuration of the user's own customer",
        OutboundConfig,
        (*_ADMIN, *_BODY, outbound_configs.one_per_customer),
        OutboundConfigRequest,
        absent_in=_ABSENT_IN,
    ),
    Operation(
        "GET",
        "/v1.0/outbound_configs/{id}",
        "Get an outbound configuration",
        OutboundConfig,
        _ONE_CONFIG,
        absent_in=_ABSENT_IN,
    ),
    Operation(
        "PUT",
        "/v1.0/outbound_configs/{id}",
        "Change an outbound configuration",
        OutboundConfig,
        (*_ONE_CONFIG, *_BODY),
        OutboundConfigRequest,
        absent_in=_ABSENT_IN,
    ),
    Operation(
        "DELETE",
        "/v1.0/outbound_configs/{id}",
        "Soft-delete an outbound configuration; its customer can then call no telephone",
        OutboundConfig,
        _ONE_CONFIG,
        absent_in=_ABSENT_IN,
    ),
)
