"""A few seconds of `make fuzz`, with bytes that Hypothesis generates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from .findings import Findings
from .history import History
from .readers import READERS
from .wire import Conversations

BYTES = st.binary(max_size=400)


@pytest.fixture(scope="module")
def conversations() -> Iterator[Conversations]:
    with Conversations() as running:
        yield running


@settings(max_examples=60)
@given(BYTES)
def test_responses_and_invariants_after_any_operations(data: bytes) -> None:
    History(data).run()


@settings(max_examples=20)
@given(BYTES)
def test_the_same_bytes_produce_the_same_responses(data: bytes) -> None:
    first, again = History(data), History(data)
    first.run()
    again.run()
    assert first.transcript == again.transcript


@settings(max_examples=40)
@given(BYTES)
@pytest.mark.parametrize("reader", READERS, ids=lambda one: one.__name__)
def test_input_is_accepted_or_refused(reader: Callable[[bytes], None], data: bytes) -> None:
    reader(data)


@settings(max_examples=60)
@given(BYTES)
# A HEAD that the server itself refuses: the response has no body.
@example(b"\x00\x01\x00O\x00\x00\x00<<\xe6\x012")
def test_the_next_client_is_served_after_any_bytes(conversations: Conversations, data: bytes) -> None:
    conversations.run(data)


def test_a_finding_is_stored_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(data: bytes) -> None:
        assert data != b"bad", f"0x{len(data)}"
        raise KeyError(data)

    monkeypatch.chdir(tmp_path)
    findings = Findings("one", fails)
    for data in (b"bad", b"bad", b"good"):
        findings.run(data)
    assert (findings.executions, sorted(findings.seen.values())) == (3, [1, 2])
    kept = {path.read_bytes() for path in (tmp_path / ".fuzz/findings/one").iterdir() if not path.suffix}
    assert kept == {b"bad", b"good"}
