"""`serve --port-file` and `--ca-file`: they never replace or remove a file of the user."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_providercalls.cli import errors, main
from pytest_providercalls.cli.serving.published_file import (
    CA_MARK,
    PublishedFile,
    remove_stale_ca_file,
    remove_stale_port_file,
)
from pytest_providercalls.cli.serving.shutdown import Stopped

NOT_OURS = "exists, and no server has written it: remove it, or choose another path"
OPTIONS = {"--port-file": ("--port-file", "file"), "--ca-file": ("--tls", "--ca-file", "file")}


def link(path: Path) -> None:
    path.with_name("other").write_text("12345\n")
    path.symlink_to("other")


def broken_link(path: Path) -> None:
    path.symlink_to("nowhere")


def second_name(path: Path) -> None:
    path.with_name("other").write_text("12345\n")
    os.link(path.with_name("other"), path)


FOREIGN: dict[str, Callable[[Path], object]] = {
    "text": lambda path: path.write_text("my notes\n"),
    "empty": lambda path: path.write_text(""),
    "number": lambda path: path.write_text("8080"),
    "longer": lambda path: path.write_text("123456\n"),
    "lines": lambda path: path.write_text("8080\n8081\n"),
    "certificate": lambda path: path.write_text("-----BEGIN CERTIFICATE-----\n"),
    "binary": lambda path: path.write_bytes(b"\xff\0"),
    "huge": lambda path: path.write_bytes(CA_MARK.encode() * 10_000),
    "link": link,
    "broken link": broken_link,
    "second name": second_name,
    "folder": lambda path: path.mkdir(),
}


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("create", FOREIGN.values(), ids=FOREIGN)
def test_a_file_of_the_user_is_neither_replaced_nor_removed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    option: str,
    create: Callable[[Path], object],
) -> None:
    monkeypatch.chdir(tmp_path)
    create(tmp_path / "file")

    def listing() -> list[tuple[str, bytes | None, int]]:
        paths = sorted(tmp_path.iterdir())
        return [(path.name, path.read_bytes() if path.is_file() else None, path.lstat().st_ino) for path in paths]

    before = listing()
    assert main(["serve", "--port", "0", *OPTIONS[option]]) == 2
    assert f"{option} file {NOT_OURS}" in capsys.readouterr().err
    assert listing() == before


def test_the_port_file_of_a_server_that_was_killed_is_removed(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        (tmp_path / "port").write_text(f"{port}\n")
        with pytest.raises(errors.UsageError, match=f"belongs to a server that listens on port {port}: stop it, or"):
            remove_stale_port_file(tmp_path / "port", "127.0.0.1")
    remove_stale_port_file(tmp_path / "port", "127.0.0.1")
    assert list(tmp_path.iterdir()) == []
    remove_stale_port_file(tmp_path / "port", "127.0.0.1")


def test_an_impossible_port_is_not_one_at_which_a_server_listens(tmp_path: Path) -> None:
    (tmp_path / "port").write_text("99999\n")
    remove_stale_port_file(tmp_path / "port", "127.0.0.1")
    assert list(tmp_path.iterdir()) == []


def test_the_ca_file_of_a_server_that_was_killed_is_removed(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text(f"{CA_MARK}-----BEGIN CERTIFICATE-----\n")
    remove_stale_ca_file(tmp_path / "ca.pem")
    assert list(tmp_path.iterdir()) == []
    remove_stale_ca_file(tmp_path / "ca.pem")


def test_a_file_is_complete_and_removed_at_the_end(tmp_path: Path) -> None:
    with PublishedFile(tmp_path / "port", "8080\n", "--port-file") as path:
        assert [one.name for one in tmp_path.iterdir()] == ["port"]
        assert path.read_bytes() == b"8080\n"
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_appears_in_the_last_moment_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "port").write_text("other")
    with pytest.raises(errors.UsageError, match=NOT_OURS), PublishedFile(tmp_path / "port", "8080\n", "--port-file"):
        pass
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("port", "other")]


def test_a_file_system_without_hard_links_works_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    with PublishedFile(tmp_path / "port", "8080\n", "--port-file") as path:
        assert path.read_bytes() == b"8080\n"
        with pytest.raises(errors.UsageError, match=NOT_OURS), PublishedFile(path, "8081\n", "--port-file"):
            pass
    assert list(tmp_path.iterdir()) == []


def changed(path: Path) -> None:
    path.write_text("my notes\n")


def replaced(path: Path) -> None:
    path.with_name("new").write_bytes(path.read_bytes())
    path.with_name("new").replace(path)


def replaced_by_a_link(path: Path) -> None:
    path.rename(path.with_name("other"))
    path.symlink_to("other")


@pytest.mark.parametrize("change", [changed, replaced, replaced_by_a_link])
def test_a_file_that_was_changed_is_not_removed(tmp_path: Path, change: Callable[[Path], None]) -> None:
    with PublishedFile(tmp_path / "port", "8080\n", "--port-file") as path:
        change(path)
        after = path.read_bytes()
    assert path.read_bytes() == after


def test_a_file_is_recognised_even_if_a_signal_interrupts_its_creation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def link_and_stop(*names: str) -> None:
        link(*names)
        raise Stopped

    monkeypatch.setattr(os, "link", link_and_stop)
    file = PublishedFile(tmp_path / "port", "8080\n", "--port-file")
    file.remove()
    with pytest.raises(Stopped):
        file.__enter__()
    assert [one.name for one in tmp_path.iterdir()] == ["port"]
    file.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_removed_is_not_missed(tmp_path: Path) -> None:
    with PublishedFile(tmp_path / "port", "8080\n", "--port-file") as path:
        path.unlink()
