"""Which editions a test runs in, however it names them and requests its fake: all of them, or none at all."""

from __future__ import annotations

import pytest

OLD, NEW = "server-2026-04", "server-2026-08"
ALL = ["documented", OLD, NEW]
HEAD = """
import unittest
import pytest

mark = pytest.mark.providercalls

def show(fake, test=""):
    print(f"RAN {test}{fake.edition.name}")
"""


def run(bare_pytester: pytest.Pytester, code: str, *options: str) -> pytest.RunResult:
    bare_pytester.makepyfile(HEAD + code)
    return bare_pytester.runpytest_inprocess("-p", "no:cacheprovider", "-W", "error", "-s", *options)


def ran(result: pytest.RunResult) -> list[str]:
    return sorted(line.partition("RAN ")[2] for line in result.outlines if "RAN " in line)


BY_NAME = """
{mark}
def test_it(request):
    show(request.getfixturevalue("voipbin"))
"""
HELPER = """
def fake(request):
    return request.getfixturevalue("voipbin")

{mark}
def test_it(request):
    show(fake(request))
"""
FIXTURE = """
@pytest.fixture
def client(request):
    return request.getfixturevalue("voipbin")

{mark}
def test_it(client):
    show(client)
"""
PARAMETER = """
@pytest.mark.parametrize("n", [pytest.param(1, marks=mark(edition="{edition}")), 2])
def test_it(voipbin, n):
    show(voipbin, f"{{n}} ")
"""
FIXTURE_PARAMETER = """
@pytest.fixture(params=[pytest.param(1, marks=mark(edition="{edition}")), 2])
def n(request):
    return request.param

def test_it(voipbin, n):
    show(voipbin, f"{{n}} ")
"""
TEST_CASE = """
{mark}
class TestIt(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def use_fake(self, voipbin):
        self.voipbin = voipbin

    def test_it(self):
        show(self.voipbin)
"""


@pytest.mark.parametrize("code", [BY_NAME, HELPER, FIXTURE], ids=["getfixturevalue", "helper", "fixture"])
def test_a_fake_that_is_requested_while_the_test_runs(bare_pytester: pytest.Pytester, code: str) -> None:
    result = run(bare_pytester, code.format(mark='@mark(edition="all")'))
    result.assert_outcomes(passed=3)
    assert ran(result) == ALL


def test_all_editions_of_the_command_line_for_a_fake_requested_by_name(bare_pytester: pytest.Pytester) -> None:
    result = run(bare_pytester, BY_NAME.format(mark=""), "--providercalls-editions")
    result.assert_outcomes(passed=3)
    assert ran(result) == ALL


@pytest.mark.parametrize("code", [HELPER, FIXTURE], ids=["helper", "fixture"])
def test_a_request_that_collection_cannot_see_is_refused(bare_pytester: pytest.Pytester, code: str) -> None:
    result = run(bare_pytester, code.format(mark=""), "--providercalls-editions")
    result.assert_outcomes(**({"failed": 1} if code == HELPER else {"errors": 1}))
    assert ran(result) == []
    result.stdout.fnmatch_lines(["*it would run in documented only, not in server-2026-04, server-2026-08: *"])


@pytest.mark.parametrize("code", [PARAMETER, FIXTURE_PARAMETER], ids=["parametrize", "fixture"])
def test_a_mark_on_a_parameter(bare_pytester: pytest.Pytester, code: str) -> None:
    result = run(bare_pytester, code.format(edition="all"))
    result.assert_outcomes(passed=4)
    assert ran(result) == [*(f"1 {edition}" for edition in ALL), "2 documented"]


@pytest.mark.parametrize("code", [PARAMETER, FIXTURE_PARAMETER], ids=["parametrize", "fixture"])
def test_the_command_line_does_not_override_an_edition_on_a_parameter(
    bare_pytester: pytest.Pytester, code: str
) -> None:
    result = run(bare_pytester, code.format(edition=NEW), f"--providercalls-editions=documented,{OLD}")
    result.assert_outcomes(passed=3)
    assert ran(result) == [f"1 {NEW}", "2 documented", f"2 {OLD}"]


def test_single_editions_on_parameters_need_no_parametrisation(bare_pytester: pytest.Pytester) -> None:
    result = run(bare_pytester, PARAMETER.format(edition=NEW), "-v")
    assert ran(result) == [f"1 {NEW}", "2 documented"]
    result.stdout.fnmatch_lines(["*::test_it[[]1[]]*"])


@pytest.mark.parametrize(
    ("mark", "options"),
    [('@mark(edition="all")', ()), ("", ("--providercalls-editions",)), ("", ("-o", "providercalls_edition=all"))],
    ids=["mark", "option", "ini"],
)
def test_a_unittest_test_case_cannot_run_in_several_editions(
    bare_pytester: pytest.Pytester, mark: str, options: tuple[str, ...]
) -> None:
    result = run(bare_pytester, TEST_CASE.format(mark=mark), *options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert ran(result) == []
    result.stderr.fnmatch_lines(["*::TestIt::test_it: it would run in documented only, *unittest.TestCase*"])


def test_a_unittest_test_case_in_one_edition(bare_pytester: pytest.Pytester) -> None:
    result = run(bare_pytester, TEST_CASE.format(mark=f'@mark(edition="{NEW}")'), "--providercalls-editions")
    assert ran(result) == [NEW]


def test_a_unittest_test_case_without_a_fake_is_left_alone(bare_pytester: pytest.Pytester) -> None:
    code = "class TestIt(unittest.TestCase):\n    def test_it(self):\n        pass\n"
    run(bare_pytester, code, "--providercalls-editions").assert_outcomes(passed=1)


def test_an_invalid_mark_on_a_parameter(bare_pytester: pytest.Pytester) -> None:
    result = run(bare_pytester, PARAMETER.format(edition="nothing"))
    assert result.ret != pytest.ExitCode.OK
    assert "unknown edition 'nothing'" in result.stdout.str()


OVERRIDES = """
class TestOurs:
    @pytest.fixture
    def voipbin(self, voipbin):
        return voipbin

    def test_it(self, voipbin):
        show(voipbin, "ours ")

class TestForeign:
    @pytest.fixture
    def voipbin(self):
        return "a fake of another kind"

    def test_it(self, voipbin):
        print("RAN", voipbin)

class TestBoth:
    @pytest.fixture
    def voipbin(self):
        return "a fake of another kind"

    def test_it(self, voipbin, voipbin_edition):
        print("RAN both", voipbin_edition)
"""


def test_fixture_that_overrides_ours_counts_if_it_requests_ours(bare_pytester: pytest.Pytester) -> None:
    result = run(bare_pytester, OVERRIDES, "-o", "providercalls_edition=all")
    assert ran(result) == sorted(
        ["a fake of another kind", *(f"{one} {edition}" for one in ("ours", "both") for edition in ALL)]
    )
