"""Redaction of `--log-file` and of live logs, which pytest writes while a test runs."""

from __future__ import annotations

import logging
import os
from typing import TextIO

import pytest

_HANDLERS = ("log_file_handler", "log_cli_handler")


def redact_handlers(config: pytest.Config) -> None:
    """Let the handlers of pytest that write log records at once redact them."""
    plugin = config.pluginmanager.get_plugin("logging-plugin")
    for name in _HANDLERS:
        handler = getattr(plugin, name, None)
        if isinstance(handler, logging.StreamHandler) and handler.formatter is not None:
            handler.setFormatter(RedactingFormatter(handler.formatter, handler))


class RedactingFormatter(logging.Formatter):
    """Formats like another formatter, and redacts the result."""

    def __init__(self, inner: logging.Formatter, handler: logging.StreamHandler[TextIO]) -> None:
        super().__init__()
        self._inner = inner
        self._handler = handler

    def format(self, record: logging.LogRecord) -> str:
        """Return the redacted text of a record."""
        text = self._inner.format(record)
        # pytest has a file even if no one has asked for one.
        if getattr(self._handler.stream, "name", "") == os.devnull:
            return text
        from .report_parts import redact_lines

        return redact_lines(text)
