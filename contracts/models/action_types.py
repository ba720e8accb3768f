"""The action types of a flow: who executes them, and what their failure does (flows.md 2.4).

Their options are models, which are imported when the first one is parsed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .actions import Option

CALL, NO_CALL, ANY = "rtc", "non_rtc", ""
"""The media of an action: real-time communication, other communication, or any."""


class ActionType(NamedTuple):
    """One type of action.

    An action is skipped in a flow without its `media`: CALL for the actions that need a call, NO_CALL for those that
    need a flow without one. With `executed_by_call_manager`, it becomes the call's `action`; flow-manager executes the
    others, which the call never shows. With `failure_ends_flow`, an invalid option or a failed action ends the flow;
    otherwise the flow continues.
    """

    name: str
    media: str = CALL
    executed_by_call_manager: bool = True
    failure_ends_flow: bool = False

    @property
    def option(self) -> type[Option]:
        """The model of its option."""
        from .actions import OPTIONS, NoOption

        return OPTIONS.get(self.name, NoOption)


def _flow(name: str, *, media: str = ANY, ends: bool = True) -> ActionType:
    return ActionType(name, media, executed_by_call_manager=False, failure_ends_flow=ends)


ACTIONS: Mapping[str, ActionType] = {
    one.name: one
    for one in (
        _flow("ai_summary", media=NO_CALL),
        _flow("ai_talk"),
        _flow("ai_task", media=NO_CALL),
        ActionType("amd"),
        ActionType("answer"),
        ActionType("beep"),
        _flow("block", media=NO_CALL),
        _flow("branch"),
        _flow("call"),
        _flow("case_create", ends=False),
        _flow("condition_call_digits", media=CALL),
        _flow("condition_call_status", media=CALL),
        _flow("condition_datetime"),
        _flow("condition_variable"),
        ActionType("confbridge_join"),
        _flow("conference_join", media=CALL),
        _flow("connect", media=CALL),
        _flow("conversation_send", ends=False),
        ActionType("digits_receive"),
        ActionType("digits_send"),
        ActionType("echo"),
        _flow("email_send", ends=False),
        ActionType("external_media_start"),
        ActionType("external_media_stop"),
        _flow("fetch"),
        _flow("fetch_flow"),
        _flow("goto"),
        ActionType("hangup"),
        _flow("message_send"),
        ActionType("mute"),
        ActionType("play"),
        _flow("queue_join", media=CALL),
        ActionType("recording_start"),
        ActionType("recording_stop"),
        ActionType("sleep"),
        _flow("stop"),
        ActionType("stream_echo"),
        ActionType("talk"),
        _flow("transcribe_recording", ends=False),
        _flow("transcribe_start", media=CALL, ends=False),
        ActionType("transcribe_stop"),
        _flow("variable_set", ends=False),
        _flow("webhook_send", ends=False),
    )
}
"""The action types of the newest edition, by name."""
ACTION_TYPES: frozenset[str] = frozenset(ACTIONS)
"""The names of the action types."""
