"""Sections on flows, actions and activeflows: bin-flow-manager and the services that execute actions."""

from __future__ import annotations

from collections.abc import Mapping

from .references import File, Section

_ACTIONS = "bin-api-manager/docsdev/source/flow_struct_action.rst"

SECTIONS: Mapping[str, Section] = {
    "flows.md 1.2": Section(
        "The endpoints of /flows, and the fields that they accept",
        (
            File("bin-api-manager/server/flows.go"),
            File("bin-api-manager/pkg/servicehandler/flow.go", "35-271"),
        ),
    ),
    "flows.md 1.3": Section(
        "What each endpoint of /flows checks, in order",
        (
            File("bin-api-manager/server/flows.go"),
            File("bin-api-manager/pkg/servicehandler/flow.go", "20-271"),
            File("bin-flow-manager/pkg/flowhandler/db.go", "20-104"),
            File("bin-flow-manager/pkg/listenhandler/main.go", "340-355"),
        ),
    ),
    "flows.md 1.4": Section(
        "Listing and deleting flows",
        (
            File("bin-api-manager/server/flows.go", "55-99"),
            File("bin-flow-manager/pkg/dbhandler/flows.go", "178-278"),
        ),
    ),
    "flows.md 1.5": Section(
        "Temporary flows: cached for a day outside the database, never listed, not changed by PUT or DELETE",
        (
            File("bin-flow-manager/pkg/cachehandler/handler.go", "31-52"),
            File("bin-flow-manager/pkg/dbhandler/flows.go", "227-278"),
            File("bin-route-manager/pkg/providercallhandler/providercall.go", "41-53"),
            File("bin-api-manager/pkg/servicehandler/call.go", "46-131"),
        ),
    ),
    "flows.md 2.1": Section(
        "The fields of an action",
        (
            File("bin-flow-manager/models/action/action.go", "10-27"),
            File(_ACTIONS),
        ),
    ),
    "flows.md 2.2": Section(
        "How actions are parsed from a request, and which ids are kept",
        (
            File("bin-api-manager/server/main.go", "45-76"),
            File("bin-flow-manager/pkg/actionhandler/generate.go", "12-33"),
        ),
    ),
    "flows.md 2.3": Section(
        "Which actions are refused: unsupported types, invalid values of `anonymous`",
        (File("bin-flow-manager/pkg/actionhandler/action.go", "20-71"),),
    ),
    "flows.md 3.1": Section(
        "The fields of an activeflow",
        (File("bin-flow-manager/models/activeflow/webhook.go", "14-38"),),
    ),
    "flows.md 3.2": Section(
        "The endpoints of /activeflows, and their checks",
        (
            File("bin-api-manager/server/activeflows.go"),
            File("bin-api-manager/pkg/servicehandler/activeflows.go", "19-265"),
        ),
    ),
    "flows.md 3.3": Section(
        "Stopping an activeflow, and what it does to the call",
        (
            File("bin-flow-manager/pkg/activeflowhandler/stop.go", "15-53"),
            File("bin-call-manager/pkg/callhandler/event.go", "62-83"),
        ),
    ),
    "flows.md 3.4": Section(
        "The lifecycle of a call's activeflow: created, started by the answer, executed, and the hangup at its end",
        (
            File("bin-flow-manager/pkg/activeflowhandler/db.go", "213-337"),
            File("bin-flow-manager/pkg/activeflowhandler/execute.go", "69-338"),
            File("bin-call-manager/pkg/callhandler/action.go", "68-210"),
        ),
    ),
    "flows.md 3.5": Section(
        "What each action does; differences from the documents: conditions, digits, timers, connect",
        (
            File("bin-flow-manager/pkg/activeflowhandler/actionhandle.go"),
            File("bin-call-manager/pkg/callhandler/action.go"),
            File("bin-call-manager/pkg/callhandler/digit.go", "21-205"),
            File("bin-common-handler/pkg/requesthandler/call_calls.go", "50-71"),
            File(_ACTIONS, "530-612"),
            File(_ACTIONS, "744-782"),
        ),
    ),
    "flows.md 3.6": Section(
        "Execution limits, and why a `goto` loop does not end on its own",
        (
            File("bin-flow-manager/pkg/activeflowhandler/main.go", "27-74"),
            File("bin-flow-manager/pkg/activeflowhandler/actionhandle.go", "38-73"),
            File("bin-flow-manager/pkg/activeflowhandler/actionhandle.go", "607-637"),
            File(_ACTIONS, "993-1024"),
            File("bin-api-manager/docsdev/source/flow_execution_internals.rst", "531-570"),
        ),
    ),
    "flows.md 3.8": Section(
        "Variables: the predefined ones, and how they are substituted in options",
        (
            File("bin-flow-manager/pkg/variablehandler/substitute.go"),
            File("bin-call-manager/pkg/callhandler/variable.go", "11-41"),
        ),
    ),
    "flows.md 3.9": Section(
        "on_complete_flow_id: which flow starts next, and when",
        (
            File("bin-flow-manager/pkg/activeflowhandler/start.go", "12-47"),
            File("bin-flow-manager/pkg/activeflowhandler/stop.go", "15-55"),
            File("bin-api-manager/docsdev/source/flow_overview.rst", "734"),
            File("bin-api-manager/docsdev/source/activeflow_overview.rst", "410-438"),
        ),
    ),
    "flows.md 4.1": Section(
        "The customer's own data and its webhook settings: what is returned, replaced and checked",
        (
            File("bin-api-manager/server/customer.go", "14-79"),
            File("bin-api-manager/server/customers.go", "157-206"),
            File("bin-api-manager/pkg/servicehandler/customer.go", "166-350"),
            File("bin-customer-manager/models/customer/webhook.go", "11-105"),
            File("bin-api-manager/docsdev/source/customer_struct_customer.rst", "41-42"),
        ),
    ),
    "flows.md 6": Section(
        "Timelines: the events of a resource, and who may read them",
        (
            File("bin-api-manager/server/timelines.go"),
            File("bin-api-manager/pkg/servicehandler/timeline.go"),
            File("bin-timeline-manager/pkg/eventhandler/event.go", "26-72"),
            File("bin-timeline-manager/pkg/dbhandler/event.go", "15-50"),
            File("bin-api-manager/docsdev/source/timeline_overview.rst"),
            File("bin-api-manager/docsdev/source/restful_api_errors.rst", "577-600"),
        ),
    ),
}
