"""Strategies for flow actions of every type, with their options (flows.md 2.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from hypothesis import strategies as st

from ..models.action_types import ACTIONS
from . import address
from .address import DIALLED
from .json_values import Parts, arrays, draw_some, objects

ACTION_IDS: tuple[str, ...] = tuple(f"f1f2f3f4-0000-4000-8000-00000000000{digit}" for digit in range(1, 4))
"""The ids of actions and of jump targets. There are only a few, so that many jumps have an existing target."""

_IDS = st.sampled_from(ACTION_IDS)
_FLAGS = st.booleans()
_COUNTS = st.integers(0, 5)
_MILLISECONDS = st.sampled_from([0, 500, 3000, 60_000])
_SECONDS = st.sampled_from([0, 1, 30])
_TEXTS = st.sampled_from(["", "Hello.", "Zoë & Ōno: <b>5 > 4</b>", "Your code is ${code}."])
_LANGUAGES = st.sampled_from(["en-US", "ko-KR", ""])
_DIGITS = st.sampled_from(["", "1", "#", "0123", "*ABCD"])
_COMPARISONS = st.sampled_from(["==", "!=", ">", ">=", "<", "<="])
_ANONYMOUS = st.sampled_from(["auto", "yes", "no", ""])
_VARIABLES = st.sampled_from(["code", "voipbin.call.digits", "voipbin.call.direction", "${code}"])
_URLS = st.sampled_from(["https://client.example.invalid/hook", "http://media.example.invalid/1.wav"])
_PROVIDERS = st.sampled_from(["", "gcp", "aws"])
_SOURCES = address.of_types("tel")
_CALLEES = arrays(address.of_types(*DIALLED), 1)
_ASSISTANT = {"ai_id": _IDS, "assistance_type": st.sampled_from(["ai", "team"]), "assistance_id": _IDS}
_DURATION = {"duration": _MILLISECONDS}
_NESTED = arrays(objects({"type": st.sampled_from(["answer", "hangup"])}))
_TRANSCRIPTION = {
    "language": _LANGUAGES,
    "on_end_flow_id": _IDS,
    "provider": _PROVIDERS,
    "direction": st.sampled_from(["both", "in", "out"]),
}
_DIRECTIONS = st.sampled_from(["both", "in", "out", ""])

OPTIONS: Mapping[str, Parts] = {
    "answer": {},
    "talk": {
        "text": _TEXTS,
        "language": _LANGUAGES,
        "provider": _PROVIDERS,
        "voice_id": st.sampled_from(["", "en-US-Wavenet-F"]),
        "digits_handle": st.sampled_from(["", "next"]),
        "async": _FLAGS,
    },
    "hangup": {"reason": st.sampled_from(["", "normal", "busy", "amd", "noanswer"]), "reference_id": _IDS},
    "ai_summary": {
        "on_end_flow_id": _IDS,
        "reference_type": st.sampled_from(["call", "conference", "transcribe", "recording"]),
        "reference_id": _IDS,
        "language": _LANGUAGES,
    },
    "ai_talk": {**_ASSISTANT, "duration": _SECONDS},
    "ai_task": _ASSISTANT,
    "amd": {"machine_handle": st.sampled_from(["hangup", "continue"]), "async": _FLAGS},
    "beep": {},
    "block": {},
    "branch": {
        "variable": _VARIABLES,
        "default_target_id": _IDS,
        "target_ids": objects({}, dict.fromkeys(["1", "#", "0123", "code", ""], _IDS)),
    },
    "call": {
        "flow_id": _IDS,
        "chained": _FLAGS,
        "early_execution": _FLAGS,
        "anonymous": _ANONYMOUS,
        "source": _SOURCES,
        "destinations": _CALLEES,
        "actions": _NESTED,
    },
    "case_create": {"name": _TEXTS, "detail": _TEXTS, "note": _TEXTS, "sync": _FLAGS},
    "condition_call_digits": {"length": _COUNTS, "key": _DIGITS, "false_target_id": _IDS},
    "condition_call_status": {
        "status": st.sampled_from(["progressing", "dialing", "ringing", "terminating", "canceling", "hangup"]),
        "false_target_id": _IDS,
    },
    "condition_datetime": {
        "condition": _COMPARISONS,
        "minute": st.integers(-1, 59),
        "hour": st.integers(-1, 23),
        "day": st.integers(-1, 31),
        "month": st.integers(-1, 12),
        "weekdays": st.lists(st.integers(0, 6), max_size=7, unique=True),
        "false_target_id": _IDS,
    },
    "condition_variable": {
        "condition": _COMPARISONS,
        "variable": _VARIABLES,
        "value_type": st.sampled_from(["string", "number", "length"]),
        "value_string": _DIGITS,
        "value_number": st.sampled_from([0, 1.5, -20]),
        "value_length": _COUNTS,
        "false_target_id": _IDS,
    },
    "confbridge_join": {"confbridge_id": _IDS},
    "conference_join": {"conference_id": _IDS},
    "connect": {
        "early_media": _FLAGS,
        "relay_reason": _FLAGS,
        "anonymous": _ANONYMOUS,
        "source": _SOURCES,
        "destinations": _CALLEES,
    },
    "conversation_send": {"conversation_id": _IDS, "text": _TEXTS, "sync": _FLAGS},
    "digits_receive": {"duration": _MILLISECONDS, "key": _DIGITS, "length": _COUNTS},
    "digits_send": {"digits": _DIGITS, "duration": _MILLISECONDS, "interval": _MILLISECONDS},
    "echo": _DURATION,
    "email_send": {
        "subject": _TEXTS,
        "content": _TEXTS,
        "destinations": arrays(address.of_types("email")),
        "attachments": arrays(objects({"reference_type": st.just("recording"), "reference_id": _IDS})),
    },
    "external_media_start": {
        "external_host": st.sampled_from(["media.example.invalid:9000", ""]),
        "encapsulation": st.sampled_from(["rtp", "audiosocket", "none"]),
        "transport": st.sampled_from(["udp", "tcp", "websocket"]),
        "transport_data": st.sampled_from(["", "{}"]),
        "connection_type": st.sampled_from(["client", "server"]),
        "format": st.sampled_from(["ulaw", "slin16"]),
        "direction_listen": _DIRECTIONS,
        "direction_speak": _DIRECTIONS,
        "data": _TEXTS,
    },
    "external_media_stop": {},
    "fetch": {"event_url": _URLS, "event_method": st.sampled_from(["POST", "GET", ""])},
    "fetch_flow": {"flow_id": _IDS},
    "goto": {"target_id": _IDS, "loop_count": _COUNTS},
    "message_send": {"text": _TEXTS, "destinations": arrays(address.of_types("tel")), "source": _SOURCES},
    "mute": {},
    "play": {"stream_urls": arrays(_URLS)},
    "queue_join": {"queue_id": _IDS},
    "recording_start": {
        "format": st.sampled_from(["wav", "mp3", "ogg"]),
        "end_of_silence": _SECONDS,
        "end_of_key": st.sampled_from(["none", "any", "*", "#"]),
        "duration": _SECONDS,
        "beep_start": _FLAGS,
        "on_end_flow_id": _IDS,
    },
    "recording_stop": {},
    "sleep": _DURATION,
    "stop": {},
    "stream_echo": _DURATION,
    "transcribe_recording": _TRANSCRIPTION,
    "transcribe_start": _TRANSCRIPTION,
    "transcribe_stop": {},
    "variable_set": {"key": st.sampled_from(["code", "name"]), "value": _TEXTS},
    "webhook_send": {
        "sync": _FLAGS,
        "uri": _URLS,
        "method": st.sampled_from(["POST", "GET", "PUT", "DELETE", ""]),
        "data_type": st.sampled_from(["application/json", ""]),
        "data": st.sampled_from(['{"event": "answered"}', "not JSON", ""]),
    },
}
"""The options of each action type: the simplest type first, the options that take several choices last."""


@st.composite
def actions(draw: st.DrawFn, *types: str) -> dict[str, Any]:
    """Generate actions of these types, by default of all types in the newest edition, with any options and maybe an id.

    The simplest is {"type": "answer"}.
    """
    return draw(of_types(*types))


@cache
def of_types(*types: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return the strategy that `actions` draws from."""
    return _actions(st.sampled_from(types or tuple(OPTIONS)))


@st.composite
def _actions(draw: st.DrawFn, types: st.SearchStrategy[str]) -> dict[str, Any]:
    type = draw(types)
    drawn = draw_some(draw, _PARTS[type])
    id = {"id": drawn.pop("id")} if "id" in drawn else {}
    if not drawn:
        return {"type": type, **id}
    return {"type": type, "option": {name: drawn[name] for name in _ORDER[type] if name in drawn}, **id}


# In this order, the id has the same number for each type.
_PARTS: Mapping[str, Parts] = {type: {"id": _IDS, **options} for type, options in OPTIONS.items()}
_ORDER: Mapping[str, Sequence[str]] = {
    type: [field.alias or name for name, field in ACTIONS[type].option.model_fields.items()] for type in OPTIONS
}
