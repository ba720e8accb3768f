"""Sections on calls, groupcalls and billing: bin-call-manager, bin-billing-manager and the gateway."""

from __future__ import annotations

from collections.abc import Mapping

from .references import File, Page, Section

_PHONENUMBER = "https://github.com/dongri/phonenumber/blob/v0.1.12/phonenumber.go#L25-L50"
_LIBPHONENUMBER = "https://github.com/ttacon/libphonenumber/blob/v1.2.1/phonenumberutil.go#L2802-L3000"
_ASTERISK = "https://github.com/asterisk/asterisk/blob/23.4.0/res/res_pjsip.c#L3525-L3610"

SECTIONS: Mapping[str, Section] = {
    "calls.md 1.1": Section(
        "The fields of a call, and which are omitted when empty; groupcall_id is always the nil UUID",
        (
            File("bin-call-manager/models/call/webhook.go", "17-91"),
            File("bin-common-handler/models/identity/identity.go"),
            File("bin-api-manager/docsdev/source/call_struct_call.rst"),
        ),
    ),
    "calls.md 1.4": Section(
        "What each endpoint of /calls/{id} checks, in order",
        (
            File("bin-api-manager/server/calls.go"),
            File("bin-api-manager/pkg/servicehandler/call.go", "30-41"),
            File("bin-api-manager/pkg/servicehandler/call.go", "136-163"),
            File("bin-call-manager/pkg/callhandler/db.go", "171-185"),
        ),
    ),
    "calls.md 1.6": Section(
        "POST /calls: the checks in order, and the response",
        (
            File("bin-api-manager/server/calls.go", "20-104"),
            File("bin-api-manager/server/variables.go", "8-59"),
            File("bin-api-manager/pkg/servicehandler/call.go", "46-131"),
            File("bin-api-manager/docsdev/source/call_tutorial.rst", "1209-1211"),
        ),
    ),
    "calls.md 1.8": Section(
        "DELETE /calls/{id}: a live call is hung up first",
        (
            File("bin-call-manager/pkg/callhandler/call.go", "13-49"),
            File("bin-call-manager/pkg/dbhandler/call.go", "653-682"),
        ),
    ),
    "calls.md 1.10": Section(
        "Live calls: hold, mute, music on hold, silence, talk, recordings",
        (
            File("bin-call-manager/pkg/callhandler/hold.go", "11-53"),
            File("bin-call-manager/pkg/callhandler/mute.go", "14-93"),
            File("bin-call-manager/pkg/callhandler/media.go", "17-72"),
            File("bin-call-manager/pkg/callhandler/recording.go", "15-99"),
            File("bin-call-manager/pkg/channelhandler/hold.go", "11-61"),
        ),
    ),
    "calls.md 1.11": Section(
        "Recordings: what each endpoint checks, in order, and the life of a recording",
        (
            File("bin-api-manager/server/recordings.go"),
            File("bin-api-manager/pkg/servicehandler/recording.go", "18-170"),
            File("bin-call-manager/models/recording/recording.go"),
            File("bin-call-manager/models/recording/webhook.go"),
            File("bin-call-manager/pkg/recordinghandler/db.go", "19-185"),
            File("bin-call-manager/pkg/dbhandler/recording.go", "205-334"),
            File("bin-api-manager/docsdev/source/recording_struct_recording.rst"),
            File("bin-api-manager/docsdev/source/restful_api_errors.rst", "117-137"),
        ),
    ),
    "calls.md 1.12": Section(
        "The file of a recording: a redirect to a signed URL; an archive of one WAV for each direction on the servers",
        (
            File("bin-api-manager/server/recordingfiles.go"),
            File("bin-api-manager/pkg/servicehandler/recordingfile.go"),
            File("bin-call-manager/pkg/recordinghandler/recording.go", "58-66"),
            File("bin-call-manager/pkg/recordinghandler/stop.go", "81-106"),
            File("bin-storage-manager/pkg/storagehandler/compressfile.go"),
            File("bin-storage-manager/pkg/filehandler/bucketfile.go", "65-180"),
            File("bin-storage-manager/pkg/filehandler/main.go", "213-225"),
            File("bin-api-manager/docsdev/source/recording_overview.rst", "44-62"),
            File("bin-api-manager/docsdev/source/recording_tutorial.rst", "110-132"),
        ),
    ),
    "calls.md 1.13": Section(
        "SIP analysis and pcap of a call: the servers know the SIP Call-ID of an outgoing call from its answer on",
        (
            File("bin-api-manager/server/timelines_sip.go"),
            File("bin-api-manager/pkg/servicehandler/timeline_sip.go"),
            File("bin-call-manager/pkg/channelhandler/arievent.go", "77-103"),
            File("bin-timeline-manager/models/sipmessage/sipmessage.go"),
            File("bin-timeline-manager/pkg/homerhandler/main.go", "97-213"),
            File("bin-timeline-manager/pkg/siphandler/main.go", "77-120"),
            File("bin-api-manager/docsdev/source/timeline_overview.rst", "76-98"),
        ),
    ),
    "calls.md 2.3": Section(
        "VoIPbin's own timers: 60 seconds of dialling, one hour in total",
        (
            File("bin-call-manager/pkg/callhandler/main.go", "174-183"),
            File("bin-call-manager/pkg/callhandler/start.go", "271-314"),
        ),
    ),
    "calls.md 2.4": Section(
        "How hangup_reason and hangup_by follow from a call's last status and its hangup cause",
        (
            File("bin-call-manager/models/call/call.go", "226-374"),
            File("bin-call-manager/models/call/call.go", "474-494"),
            File("bin-call-manager/pkg/callhandler/start_service.go", "38-74"),
        ),
    ),
    "calls.md 2.5": Section(
        "How the cause follows from a carrier's SIP response; VoIPbin's release of Asterisk is not published",
        (
            File("bin-call-manager/models/ari/hangup_code.go"),
            Page("Asterisk 23.4.0, res/res_pjsip.c:3525-3610", _ASTERISK),
        ),
    ),
    "calls.md 3.2": Section(
        "The checks before a call is dialled, in order",
        (File("bin-call-manager/pkg/callhandler/outgoing_call.go", "107-351"),),
    ),
    "calls.md 3.3": Section(
        "When the balance suffices for a call",
        (File("bin-billing-manager/pkg/accounthandler/balance.go", "19-142"),),
    ),
    "calls.md 3.4": Section(
        "The countries that a customer may call, since May 2026",
        (
            File("bin-call-manager/pkg/callhandler/validate.go", "202-248"),
            Page("github.com/dongri/phonenumber v0.1.12, GetISO3166ByNumber", _PHONENUMBER),
        ),
    ),
    "calls.md 3.5": Section(
        "What counts as a phone number, and how it is stored",
        (
            File("bin-call-manager/pkg/callhandler/outgoing_call.go", "527-589"),
            File("bin-call-manager/pkg/callhandler/db.go", "79-84"),
            File("bin-common-handler/models/address/normalize.go"),
            Page("github.com/ttacon/libphonenumber v1.2.1, Parse", _LIBPHONENUMBER),
        ),
    ),
    "calls.md 3.6": Section(
        "Which numbers a customer may call from",
        (
            File("bin-call-manager/pkg/callhandler/outgoing_call.go", "780-874"),
            File("bin-api-manager/docsdev/source/call_overview.rst", "722"),
        ),
    ),
    "calls.md 3.9": Section(
        "Orphans: calls that were recorded but never got a channel or a flow",
        (
            File("bin-call-manager/pkg/callhandler/outgoing_call.go", "235-351"),
            File("bin-call-manager/pkg/callhandler/variable.go", "11-41"),
            File("bin-call-manager/pkg/callhandler/hangup.go", "123-181"),
            File("bin-call-manager/pkg/channelhandler/db.go", "413-445"),
        ),
    ),
    "calls.md 4": Section(
        "Addresses: their types and fields; the servers omit empty fields",
        (
            File("bin-common-handler/models/address/main.go", "4-30"),
            File("bin-api-manager/docsdev/source/common_struct_address.rst"),
        ),
    ),
    "calls.md 5.2": Section(
        "What each endpoint of /groupcalls checks and does",
        (
            File("bin-api-manager/server/groupcalls.go"),
            File("bin-api-manager/pkg/servicehandler/groupcall.go", "22-257"),
            File("bin-call-manager/pkg/listenhandler/v1_groupcalls.go"),
            File("bin-call-manager/pkg/groupcallhandler/groupcall.go", "13-48"),
        ),
    ),
    "calls.md 5.3": Section(
        "Creating a groupcall: the addresses of an agent, the contacts of an extension",
        (
            File("bin-call-manager/pkg/groupcallhandler/start.go", "18-366"),
            File("bin-call-manager/pkg/groupcallhandler/dial.go", "140-293"),
        ),
    ),
    "calls.md 5.4": Section(
        "A groupcall's progress: which call wins, which are hung up, when it ends",
        (
            File("bin-call-manager/pkg/groupcallhandler/answer.go", "15-97"),
            File("bin-call-manager/pkg/groupcallhandler/hangup.go", "16-239"),
        ),
    ),
    "calls.md 5.5": Section(
        "A groupcall's calls are not forced through the provider: they are created without metadata",
        (
            File("bin-call-manager/pkg/groupcallhandler/start.go", "153"),
            File("bin-call-manager/pkg/groupcallhandler/start.go", "355"),
            File("bin-call-manager/pkg/groupcallhandler/dial.go", "125"),
        ),
    ),
    "calls.md 5.6": Section(
        "The status of an agent: `ringing` when a groupcall to it is created, `busy` when one is answered",
        (
            File("bin-agent-manager/pkg/agenthandler/event.go", "21-101"),
            File("bin-agent-manager/pkg/agenthandler/db.go", "347-371"),
            File("bin-agent-manager/models/agent/webhook.go"),
            File("bin-api-manager/docsdev/source/agent_overview.rst", "395-450"),
        ),
    ),
    "calls.md 6.1": Section(
        "The cost of an answered call: per started minute, from the answer on",
        (
            File("bin-billing-manager/pkg/billinghandler/event.go", "23-102"),
            File("bin-billing-manager/pkg/billinghandler/billing.go"),
            File("bin-billing-manager/models/billing/cost_type.go"),
        ),
    ),
    "calls.md 6.2": Section(
        "Reading billings and balances: the endpoints and the permissions",
        (
            File("bin-api-manager/pkg/servicehandler/billings.go"),
            File("bin-api-manager/pkg/servicehandler/billingaccount.go", "188-224"),
        ),
    ),
    "calls.md 7": Section(
        "POST /calls/{id}/hangup, by the status of the call",
        (
            File("bin-call-manager/pkg/callhandler/hangup.go", "106-181"),
            File("bin-api-manager/pkg/servicehandler/call.go", "329-365"),
        ),
    ),
}
