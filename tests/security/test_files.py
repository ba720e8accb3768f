"""What is written to disk: by whom it can be read, and that no key stays."""

from __future__ import annotations

import os
import ssl
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_providercalls.guard.guard.child_processes import ChildGuard
from pytest_providercalls.guard.guard.guard import Guard

from pytest_providercalls.cli import main
from pytest_providercalls.fixtures.tls_fixture import certificate_authority


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for temporary files, in a process that would let everybody read everything."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = os.umask(0)
    try:
        yield tmp_path
    finally:
        os.umask(before)


def mode(path: str | Path) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


def test_the_key_of_a_certificate_is_read_by_its_owner_only_and_is_gone_at_once(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[tuple[int, bool]] = []
    original = ssl.SSLContext.load_cert_chain

    def load(self: ssl.SSLContext, certfile: str, *rest: Any, **named: Any) -> None:
        loaded.append((mode(certfile), "PRIVATE KEY" in Path(certfile).read_text()))
        original(self, certfile, *rest, **named)

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", load)
    with certificate_authority() as made:
        assert loaded == [(0o600, True)]
        assert mode(made.bundle.parent) == 0o700
        assert [path for path in temporary.rglob("*") if path.is_file()] == [made.bundle]
    assert list(temporary.iterdir()) == []


def test_the_file_to_which_children_report_is_its_owners(temporary: Path) -> None:
    guard = Guard()
    with ChildGuard(guard).report_file():
        assert guard.reports is not None
        assert mode(guard.reports) == 0o600
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("bomb.json", "[" * 100_000),
        ("bomb.yaml", "[" * 5_000),
        ("code.yaml", "!!python/object/apply:os.system ['exit 1']"),
        ("binary.json", "\xff"),
        ("loop.yaml", "customers: &x [*x]"),
    ],
)
def test_a_seed_file_is_data_and_a_bad_one_is_refused_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, text: str
) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="latin-1")
    assert main(["serve", "--port", "0", "--seed-file", str(path)]) == 2
    said = capsys.readouterr().err
    assert str(path) in said and "Traceback" not in said


def test_nothing_outside_the_inspector_is_served() -> None:
    from pytest_providercalls.fake_server.control.pages import page

    assert page("ui/index.html") is not None
    for path in (
        "ui/../api.py",
        "../api.py",
        "ui/",
        "ui/..",
        "/etc/passwd",
        "ui//etc/passwd",
        "ui/index.html\0",
        "__init__.py",
    ):
        assert page(path) is None
