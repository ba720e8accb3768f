"""Redaction of credentials in text that is recorded or printed: by value, by name, and by shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .known_values import KNOWN
from .learning import learn_headers, learn_request

if TYPE_CHECKING:
    from .texts import (
        MASK,
        learn_variables,
        redact_body,
        redact_command,
        redact_known,
        redact_message,
        redact_target,
        redact_text,
        redact_values,
    )

__all__ = [
    "KNOWN",
    "MASK",
    "learn_headers",
    "learn_request",
    "learn_variables",
    "redact_body",
    "redact_command",
    "redact_known",
    "redact_message",
    "redact_target",
    "redact_text",
    "redact_values",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Imported here: a test that passes shows no text.
    from . import texts

    value = globals()[name] = getattr(texts, name)
    return value
