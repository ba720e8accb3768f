"""The interface for test authors: fixtures, marker, options, the failure transcript, the summary, the report."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ..inner_sessions import run_session

POST = """
def place(client, voipbin, **fields):
    body = {"provider_id": voipbin.provider.id, "source": {"type": "tel", "target": "+12025550100"},
            "destinations": [{"type": "tel", "target": "+12025550143"}]}
    return client.post("/providercalls", json={**body, **fields})
"""


def run(bare_pytester: pytest.Pytester, code: str, *options: str) -> pytest.RunResult:
    bare_pytester.makepyfile(POST + code)
    return run_session(bare_pytester, "-W", "error", *options)


# fixtures


def test_the_fixtures_share_one_fake(bare_pytester: pytest.Pytester) -> None:
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
    run(bare_pytester, code).assert_outcomes(passed=1)


def test_the_asynchronous_client_is_ready(bare_pytester: pytest.Pytester) -> None:
    code = """
import asyncio

def test_it(voipbin, voipbin_async_client):
    async def get():
        async with voipbin_async_client as client:
            return await client.get("/providers")
    assert asyncio.run(get()).json()["result"][0]["id"] == voipbin.provider.id
"""
    run(bare_pytester, code).assert_outcomes(passed=1)


def test_each_test_has_a_fresh_fake(bare_pytester: pytest.Pytester) -> None:
    code = """
import pytest

@pytest.mark.parametrize("number", [1, 2])
def test_it(number, voipbin, voipbin_client):
    voipbin.assert_nothing_placed()
    place(voipbin_client, voipbin)
    voipbin.assert_placed(1)
"""
    run(bare_pytester, code).assert_outcomes(passed=2)


def test_a_downstream_fixture_with_our_name_does_not_affect_ours(bare_pytester: pytest.Pytester) -> None:
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
    run(bare_pytester, code).assert_outcomes(passed=1)


# marker and options


def test_edition_all_runs_the_test_in_each_edition(bare_pytester: pytest.Pytester) -> None:
    code = """
import pytest

@pytest.mark.providercalls(edition="all")
def test_it(voipbin, voipbin_edition):
    assert voipbin.edition.name == voipbin_edition
"""
    result = run(bare_pytester, code, "-v")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["*documented*", "*server-2026-04*", "*server-2026-08*"])


def test_the_closest_marker_wins_and_the_others_are_merged(bare_pytester: pytest.Pytester) -> None:
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
    run(bare_pytester, code).assert_outcomes(passed=4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            "editon='all'",
            "unknown argument 'editon'; expected one of edition, seed, lifecycle, strict, budget,",
        ),
        ("'all'", "expected keyword arguments only, got ('all',)"),
        ("seed='7'", "(seed='7'): expected int, got str"),
        ("seed=True", "expected int, got bool"),
        ("budget=True", "expected int or float or str, got bool"),
        ("rate_limits=1", "expected bool, got int"),
        ("budget='cheap'", "(budget='cheap'): not a valid dollar amount"),
        ("budget=-1", "not a valid dollar amount"),
        ("lifecycle='wild'", "unknown lifecycle 'wild'; expected one of manual, on_poll"),
        ("edition='seed'", "unknown edition 'seed'; expected one of documented"),
        ("edition=[]", "(edition=[]): expected at least one edition"),
    ],
)
@pytest.mark.parametrize("fixture", ["voipbin", "tmp_path"])
def test_an_invalid_marker_is_an_error(
    bare_pytester: pytest.Pytester, arguments: str, message: str, fixture: str
) -> None:
    code = f"""
import pytest

@pytest.mark.providercalls({arguments})
def test_it({fixture}):
    pass
"""
    result = run(bare_pytester, code)
    assert result.ret != 0
    assert result.parseoutcomes().get("passed") is None
    output = result.stdout.str() + result.stderr.str()
    assert message in output
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


def test_a_test_has_a_budget(bare_pytester: pytest.Pytester) -> None:
    result = run(bare_pytester, COSTLY)
    cost = ["*the calls in this test cost $0.02, which exceeds its budget of $0.01*", "*call *: $0.02, *"]
    first, second = ("*_ test_short[[]True] _*", "*_ test_short[[]False] _*")
    result.stdout.fnmatch_lines([first, *cost, second, *cost])
    result.assert_outcomes(passed=2, failed=2)


@pytest.mark.parametrize("how", ["ini", "option"])
def test_the_edition_can_be_set_for_all_tests(bare_pytester: pytest.Pytester, how: str) -> None:
    if how == "ini":
        bare_pytester.makeini("[pytest]\nprovidercalls_edition = server-2026-08\n")
    options = () if how == "ini" else ("--providercalls-edition", "server-2026-08")
    code = """
def test_it(voipbin):
    assert voipbin.edition.name == "server-2026-08"
"""
    run(bare_pytester, code, *options).assert_outcomes(passed=1)


def test_an_unknown_edition_in_the_ini_file_is_an_error(bare_pytester: pytest.Pytester) -> None:
    bare_pytester.makeini("[pytest]\nprovidercalls_edition = latest\n")
    result = run(bare_pytester, "def test_it(voipbin): pass\n")
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*unknown edition 'latest'*"])


TYPO = """
def test_it(voipbin, voipbin_client):
    place(voipbin_client, voipbin, anonymus="yes").raise_for_status()
"""


def test_strict_fails_for_ignored_fields(bare_pytester: pytest.Pytester) -> None:
    result = run(bare_pytester, TYPO, "--providercalls-strict")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*the API ignores the field `anonymus` (did you mean 'anonymous'?)*"])


def test_strict_fails_after_a_test_has_forgotten_our_modules(bare_pytester: pytest.Pytester) -> None:
    """As after `patch.dict(sys.modules)`: they are imported again, all of them."""
    forget = """
import sys

def test_forget(voipbin):
    for name in list(sys.modules):
        if name.startswith("pytest_providercalls.fixtures."):
            del sys.modules[name]
"""
    result = run(bare_pytester, forget + TYPO, "--providercalls-strict")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*the API ignores the field `anonymus` (did you mean 'anonymous'?)*"])


def test_a_violation_outlives_an_outcome_of_another_plugin(bare_pytester: pytest.Pytester) -> None:
    bare_pytester.makeconftest(
        """
        import pytest

        @pytest.hookimpl(wrapper=True, trylast=True)
        def pytest_runtest_makereport(call):
            report = yield
            if report.when == "call":
                report.outcome = "quarantined"
            return report

        def pytest_report_teststatus(report):
            if report.outcome == "quarantined":
                return "quarantined", "Q", "QUARANTINED"
        """
    )
    result = run(bare_pytester, TYPO + "    assert 0\n", "--providercalls-strict")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*the API ignores the field `anonymus` (did you mean 'anonymous'?)*"])


def test_without_strict_the_summary_has_a_warning(bare_pytester: pytest.Pytester) -> None:
    result = run(bare_pytester, TYPO)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["client warning (1x): *`anonymus` (did you mean 'anonymous'?)"])


def test_the_marker_can_disable_strict(bare_pytester: pytest.Pytester) -> None:
    bare_pytester.makeini("[pytest]\nprovidercalls_strict = true\n")
    code = "import pytest\npytestmark = pytest.mark.providercalls(strict=False)\n" + TYPO
    run(bare_pytester, code).assert_outcomes(passed=1)


# output


REFUSED = """
def test_it(voipbin, voipbin_client):
    voipbin.delete_provider(voipbin.provider.id)
    assert place(voipbin_client, voipbin).status_code == 200
"""


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["one-process", "xdist"])
def test_a_failure_shows_the_rule_and_a_hint(bare_pytester: pytest.Pytester, options: tuple[str, ...]) -> None:
    result = run(bare_pytester, REFUSED, *options)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*VoIPbin (edition documented)*",
            "POST /v1.0/providercalls -> 400 (as super-admin)",
            "*refused by PC-PRE-02: The provider must not be deleted*tutorial*",
            "*hint: List the providers*",
        ]
    )


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["one-process", "xdist"])
def test_the_summary_counts_calls_rules_and_attempts(bare_pytester: pytest.Pytester, options: tuple[str, ...]) -> None:
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
    result = run(bare_pytester, code, *options)
    result.stdout.fnmatch_lines(
        [
            "fake VoIPbin: 2 tests sent 2 requests and placed 1 call; no phone rang",
            "rule coverage: * of * (*%): *",
            "  rules that refused a request: PC-PRE-04",
            "uncovered rules: *",
            "blocked attempts to reach the real VoIPbin: 1",
            "*api.voipbin.net:443 from *test_the_summary*",
        ]
    )


def test_a_session_without_the_fake_has_no_summary(bare_pytester: pytest.Pytester) -> None:
    result = run(bare_pytester, "def test_it(): pass\n")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*fake VoIPbin*")


def test_a_report_of_an_unknown_type_is_an_error(bare_pytester: pytest.Pytester) -> None:
    result = run(bare_pytester, "def test_it(): pass\n", "--providercalls-report=out.txt")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*providercalls_report: expected a file name ending in .json or .html*"])


def test_no_credential_is_shown(bare_pytester: pytest.Pytester) -> None:
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
    output = run(bare_pytester, code).stdout.str()
    line = next(line for line in output.splitlines() if line.startswith("SECRETS"))
    secrets = line.split("|")[1:]
    rest = output.replace(line, "")
    assert "GET /v1.0/calls?token=***" in rest
    assert not [secret for secret in secrets if secret in rest]


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
print(sorted(name for name in sys.modules if name.startswith("pytest_providercalls.") and "fake" in name))
"""


def test_loading_imports_the_standard_library_and_pytest_only() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    light = [f"pytest_providercalls.{name}" for name in ("contracts", "contracts.light_imports")]
    assert done.stdout.splitlines() == ["[]", str(light), "[]"]


def test_an_unused_session_imports_nothing_more(bare_pytester: pytest.Pytester) -> None:
    code = """
import sys

def test_it():
    heavy = {"httpx", "httpx2", "respx", "pydantic", "jsonschema", "hypothesis", "anyio"}
    assert not heavy & {name.split(".")[0] for name in sys.modules}

def test_with_a_fake(voipbin, voipbin_client):
    assert "hypothesis" not in sys.modules
"""
    bare_pytester.makepyfile(code)
    bare_pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:randomly").assert_outcomes(passed=2)
