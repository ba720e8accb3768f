"""Commands: a network client that would connect to a guarded host is not started, under whatever name."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from pytest_providercalls.guard.attempt import GuardedHostError
from pytest_providercalls.guard.child_processes import ChildGuard
from pytest_providercalls.guard.commands import Command, TooManyHosts
from pytest_providercalls.guard.guard import Guard, check

from ..inner_suite import HOST

ADDRESS = "192.0.2.7"
STARTS = {
    "list": "subprocess.run(['curl', '-sS', 'https://api.voipbin.net/v1.0'])",
    "paths-and-bytes": "subprocess.run([pathlib.Path('/usr/bin/wget'), b'https://API.voipbin.net'])",
    "shell": "subprocess.run('sleep 0; curl -d @x https://api.voipbin.net:443/v1.0 | cat', shell=True)",
    "system": "os.system('nc api.voipbin.net 443')",
    "popen": "os.popen('wget -O- api.voipbin.net')",
    "posix_spawn": "os.posix_spawnp('curl', ['curl', 'api.voipbin.net'], os.environ)",
    "executable": "subprocess.run(['dial', 'api.voipbin.net'], executable='/usr/bin/curl')",
    "executable-in-a-shell": "subprocess.run('api.voipbin.net', shell=True, executable='/usr/bin/curl')",
    "bash": "subprocess.run(['bash', '-c', 'exec 3<>/dev/tcp/api.voipbin.net/443'])",
    "gawk": """os.system("gawk 'BEGIN { print |& \\"/inet/tcp/0/api.voipbin.net/443\\" }'")""",
    "xargs": "os.system('echo api.voipbin.net | xargs -n1 nohup timeout 5 sipsak -s')",
    "posix_spawn-argv-0": "os.posix_spawn('/usr/bin/curl', ['dial', 'api.voipbin.net'], os.environ)",
}
SPELLINGS = """
    https://api.voipbin.net/ api.voipbin.net:443 u:p@api.voipbin.net HTTPS://API.VOIPBIN.NET. //api.voipbin.net
    http://api%2Evoipbin%2enet/ http://%61pi.voipbi%6E.%4eET/ http://{api,sip}.voipbin.net http://ap[h-j].voipbin.net
    http://{x,api.voipbin}.net http://{a.example/,api.voipbin.net/} api.{example,{voipbin,x}}.{com,net}
    http://api.voipbin.n"e"t 'api'.voipbin.net api.voipbin\\.net http://api\u3002voipbin\uff61net
    http://\uff41pi.voipbin.net http://api.voipbin.com/ x.example:443:api.voipbin.net:443
    https://example.net?next=https%3A%2F%2Fapi.voipbin.net http://api\u2024voipbin\ufe52net
    http://api.%EF%BD%96oipbin.net http://api%e3%80%82voipbin%E3%80%82net http://api.voip%C2%ADbin.net
    x=api.voipbin%2enet %=%%61pi.voipbin.net %7Bapi.voipbin.net%7D
"""
ADDRESSES = """
    http://192.0.2.7/ http://192.0.2.7:80 http://0300.0.2.7/ http://0xc0000207/ http://3221225991/ 192.0.519
    http://[::ffff:192.0.2.7]/ http://[::ffff:c000:207]:80/ ::ffff:192.0.2.7 http://192.0.2.[1-9]/
    http://192.0.2.[001-254:2]/ http://192.0.{2,3}.{5..8} x.example:80:192.0.2.7 http://192%2E0.2.7
    -x192.0.2.7:80 --192.0.2.7 http://${HOST:-192.0.2.7}/
"""
OTHERS = """
    https://example.net/ 192.0.2.8 http://192.0.2.[1-6]/ http://{api,sip}.example.net 12:30:45 3.14159 voipbin %zz
    http://[2001:db8::1]/ {"a":1.5,"b":[2.5]} api.voipbin.test {} [] [9-1].x {,} [::] -- : .
"""


@pytest.fixture
def guard() -> Iterator[Guard]:
    guard = Guard()
    guard.install()
    yield guard
    guard.remove()


@pytest.fixture
def curl(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A program named curl, which only prints its arguments, in a folder of the PATH."""
    path = tmp_path / "bin" / "curl"
    path.parent.mkdir()
    shutil.copy(str(shutil.which("echo")), path)
    monkeypatch.setenv("PATH", f"{path.parent}{os.pathsep}{os.environ['PATH']}")
    return path


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS.keys())
def test_a_client_of_a_guarded_host_is_not_started(guard: Guard, start: str) -> None:
    with pytest.raises(GuardedHostError, match=r"blocked (subprocess|os)\.\w+ to api\.voipbin\.net"):
        exec(start, {"os": os, "pathlib": pathlib, "subprocess": subprocess})
    assert [attempt.host for attempt in guard.attempts] == [HOST]


UNRELATED = {
    "other-program": ["echo", "https://api.voipbin.net"],
    "other-word": ["echo", "curly", "nc-1", "https://api.voipbin.net"],
    "loopback": ["sh", "-c", ": curl http://127.0.0.1:1/"],
}


@pytest.mark.parametrize("command", UNRELATED.values(), ids=UNRELATED.keys())
def test_other_commands_are_started(guard: Guard, command: Sequence[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    assert guard.attempts == []


def test_a_fork_that_executes_such_a_command_reports(guard: Guard) -> None:
    children = ChildGuard(guard)
    with children.report_file():
        for program in ("curl", "/usr/bin/curl"):
            assert os.spawnlp(os.P_WAIT, program, "dial", "https://api.voipbin.net") == 127
        children.collect()
    assert [(attempt.host, attempt.event) for attempt in guard.attempts] == [(HOST, "os.exec")] * 2
    assert all(attempt.process for attempt in guard.attempts)


# the program


@pytest.mark.parametrize("how", [os.symlink, os.link, shutil.copy])
@pytest.mark.parametrize("start", ["path", "shell", "folder", "PATH", "executable"])
def test_a_client_with_another_name(guard: Guard, curl: Path, how: object, start: str) -> None:
    program = curl.parents[1] / "dial"
    how(curl, program)  # type: ignore[operator]
    with pytest.raises(GuardedHostError):
        if start == "path":
            subprocess.run([program, HOST], check=False)
        elif start == "shell":
            subprocess.run(["sh", "-c", f"true && '{program}' -d @x '{HOST}'"], check=False)
        elif start == "folder":
            subprocess.run(["./dial", HOST], cwd=program.parent, check=False)
        elif start == "PATH":
            subprocess.run(["dial", HOST], env={"PATH": str(program.parent)}, check=False)
        else:
            subprocess.run(["true", HOST], executable=program, check=False)


def test_a_link_to_a_client_that_is_not_on_the_path(guard: Guard, tmp_path: Path) -> None:
    program = tmp_path / "wscat.js"
    program.touch()
    (tmp_path / "dial").symlink_to(program)
    with pytest.raises(GuardedHostError):
        check("subprocess.Popen", ("./dial", ["./dial", HOST], str(tmp_path), None))


def test_a_program_that_is_no_client(guard: Guard, curl: Path) -> None:
    other = curl.parents[1] / "curling"
    content = curl.read_bytes()
    other.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    other.chmod(0o700)
    check("subprocess.Popen", (str(other), [str(other), HOST], None, None))
    assert guard.attempts == []


def test_scripts_with_the_same_content_are_different_programs(guard: Guard, curl: Path) -> None:
    """Such as those of pyenv, which start the program of their name."""
    curl.write_text("#!/bin/sh\n")
    shutil.copy(curl, curl.parents[1] / "dial")
    check("subprocess.Popen", ("dial", [str(curl.parents[1] / "dial"), HOST], None, None))
    assert guard.attempts == []


def test_a_program_that_cannot_be_read(guard: Guard, curl: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(curl, curl.parents[1] / "dial")
    monkeypatch.setattr("builtins.open", lambda *_: (_ for _ in ()).throw(PermissionError()))
    check("subprocess.Popen", ("dial", [str(curl.parents[1] / "dial"), HOST], None, None))
    assert guard.attempts == []


@pytest.mark.parametrize(
    "name",
    ["c'ur'l", '"curl"', "cu\\rl", "`curl`", "$(curl", "/usr/bin/curl", "env curl", ";curl;", "'bare'sip", "cu\\\nrl"],
)
def test_the_client_in_a_shell_command(name: str) -> None:
    assert Command("os.system", (f"{name} {HOST}",)).is_client()


@pytest.mark.parametrize("space", ["${IFS}", "$IFS''", "${IFS%??}", "${IFS}-s${IFS}"])
def test_a_space_of_the_shell_in_another_form(space: str) -> None:
    command = Command("os.system", (f"curl{space}{HOST}",))
    assert HOST in command.hosts() and command.is_client()


@pytest.mark.parametrize("name", ["curly", "nc-1", "my.curl", "http://x", "-curl", "curl:"])
def test_words_that_only_contain_a_client(name: str) -> None:
    assert not Command("os.system", (f"{name} {HOST}",)).is_client()


# the host


def command(text: str) -> tuple[object, ...]:
    return ("curl", ["curl", "-sS", text], None, None)


@pytest.mark.parametrize("text", SPELLINGS.split())
def test_every_spelling_of_a_host_in_a_command(guard: Guard, text: str) -> None:
    with pytest.raises(GuardedHostError):
        check("subprocess.Popen", command(text))


@pytest.mark.parametrize("text", ADDRESSES.split())
def test_every_spelling_of_an_address_in_a_command(text: str) -> None:
    guard = Guard([ADDRESS])
    guard.install()
    try:
        with pytest.raises(GuardedHostError):
            check("subprocess.Popen", command(text))
    finally:
        guard.remove()


@pytest.mark.parametrize("text", OTHERS.split())
def test_other_hosts_in_a_command(text: str) -> None:
    guard = Guard(["*.voipbin.net", ADDRESS])
    guard.install()
    try:
        check("subprocess.Popen", command(text))
    finally:
        guard.remove()
    assert guard.attempts == []


# its cost


@pytest.mark.parametrize("text", ["a", "a.", "{", "{a", "[1-9", "%", "%41", "%=", "1", ":", "\u00e9", "'"])
def test_a_long_argument_is_one_host_at_most(text: str) -> None:
    """So the time is linear: `make bench` measures it."""
    hosts = list(Command("os.system", (f"curl {text * 40_000} {HOST}",)).hosts())
    assert HOST in hosts and len(hosts) <= 4
    assert all(len(host) <= 1000 for host in hosts)


@pytest.mark.parametrize(
    "text",
    [
        " ".join(f"h{number}.example" for number in range(6000)),
        "h[1-999999999].example",
        "{a,b}" * 20 + ".example",
        "{a,b}" * 10 + "{c}" * 190 + ".example",
    ],
)
def test_too_many_hosts_are_not_examined(text: str) -> None:
    with pytest.raises(TooManyHosts):
        list(Command("os.system", (f"curl {text}",)).hosts())


def test_hosts_that_occur_often_count_once(guard: Guard) -> None:
    check("subprocess.Popen", command("".join(f"h{number}.example " for number in range(2500)) * 4))
    assert guard.attempts == []


def test_a_client_with_too_many_hosts_is_not_started(guard: Guard) -> None:
    with pytest.raises(GuardedHostError, match="more hosts than the guard checks: pass the data .* in a file"):
        subprocess.run(["curl", "http://h[1-9999].example.net/"], check=False)
    assert len(guard.attempts) == 1
    subprocess.run(["echo", "http://h[1-9999].example.net/"], check=True, stdout=subprocess.DEVNULL)
    assert len(guard.attempts) == 1


def test_numbers_are_not_hosts_unless_an_address_is_guarded(guard: Guard) -> None:
    """So a request with much data is not refused for it."""
    data = " ".join(f"{number}.5 {number}" for number in range(6000))
    check("subprocess.Popen", command(data))
    assert guard.attempts == []
