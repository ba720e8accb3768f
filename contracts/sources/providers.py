"""Sections on providers and provider calls: bin-api-manager, bin-route-manager and bin-call-manager."""

from __future__ import annotations

from collections.abc import Mapping

from .references import APRIL, File, Section

SECTIONS: Mapping[str, Section] = {
    "providers.md 2.1": Section(
        "The fields of a provider, and their initial values",
        (
            File("bin-route-manager/models/provider/webhook.go", "11-37"),
            File("bin-route-manager/models/provider/webhook.go", commit=APRIL),
            File("bin-api-manager/docsdev/source/provider_struct_provider.rst"),
        ),
    ),
    "providers.md 2.2": Section(
        "What each endpoint of /providers checks, in order; a GET looks the provider up before the permission",
        (
            File("bin-api-manager/server/providers.go"),
            File("bin-api-manager/pkg/servicehandler/provider.go", "41-294"),
            File("bin-route-manager/pkg/providerhandler/provider.go", "142-204"),
            File("bin-api-manager/server/providers.go", commit=APRIL),
        ),
    ),
    "providers.md 2.3": Section(
        "The list of codecs: what is refused, and how it is trimmed",
        (
            File("bin-route-manager/pkg/providerhandler/validate.go", "8-31"),
            File("bin-api-manager/docsdev/source/provider_overview.rst", "155"),
        ),
    ),
    "providers.md 2.4": Section(
        "Deleting a provider: it can still be read, dialled and deleted again",
        (
            File("bin-route-manager/pkg/dbhandler/provider.go", "110-160"),
            File("bin-route-manager/pkg/dbhandler/provider.go", "212-251"),
        ),
    ),
    "providers.md 3.1": Section(
        "The record of a provider call: its fields, and their initial values",
        (
            File("bin-route-manager/models/providercall/webhook.go", "15-34"),
            File("bin-api-manager/docsdev/source/providercall_struct_providercall.rst", "40-51"),
            File("bin-route-manager/pkg/providercallhandler/providercall.go", "25-151"),
            File("bin-dbscheme-manager/bin-manager/main/versions/aa0d0a29625e_route_providercalls_create_table.py"),
        ),
    ),
    "providers.md 3.3": Section(
        "POST /providercalls: the checks in order, the temporary flow, the calls' metadata, what is dropped",
        (
            File("bin-api-manager/server/providercalls.go", "71-148"),
            File("bin-api-manager/server/providercalls.go", "88-165", APRIL),
            File("bin-api-manager/pkg/servicehandler/providercall.go", "32-83"),
            File("bin-route-manager/pkg/providercallhandler/providercall.go", "25-151"),
            File("bin-route-manager/pkg/listenhandler/main.go", "271-290"),
            File("bin-call-manager/pkg/callhandler/outgoing_call.go", "44-101"),
            File("bin-common-handler/pkg/requesthandler/call_calls.go", "129"),
        ),
    ),
    "providers.md 3.4": Section(
        "GET and DELETE /providercalls/{id}: unknown records, deleted records, other customers' records",
        (
            File("bin-api-manager/server/providercalls.go", "151-214"),
            File("bin-api-manager/server/providercalls.go", "168-231", APRIL),
            File("bin-api-manager/pkg/servicehandler/providercall.go", "87-111"),
            File("bin-api-manager/pkg/servicehandler/providercall.go", "161-185"),
            File("bin-route-manager/pkg/dbhandler/providercall.go", "74-202"),
        ),
    ),
    "providers.md 3.5": Section(
        "GET /providercalls: its one filter, and whose records it lists",
        (
            File("bin-api-manager/server/providercalls.go", "20-68"),
            File("bin-api-manager/pkg/servicehandler/providercall.go", "118-158"),
        ),
    ),
    "providers.md 4.2": Section(
        "The caller's number in the INVITE, and how `anonymous` changes it",
        (
            File("bin-call-manager/pkg/callhandler/outgoing_call.go", "258-277"),
            File("bin-call-manager/pkg/callhandler/outgoing_call.go", "741-765"),
        ),
    ),
    "providers.md 4.4": Section(
        "The initial state of a call after the POST",
        (
            File("bin-call-manager/pkg/callhandler/outgoing_call.go", "293-325"),
            File("bin-call-manager/models/call/webhook.go", "17-91"),
        ),
    ),
}
