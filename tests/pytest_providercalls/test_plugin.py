"""What a test author touches: fixtures, marker, options, the story under a failure, the summary, the report."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_providercalls.contracts import RULES

POST = """
def place(client, voipbin, **fields):
    body = {"provider_id": voipbin.provider.id, "source": {"type": "tel", "target": "+12025550100"},
            "destinations": [{"type": "tel", "target": "+12025550143"}]}
    return client.post("/providercalls", json={**body, **fields})
"""


def run(alone: pytest.Pytester, code: str, *options: str) -> pytest.RunResult:
    alone.makepyfile(POST + code)
    options = ("-p", "no:cacheprovider", "-W", "error", *options)
    # A controller of workers gets a process of its own.
    if "-n" in options:
        return alone.runpytest_subprocess("-p", "xdist", *options)
    return alone.runpytest_inprocess(*options)


# fixtures


def test_the_fixtures_are_views_of_one_fake(alone: pytest.Pytester) -> None:
    code = """
def test_it(voipbin, voipbin_client, voipbin_super_admin, voipbin_customer_admin, voipbin_customer_manager,
            voipbin_customer_agent, voipbin_provider, voipbin_edition):
    assert voipbin_super_admin == voipbin.super_admin
    assert voipbin_customer_admin == voipbin.customer_admin
    assert voipbin_customer_manager == voipbin.customer_manager
    assert voipbin_customer_agent == voipbin.customer_agent
    assert voipbin_provider is voipbin.provider
    assert voipbin_edition == voipbin.edition.name == "documented"
    for name in ("id", "customer_id", "username", "password", "token", "accesskey"):
        assert getattr(voipbin_super_admin, name)
    assert str(voipbin_client.base_url) == "https://api.voipbin.net/v1.0/"
    place(voipbin_client, voipbin).raise_for_status()
    voipbin.assert_placed(1, provider=voipbin_provider, destination="+12025550143")
"""
    run(alone, code).assert_outcomes(passed=1)


def test_the_asynchronous_client_is_ready(alone: pytest.Pytester) -> None:
    code = """
import asyncio

def test_it(voipbin, voipbin_async_client):
    async def ask():
        async with voipbin_async_client as client:
            return await client.get("/providers")
    assert asyncio.run(ask()).json()["result"][0]["id"] == voipbin.provider.id
"""
    run(alone, code).assert_outcomes(passed=1)


def test_each_test_has_a_fresh_fake(alone: pytest.Pytester) -> None:
    code = """
import pytest

@pytest.mark.parametrize("turn", [1, 2])
def test_it(turn, voipbin, voipbin_client):
    voipbin.assert_nothing_placed()
    place(voipbin_client, voipbin)
    voipbin.assert_placed(1)
"""
    run(alone, code).assert_outcomes(passed=2)


def test_a_downstream_fixture_with_our_name_changes_nothing_of_ours(alone: pytest.Pytester) -> None:
    code = """
import pytest

@pytest.fixture
def voipbin():
    return "mine"

@pytest.fixture
def voipbin_edition():
    return "mine"

def test_it(voipbin, voipbin_client, voipbin_super_admin, voipbin_provider):
    assert voipbin == "mine"
    assert voipbin_client.get("/providers").json()["result"][0]["id"] == voipbin_provider.id
"""
    run(alone, code).assert_outcomes(passed=1)


# marker and options


def test_edition_all_runs_the_test_in_each_edition(alone: pytest.Pytester) -> None:
    code = """
import pytest

@pytest.mark.providercalls(edition="all")
def test_it(voipbin, voipbin_edition):
    assert voipbin.edition.name == voipbin_edition
"""
    result = run(alone, code, "-v")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["*documented*", "*server-2026-04*", "*server-2026-08*"])


def test_the_nearest_marker_wins_and_others_are_kept(alone: pytest.Pytester) -> None:
    code = """
import pytest
pytestmark = pytest.mark.providercalls(edition="server-2026-04", seed=7)

def test_module(voipbin):
    assert (voipbin.edition.name, voipbin.seed) == ("server-2026-04", 7)

@pytest.mark.providercalls(edition="deployed")
def test_own(voipbin):
    assert (voipbin.edition.name, voipbin.seed) == ("server-2026-08", 7)

@pytest.mark.providercalls(edition=["documented", "server-2026-08"])
def test_two(voipbin):
    assert voipbin.edition.name != "server-2026-04"
"""
    run(alone, code).assert_outcomes(passed=4)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ("editon='all'", "has no argument 'editon'; known are edition, seed, lifecycle, strict, budget, rate_limits"),
        ("'all'", "takes keyword arguments only"),
        ("seed='7'", "that is a str"),
        ("seed=True", "that is a bool"),
        ("budget=True", "that is a bool"),
        ("rate_limits=1", "that is a int"),
        ("budget='cheap'", "(budget='cheap') is no amount of dollars"),
        ("budget=-1", "is no amount of dollars"),
        ("lifecycle='wild'", "knows no lifecycle 'wild'; known are manual, on_poll"),
        ("edition='seed'", "there is no edition 'seed'; the editions are documented"),
        ("edition=[]", "names no edition"),
    ],
)
@pytest.mark.parametrize("fixture", ["voipbin", "tmp_path"])
def test_a_bad_marker_is_an_error(alone: pytest.Pytester, arguments: str, complaint: str, fixture: str) -> None:
    code = f"""
import pytest

@pytest.mark.providercalls({arguments})
def test_it({fixture}):
    pass
"""
    result = run(alone, code)
    assert result.ret != 0
    assert result.parseoutcomes().get("passed") is None
    output = result.stdout.str() + result.stderr.str()
    assert complaint in output
    assert "INTERNALERROR" not in output


COSTLY = """
import pytest

def costly(voipbin, client, *, ends):
    body = {"provider_id": voipbin.provider.id, "source": {"type": "tel", "target": "+12025550100"},
            "destinations": [{"type": "tel", "target": "+12025550143"}],
            "actions": [{"type": "sleep", "option": {"duration": 600000}}]}
    id = client.post("providercalls", json=body).json()["call_ids"][0]
    voipbin.calls[id].answer()
    voipbin.clock.advance(61)
    if ends:
        voipbin.calls[id].hangup()

@pytest.mark.parametrize("ends", [True, False])
@pytest.mark.providercalls(budget="0.02", lifecycle="manual")
def test_enough(voipbin, voipbin_client, ends): costly(voipbin, voipbin_client, ends=ends)

@pytest.mark.parametrize("ends", [True, False])
@pytest.mark.providercalls(budget="0.01", lifecycle="manual")
def test_short(voipbin, voipbin_client, ends): costly(voipbin, voipbin_client, ends=ends)
"""


def test_a_test_has_a_budget(alone: pytest.Pytester) -> None:
    result = run(alone, COSTLY)
    told = ["*the test's calls cost $0.02, more than its budget of $0.01*", "*call *: $0.02, *"]
    first, second = ("*ERROR at teardown of test_short[[]True]*", "*ERROR at teardown of test_short[[]False]*")
    result.stdout.fnmatch_lines([first, *told, second, *told])
    result.assert_outcomes(passed=4, errors=2)


@pytest.mark.parametrize("how", ["ini", "option"])
def test_the_edition_can_be_set_for_all(alone: pytest.Pytester, how: str) -> None:
    if how == "ini":
        alone.makeini("[pytest]\nprovidercalls_edition = server-2026-08\n")
    options = () if how == "ini" else ("--providercalls-edition", "server-2026-08")
    code = """
def test_it(voipbin):
    assert voipbin.edition.name == "server-2026-08"
"""
    run(alone, code, *options).assert_outcomes(passed=1)


def test_a_bad_edition_in_the_ini_file_is_told(alone: pytest.Pytester) -> None:
    alone.makeini("[pytest]\nprovidercalls_edition = latest\n")
    result = run(alone, "def test_it(voipbin): pass\n")
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*there is no edition 'latest'*"])


TYPO = """
def test_it(voipbin, voipbin_client):
    place(voipbin_client, voipbin, anonymus="yes").raise_for_status()
"""


def test_strict_fails_what_the_api_reads_over(alone: pytest.Pytester) -> None:
    result = run(alone, TYPO, "--providercalls-strict")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*reads over the field `anonymus`; did you mean `anonymous`?*"])


def test_without_strict_it_is_advice_in_the_summary(alone: pytest.Pytester) -> None:
    result = run(alone, TYPO)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["advice (1x): *`anonymus`; did you mean `anonymous`?"])


def test_the_marker_can_lift_strictness(alone: pytest.Pytester) -> None:
    alone.makeini("[pytest]\nprovidercalls_strict = true\n")
    code = "import pytest\npytestmark = pytest.mark.providercalls(strict=False)\n" + TYPO
    run(alone, code).assert_outcomes(passed=1)


# what is told


REFUSED = """
def test_it(voipbin, voipbin_client):
    voipbin.delete_provider(voipbin.provider.id)
    assert place(voipbin_client, voipbin).status_code == 200
"""


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_a_failure_tells_the_rule_and_what_to_do(alone: pytest.Pytester, options: tuple[str, ...]) -> None:
    result = run(alone, REFUSED, *options)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*VoIPbin (edition documented)*",
            "POST /v1.0/providercalls -> 400, asked by super-admin",
            "*refused by PC-PRE-02: The provider has not been soft-deleted*tutorial*",
            "*what to do: List the providers*",
        ]
    )


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_the_summary_counts_calls_rules_and_attempts(alone: pytest.Pytester, options: tuple[str, ...]) -> None:
    code = """
import pytest, socket

def test_placed(voipbin, voipbin_client):
    place(voipbin_client, voipbin)

def test_refused(voipbin, voipbin_client):
    assert place(voipbin_client, voipbin, destinations=[]).status_code == 400

def test_attempt():
    with pytest.raises(Exception):
        socket.getaddrinfo("api.voipbin.net", 443)
"""
    result = run(alone, code, *options)
    result.stdout.fnmatch_lines(
        [
            "placed on the fake: 1 call, by 2 requests of 2 tests; no phone rang",
            "rules met: * of *; refused somewhere: PC-PRE-04",
            "rules not met: *",
            "attempts to reach the real VoIPbin, blocked: 1",
            "*api.voipbin.net:443 from *test_the_summary*",
        ]
    )


def test_a_session_without_the_fake_has_no_summary(alone: pytest.Pytester) -> None:
    result = run(alone, "def test_it(): pass\n")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*placed on the fake*")


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_the_report_has_every_rule(alone: pytest.Pytester, options: tuple[str, ...]) -> None:
    run(alone, REFUSED, "--providercalls-report=out.json", *options)
    report = json.loads(Path(alone.path, "out.json").read_text())
    assert set(report["rules"]) == set(RULES)
    assert report["rules"]["PC-PRE-02"]["met"] == "refused"
    assert report["rules"]["PC-PRE-01"]["met"] == "passed"
    assert report["rules"]["CL-GET-01"]["met"] == "never"
    assert (report["tests"], report["requests"], report["calls_placed"]) == (1, 1, 0)


def test_a_report_of_another_kind_is_refused(alone: pytest.Pytester) -> None:
    result = run(alone, "def test_it(): pass\n", "--providercalls-report=out.txt")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*name a file that ends in .json*"])


def test_no_credential_is_told(alone: pytest.Pytester) -> None:
    code = """
import httpx

def test_it(voipbin):
    admin = voipbin.super_admin
    httpx.post("https://api.voipbin.net/auth/login", json={"username": admin.username, "password": admin.password})
    httpx.get("https://api.voipbin.net/v1.0/calls", params={"token": admin.token})
    httpx.get("https://api.voipbin.net/v1.0/calls", params={"accesskey": admin.accesskey})
    print("SECRETS", admin.password, admin.token, admin.accesskey, sep="|")
    assert False
"""
    output = run(alone, code).stdout.str()
    line = next(line for line in output.splitlines() if line.startswith("SECRETS"))
    secrets = line.split("|")[1:]
    told = output.replace(line, "")
    assert "GET /v1.0/calls?token=***" in told
    assert not [secret for secret in secrets if secret in told]


# light when unused

LOADED = """
import sys
import pytest
before = set(sys.modules)
import pytest_providercalls.plugin
pytest_and_ours = {"pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pytest_providercalls"}
allowed = set(sys.stdlib_module_names) | pytest_and_ours
print(sorted({name.split(".")[0] for name in set(sys.modules) - before} - allowed))
print(sorted(name for name in sys.modules if name.startswith("pytest_providercalls.") and "contracts" in name))
"""


def test_loading_imports_the_standard_library_and_pytest_only() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "[]"]


def test_an_unused_session_imports_nothing_more(alone: pytest.Pytester) -> None:
    code = """
import sys

def test_it():
    heavy = {"httpx", "httpx2", "respx", "pydantic", "jsonschema", "hypothesis", "anyio"}
    assert not heavy & {name.split(".")[0] for name in sys.modules}
"""
    alone.makepyfile(code)
    alone.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)
