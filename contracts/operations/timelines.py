"""The operations of timelines."""

from __future__ import annotations

from ..models.files import File
from ..models.timelines import SipAnalysis, Timeline
from ..rules import gateway, lists
from ..rules.telephony import timelines as rules
from . import shared_rules as groups
from .operation import PAGING, Operation

_SIP = (
    *groups.CREDENTIAL,
    gateway.typed_id_is_uuid,
    rules.no_accesskey,
    rules.sip_no_direct_access,
    rules.sip_call_exists,
    rules.sip_staff_only,
    rules.sip_own_customer_only,
    rules.sip_needs_a_channel,
    rules.sip_needs_an_answer,
)

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/v1.0/timelines/{resource_type}/{resource_id}/events",
        "List the events of a call, a flow or an activeflow",
        Timeline,
        (
            *groups.CREDENTIAL,
            gateway.typed_id_is_uuid,
            lists.page_size_is_integer,
            lists.page_token_given_once,
            rules.resource_type_known,
            rules.no_accesskey,
            rules.no_direct_access,
            rules.call_exists,
            rules.call_not_deleted,
            rules.activeflow_exists,
            rules.activeflow_not_deleted,
            rules.flow_exists,
            rules.flow_not_deleted,
            rules.conference_exists,
            rules.staff_only,
            rules.own_customer_only,
            rules.page_token_valid,
        ),
        query=PAGING,
    ),
    Operation(
        "GET",
        "/v1.0/timelines/calls/{call_id}/sip-analysis",
        "Get the SIP messages of a call, and the quality of its audio",
        SipAnalysis,
        _SIP,
    ),
    Operation(
        "GET",
        "/v1.0/timelines/calls/{call_id}/pcap",
        "Get the SIP packets of a call as a pcap file",
        File,
        _SIP,
        media_type="application/vnd.tcpdump.pcap",
    ),
)
