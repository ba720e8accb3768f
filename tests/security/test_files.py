"""Files on disk: their permissions, and that no private key remains."""

from __future__ import annotations

import os
import ssl
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_providercalls.cli import main
from pytest_providercalls.fixtures.tls_fixture import certificate_authority
from pytest_providercalls.guard.child_processes import ChildGuard
from pytest_providercalls.guard.guard import Guard


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for temporary files, in a process whose umask lets everyone read everything."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = os.umask(0)
    try:
        yield tmp_path
    finally:
        os.umask(before)


def mode(path: str | Path) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


def test_a_private_key_is_readable_only_by_its_owner_and_deleted_at_once(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[tuple[int, bool]] = []
    original = ssl.SSLContext.load_cert_chain

    def load(self: ssl.SSLContext, certfile: str, *rest: Any, **named: Any) -> None:
        loaded.append((mode(certfile), "PRIVATE KEY" in Path(certfile).read_text()))
        original(self, certfile, *rest, **named)

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", load)
    with certificate_authority() as authority:
        assert loaded == [(0o600, True)] * 2
        assert mode(authority.bundle.parent) == 0o700
        files = {path for path in temporary.rglob("*") if path.is_file()}
        assert files == {authority.bundle, authority.child_bundle}
    assert list(temporary.iterdir()) == []


def test_the_report_file_of_child_processes_is_readable_only_by_its_owner(temporary: Path) -> None:
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
def test_a_seed_file_is_only_data_and_an_invalid_one_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, text: str
) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="latin-1")
    assert main(["serve", "--port", "0", "--seed-file", str(path)]) == 2
    err = capsys.readouterr().err
    assert str(path) in err and "Traceback" not in err


def test_no_file_outside_the_inspector_is_served() -> None:
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
