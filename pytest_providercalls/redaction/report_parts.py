"""Redaction of pytest's reports, part by part: messages, source lines, local variables, arguments, logs."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import pytest

from ..contracts.redaction import KNOWN, MASK, learn_variables, redact_known, redact_message, redact_text
from ..contracts.redaction.names import names_credential
from .compared_values import ComparedValues

Redact = Callable[[str], str]
_PRINTED: Final = ("Captured stdout", "Captured stderr")
"""The sections with what a test prints itself."""
_FRAME: Final = re.compile(r'[ |+-]*File "[^"]*", line \d+|(?:E +)?\S+:\d+: in ').match
"""What comes before the source lines of a frame, as Python and as pytest write it."""
_REST_OF_STRING: Final = re.compile(r"""([E +|-]*(["']))(?:\\.|(?!\2).)*(\2[\s,)}\]]*)""").fullmatch
_FIELD: Final = re.compile(r"\A[\sE]*(?:[\w-]+\.)*")
"""What comes before the name of a field in an error of pydantic, which shows the invalid input in the next line."""
_INPUT_VALUE: Final = re.compile(r"(\binput_value=).+(?=, input_type=)").sub
_SOURCE: Final = re.compile(r"[ |]* {4}").match

known_values: Final = redact_known
redact_source: Final = redact_text


def redact_lines(text: str) -> str:
    """Return a text that may contain a traceback without credentials. In source lines, code is unchanged."""
    if "\n" not in text:
        return redact_message(text)
    in_frame, redacts = False, list[Redact]()
    lines = text.split("\n")
    for line in lines:
        in_frame = bool(_FRAME(line)) or (in_frame and bool(_SOURCE(line)))
        redacts.append(redact_text if in_frame else redact_message)
    return "\n".join(_redacted_lines(lines, redacts))


def _redacted_lines(lines: Iterable[str], redacts: Iterable[Redact]) -> Iterator[str]:
    """Redact lines, the rest of a string that pytest has continued, and an input that the line before names."""
    continued, is_input, compared = False, False, ComparedValues()
    for line, redact in zip(lines, redacts, strict=True):
        redacted = redact(compared.redacted(line))
        if is_input:
            redacted = _INPUT_VALUE(rf"\1{MASK}", redacted)
        is_input = names_credential(_FIELD.sub("", line))
        rest = _REST_OF_STRING(redacted) if continued else None
        if rest is not None:
            redacted = f"{rest[1]}{MASK}{rest[3]}"
        yield redacted
        continued = redacted.endswith((f"{MASK}'", f'{MASK}"'))


def redact_parts(report: pytest.TestReport | pytest.CollectReport, redact: Redact, redact_code: Redact) -> None:
    """Redact a report. What one part names as a credential is secret in all others, including earlier ones."""
    learn_variables(os.environ)
    known = -1
    while known != KNOWN.count:
        known = KNOWN.count
        parts = _Parts(redact, redact_code)
        if report.longrepr:
            report.longrepr = parts.redacted(report.longrepr)
        report.sections = [
            (name, text if name.startswith(_PRINTED) else parts.redacted(text)) for name, text in report.sections
        ]
        if isinstance(report, pytest.TestReport):
            report.user_properties = [
                (name, value if name.startswith("providercalls_") else parts.property_value(name, value))
                for name, value in report.user_properties
            ]
            if isinstance(reason := getattr(report, "wasxfail", None), str):
                report.wasxfail = parts.redacted(reason)


def redact_suite_properties(suites: Iterable[list[tuple[str, Any]]]) -> None:
    """Redact the properties of the suites in JUnit files."""
    parts = _Parts(redact_lines, redact_text)
    for properties in suites:
        properties[:] = [(name, parts.property_value(name, value)) for name, value in properties]


def redact_subtest(context: Any) -> None:
    """Redact the description of a subtest: its message, and its arguments by name."""
    parts = _Parts(redact_lines, redact_text)
    message, arguments = getattr(context, "msg", None), getattr(context, "kwargs", {})
    # Frozen, since pytest expects no one to change it.
    object.__setattr__(context, "msg", parts.redacted(message))
    object.__setattr__(context, "kwargs", dict(parts.redacted((name, str(value))) for name, value in arguments.items()))


class _Parts:
    """Redacts the parts of a report, in place unless they are strings."""

    def __init__(self, redact: Redact, redact_code: Redact) -> None:
        self._redact = redact
        self._redact_code = redact_code

    def redacted(self, part: Any) -> Any:
        """Redact a string, a sequence of parts, or an object that renders itself on a terminal."""
        if isinstance(part, str):
            return self._redact(part)
        if isinstance(part, tuple) and len(part) == 2 and all(isinstance(text, str) for text in part):
            # A function argument: its name tells whether the value is a credential.
            name, value = part
            return name, self._redact(f"{name} = {value}").removeprefix(f"{name} = ")
        if isinstance(part, (list, tuple)):
            return type(part)(map(self.redacted, part))
        if hasattr(part, "toterminal"):
            kind = type(part).__name__
            style = getattr(part, "style", "") if kind == "ReprEntry" else ""
            for name, value in vars(part).items():
                if name == "lines" and kind == "ReprEntryNative":
                    # Together, since the source line tells what the message shows.
                    redacted: Any = [self.redacted("".join(value))]
                elif name == "lines" and style:
                    redacted = self._entry(value, style)
                else:
                    redacted = self.redacted(value)
                setattr(part, name, redacted)
        return part

    def property_value(self, name: str, value: object) -> object:
        """Redact the value of a property. One that is not a string is unchanged if its text has no credential."""
        text = str(value)
        redacted = self.redacted((name, text))[1]
        return value if redacted == text else redacted

    def _entry(self, lines: list[str], style: str) -> list[str]:
        """Redact an entry of a traceback: lines of source, then the message. With --tb=line only its first has an E."""
        # `pytest.fail(..., pytrace=False)` shows the message only.
        messages = (number for number, line in enumerate(lines) if style == "value" or line.startswith("E"))
        start = next(messages, len(lines))
        redacts = [self._redact_code] * start + [self._redact] * (len(lines) - start)
        return list(_redacted_lines(lines, redacts))
