"""The adapter for programs: what they receive, how their responses count, and when they run."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pytest_providercalls.contracts.conformance.program_adapter import Program, ProgramAdapter, ProgramError
from pytest_providercalls.contracts.line_process import ProcessFailed

from .programs import program

ECHO = "def place(body):\n    return [body, os.environ['VOIPBIN_BASE_URL'], os.environ['VOIPBIN_TOKEN']]"
FAILING = "def place(body):\n    raise {}"


@contextmanager
def adapter(*lines: str, serves: str = "place") -> Iterator[ProgramAdapter]:
    found = ProgramAdapter(program(*lines, serves=serves), os.environ, 5.0)
    try:
        yield found
    finally:
        found.end()


def test_a_program_receives_the_operation_its_arguments_and_the_connection() -> None:
    with adapter(ECHO) as found:
        client = found.make_client("http://127.0.0.1:1/v1.0", "a token")
        assert found.place(client, {"x": 1}) == [{"x": 1}, "http://127.0.0.1:1/v1.0", "a token"]  # type: ignore[attr-defined]


def test_only_the_operations_that_a_program_names_exist() -> None:
    with adapter(serves="place, hang_up") as found:
        assert found.operations == {"place", "hang_up"}
        assert [name for name in ("place", "hang_up", "list_records", "get_call") if hasattr(found, name)] == [
            "place",
            "hang_up",
        ]


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        ("Refused(403)", ("Refused", 403), "VoIPbin returned 403"),
        ("OutcomeUnknown('lost')", ("OutcomeUnknown", None), "lost"),
    ],
)
def test_errors_are_distinguished_by_their_kind_and_status(error: str, kind: object, text: str) -> None:
    with adapter(FAILING.format(error)) as found:
        client = found.make_client("http://127.0.0.1:1/v1.0", "t")
        with pytest.raises(ProgramError, match=f"^{text}$") as raised:
            found.place(client, {})  # type: ignore[attr-defined]
        assert found.classify_error(raised.value) == kind


def test_a_program_that_crashes_fails_its_operation_only() -> None:
    with adapter(FAILING.format("SystemExit")) as found:
        for _ in range(2):
            client = found.make_client("http://127.0.0.1:1/v1.0", "t")
            with pytest.raises(ProcessFailed, match="ended before it responded to 'place'"):
                found.place(client, {})  # type: ignore[attr-defined]


def test_what_a_program_writes_to_its_standard_error_is_logged_at_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "providercalls.program")
    with adapter("def place(body):\n    print('one\\ntwo', file=sys.stderr)") as found:
        client = found.make_client("http://127.0.0.1:1/v1.0", "t")
        for _ in range(2):
            found.place(client, {})  # type: ignore[attr-defined]
            assert caplog.messages[-2:] == ["one", "two"]
    assert len(caplog.messages) == 4


@pytest.mark.parametrize(("serves", "runs"), [("place", False), ("place, close", True)])
def test_a_program_that_can_close_its_client_runs_until_the_next_one(serves: str, runs: bool) -> None:
    with adapter("def close():\n    pass", serves=serves) as found:
        client: Program = found.make_client("http://127.0.0.1:1/v1.0", "t")
        client.close()
        process = client._process._process
        assert (process.poll() is None) == runs
        found.make_client("http://127.0.0.1:1/v1.0", "t")
        assert process.poll() is not None


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (program(serves=""), r"""responded to 'operations' with \{"ok": true, "value": \[\]\}"""),
        (program(serves="send"), "expected a `value` with some of place, get_record"),
        (program("serve = lambda *_: None"), "ended before it responded to 'operations'"),
    ],
)
def test_a_program_must_name_its_operations(command: list[str], reason: str) -> None:
    with pytest.raises(ProcessFailed, match=reason):
        ProgramAdapter(command, os.environ, 5.0)


def test_a_command_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(OSError, match="no-such-command"):
        ProgramAdapter(["no-such-command"], os.environ, 5.0)
