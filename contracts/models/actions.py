"""The options of the action types of a flow (flows.md 2.4).

An option is any JSON object until its action is executed. It is then parsed like the server's Go struct: an absent
field has Go's zero value, an unknown field is ignored, and a wrong JSON type is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from ..formats import go_uuids
from ..formats.go_uuids import NIL
from . import requests
from .requests import ActionRequest, AddressRequest, Array, NullAs, Text


def _uuid(text: str) -> str:
    canonical = go_uuids.parse_gofrs(text)
    if canonical is None:
        raise ValueError(f"{text!r} is not a UUID")
    return canonical


def _whole(value: Any) -> Any:
    """Convert a whole float to int, since numbers pass through Go's float64, which prints no fraction for them."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Uuid = Annotated[str, AfterValidator(_uuid), NullAs(lambda: NIL)]
Int = Annotated[requests.Int, BeforeValidator(_whole), NullAs(int)]
Number = Annotated[float, NullAs(float)]
Bool = Annotated[bool, NullAs(bool)]


class Option(BaseModel):
    """The option of an action."""

    # Built on first use: most tests need only a few of these models.
    model_config = ConfigDict(strict=True, extra="ignore", defer_build=True)


class NoOption(Option):
    """The option of an action without options."""


class AiTalkOption(Option):
    ai_id: Uuid = NIL
    assistance_type: Text = ""
    assistance_id: Uuid = NIL
    duration: Int = 0
    """Seconds."""


class AiTaskOption(Option):
    ai_id: Uuid = NIL
    assistance_type: Text = ""
    assistance_id: Uuid = NIL


class AiSummaryOption(Option):
    on_end_flow_id: Uuid = NIL
    reference_type: Text = ""
    reference_id: Uuid = NIL
    language: Text = ""


class AmdOption(Option):
    machine_handle: Text = ""
    """What to do if an answering machine is detected: `hangup`; any other value continues."""
    async_: Annotated[Bool, Field(alias="async")] = False


class BranchOption(Option):
    variable: Text = ""
    """A variable's name, without `${}`; empty means `voipbin.call.digits`."""
    default_target_id: Uuid = NIL
    target_ids: Annotated[dict[str, Uuid], NullAs(dict)] = Field(default_factory=dict)
    """The action to go to, by the variable's value."""


class CallOption(Option):
    source: AddressRequest | None = None
    destinations: Array[AddressRequest] = Field(default_factory=list)
    flow_id: Uuid = NIL
    actions: Array[ActionRequest] = Field(default_factory=list)
    chained: Bool = False
    """The new calls are hung up with this one."""
    early_execution: Bool = False
    anonymous: Text = ""


class CaseCreateOption(Option):
    name: Text = ""
    detail: Text = ""
    note: Text = ""
    sync: Bool = False


class ConditionCallDigitsOption(Option):
    length: Int = 0
    key: Text = ""
    false_target_id: Uuid = NIL


class ConditionCallStatusOption(Option):
    status: Text = ""
    false_target_id: Uuid = NIL


class ConditionDatetimeOption(Option):
    condition: Text = ""
    minute: Int = 0
    hour: Int = 0
    day: Int = 0
    month: Int = 0
    weekdays: Annotated[list[Int], NullAs(list)] = Field(default_factory=list)
    """0 is Sunday."""
    false_target_id: Uuid = NIL


class ConditionVariableOption(Option):
    condition: Text = ""
    variable: Text = ""
    value_type: Text = ""
    value_string: Text = ""
    value_number: Number = 0.0
    value_length: Int = 0
    false_target_id: Uuid = NIL


class ConfbridgeJoinOption(Option):
    confbridge_id: Uuid = NIL


class ConferenceJoinOption(Option):
    conference_id: Uuid = NIL


class ConnectOption(Option):
    source: AddressRequest | None = None
    destinations: Array[AddressRequest] = Field(default_factory=list)
    early_media: Bool = False
    relay_reason: Bool = False
    anonymous: Text = ""


class ConversationSendOption(Option):
    conversation_id: Uuid = NIL
    text: Text = ""
    sync: Bool = False


class DigitsReceiveOption(Option):
    duration: Int = 0
    """Milliseconds."""
    key: Text = ""
    """Characters, each of which ends the input."""
    length: Int = 0


class DigitsSendOption(Option):
    digits: Text = ""
    duration: Int = 0
    """Milliseconds per tone."""
    interval: Int = 0
    """Milliseconds between two tones."""


class DurationOption(Option):
    duration: Int = 0
    """Milliseconds."""


class EmailSendOption(Option):
    destinations: Array[AddressRequest] = Field(default_factory=list)
    subject: Text = ""
    content: Text = ""
    attachments: Annotated[list[dict[str, Any]], NullAs(list)] = Field(default_factory=list)


class ExternalMediaStartOption(Option):
    external_host: Text = ""
    encapsulation: Text = ""
    transport: Text = ""
    transport_data: Text = ""
    connection_type: Text = ""
    format: Text = ""
    direction_listen: Text = ""
    direction_speak: Text = ""
    data: Text = ""


class FetchOption(Option):
    event_url: Text = ""
    event_method: Text = ""


class FetchFlowOption(Option):
    flow_id: Uuid = NIL


class GotoOption(Option):
    target_id: Uuid = NIL
    loop_count: Int = 0


class HangupOption(Option):
    reason: Text = ""
    reference_id: Uuid = NIL


class MessageSendOption(Option):
    source: AddressRequest | None = None
    destinations: Array[AddressRequest] = Field(default_factory=list)
    text: Text = ""


class PlayOption(Option):
    stream_urls: Annotated[list[Text], NullAs(list)] = Field(default_factory=list)


class QueueJoinOption(Option):
    queue_id: Uuid = NIL


class RecordingStartOption(Option):
    format: Text = ""
    end_of_silence: Int = 0
    end_of_key: Text = ""
    duration: Int = 0
    """Seconds."""
    beep_start: Bool = False
    on_end_flow_id: Uuid = NIL


class TalkOption(Option):
    text: Text = ""
    language: Text = ""
    provider: Text = ""
    voice_id: Text = ""
    digits_handle: Text = ""
    """`next`: a digit ends the talk."""
    async_: Annotated[Bool, Field(alias="async")] = False


class TranscribeOption(Option):
    language: Text = ""
    on_end_flow_id: Uuid = NIL
    provider: Text = ""
    direction: Text = ""


class VariableSetOption(Option):
    key: Text = ""
    value: Text = ""


class WebhookSendOption(Option):
    sync: Bool = False
    uri: Text = ""
    method: Text = ""
    data_type: Text = ""
    data: Text = ""
    """JSON text; any other text is not sent."""


OPTIONS: Mapping[str, type[Option]] = {
    "ai_summary": AiSummaryOption,
    "ai_talk": AiTalkOption,
    "ai_task": AiTaskOption,
    "amd": AmdOption,
    "branch": BranchOption,
    "call": CallOption,
    "case_create": CaseCreateOption,
    "condition_call_digits": ConditionCallDigitsOption,
    "condition_call_status": ConditionCallStatusOption,
    "condition_datetime": ConditionDatetimeOption,
    "condition_variable": ConditionVariableOption,
    "confbridge_join": ConfbridgeJoinOption,
    "conference_join": ConferenceJoinOption,
    "connect": ConnectOption,
    "conversation_send": ConversationSendOption,
    "digits_receive": DigitsReceiveOption,
    "digits_send": DigitsSendOption,
    "echo": DurationOption,
    "email_send": EmailSendOption,
    "external_media_start": ExternalMediaStartOption,
    "fetch": FetchOption,
    "fetch_flow": FetchFlowOption,
    "goto": GotoOption,
    "hangup": HangupOption,
    "message_send": MessageSendOption,
    "play": PlayOption,
    "queue_join": QueueJoinOption,
    "recording_start": RecordingStartOption,
    "sleep": DurationOption,
    "stream_echo": DurationOption,
    "talk": TalkOption,
    "transcribe_recording": TranscribeOption,
    "transcribe_start": TranscribeOption,
    "variable_set": VariableSetOption,
    "webhook_send": WebhookSendOption,
}
"""The options of the action types that have any."""
