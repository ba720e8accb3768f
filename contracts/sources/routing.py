"""Sections on dial routes and outbound configurations: bin-route-manager, bin-call-manager and bin-api-manager."""

from __future__ import annotations

from collections.abc import Mapping

from .references import APRIL, File, Section

SECTIONS: Mapping[str, Section] = {
    "routing.md 1": Section(
        "The fields of a route, and what each endpoint of /routes checks, in order",
        (
            File("bin-api-manager/server/routes.go"),
            File("bin-api-manager/server/routes.go", commit=APRIL),
            File("bin-api-manager/pkg/servicehandler/route.go"),
            File("bin-route-manager/models/route/route.go"),
            File("bin-route-manager/pkg/listenhandler/v1_routes.go"),
            File("bin-route-manager/pkg/listenhandler/v1_routes.go", commit=APRIL),
            File("bin-route-manager/pkg/routehandler/route.go"),
            File("bin-route-manager/pkg/dbhandler/route.go"),
            File("bin-api-manager/docsdev/source/route_struct_route.rst"),
            File("bin-api-manager/docsdev/source/route_tutorial.rst"),
        ),
    ),
    "routing.md 2": Section(
        "Which routes a call has, and in which order: the documents go by priority, the servers by age",
        (
            File("bin-route-manager/pkg/routehandler/dialroute.go"),
            File("bin-route-manager/pkg/routehandler/route.go", "111-163"),
            File("bin-call-manager/pkg/callhandler/outgoing_call.go", "222-232"),
            File("bin-call-manager/pkg/callhandler/outgoing_call.go", "355-389"),
            File("bin-call-manager/pkg/callhandler/outgoing_call.go", "517-589"),
            File("bin-api-manager/docsdev/source/route_overview.rst"),
            File("bin-api-manager/docsdev/source/route_tutorial.rst"),
        ),
    ),
    "routing.md 3": Section(
        "Failover: which ends of an unanswered call lead to its next route",
        (
            File("bin-call-manager/pkg/callhandler/hangup.go", "183-243"),
            File("bin-call-manager/pkg/callhandler/outgoing_call.go", "652-702"),
            File("bin-api-manager/docsdev/source/call_overview.rst", "520-606"),
            File("bin-api-manager/docsdev/source/route_overview.rst"),
        ),
    ),
    "routing.md 4": Section(
        "Outbound configurations: access, fields, the whitelist, the codecs; since May 2026",
        (
            File("bin-api-manager/server/outbound_config.go"),
            File("bin-api-manager/server/outbound_configs.go"),
            File("bin-api-manager/pkg/servicehandler/outbound_config.go"),
            File("bin-call-manager/models/outboundconfig/outboundconfig.go"),
            File("bin-call-manager/models/outboundconfig/iso.go"),
            File("bin-call-manager/pkg/outboundconfighandler/outbound_config.go"),
            File("bin-call-manager/pkg/outboundconfighandler/validate.go"),
            File("bin-call-manager/pkg/dbhandler/outbound_config.go"),
            File("bin-call-manager/pkg/listenhandler/v1_outbound_configs.go"),
            File("bin-call-manager/pkg/callhandler/codec.go"),
            File("bin-common-handler/pkg/requesthandler/call_outbound_configs.go"),
            File("bin-dbscheme-manager/bin-manager/main/versions/60e68bfd6442_outbound_configs_create_table.py"),
            File("bin-api-manager/docsdev/source/outbound_config_overview.rst"),
            File("bin-api-manager/docsdev/source/outbound_config_struct_outbound_config.rst"),
        ),
    ),
}
