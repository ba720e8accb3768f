"""The types of the actions that a flow may hold (flows.md 2.4; providers.md 3.3)."""

from __future__ import annotations

_TYPES = """
ai_summary ai_talk ai_task amd answer beep block branch call case_create condition_call_digits condition_call_status
condition_datetime condition_variable confbridge_join conference_join connect conversation_send digits_receive
digits_send echo email_send external_media_start external_media_stop fetch fetch_flow goto hangup message_send mute play
queue_join recording_start recording_stop sleep stop stream_echo talk transcribe_recording transcribe_start
transcribe_stop variable_set webhook_send
"""

ACTION_TYPES: frozenset[str] = frozenset(_TYPES.split())
"""Every action type of the newest edition."""
