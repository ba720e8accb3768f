"""The guard starts when pytest has loaded the plugin: it guards later plugins, and the header names earlier ones."""

from __future__ import annotations

import pytest

from pytest_providercalls.guard import guard as guard_module

from ..inner_suite import HOST, Suite, assert_blocked

DIAL = f"swallow(socket.getaddrinfo, '{HOST}', 443)"
FINE = "def test_fine(): pass\n"
ACTIVE = "from pytest_providercalls.guard.guard import active_guards\nprint('guards:', len(active_guards()))\n"
OURS = ("-p", "pytest_providercalls.plugin")

MOMENTS = {
    "import": DIAL,
    "addoption": f"def pytest_addoption(): {DIAL}",
    "addhooks": f"def pytest_addhooks(): {DIAL}",
    "registration": f"def pytest_plugin_registered(plugin):\n    if plugin.__name__ == 'late': {DIAL}",
    "initial conftests": f"""
        @pytest.hookimpl(wrapper=True, tryfirst=True)
        def pytest_load_initial_conftests():
            {DIAL}
            yield
    """,
}


@pytest.fixture(autouse=True)
def importable(bare_pytester: pytest.Pytester) -> None:
    bare_pytester.syspathinsert()


@pytest.mark.parametrize("code", MOMENTS.values(), ids=MOMENTS.keys())
def test_a_plugin_that_is_loaded_later_is_guarded(suite: Suite, code: str) -> None:
    suite.write(code.replace("plugin.__name__", "getattr(plugin, '__name__', '')"), "late.py")
    result = suite.write(FINE).run_in_process(*OURS, "-p", "late")
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert_blocked(result, during="start-up, before any test")
    assert "loaded before the guard" not in result.stdout.str()


def test_the_header_names_the_plugins_that_were_loaded_earlier(suite: Suite) -> None:
    suite.write(
        "from pytest_providercalls.guard.guard import active_guards\nprint('guards:', len(active_guards()))\n",
        "early.py",
    )
    suite.write("", "other.py").write("", "late.py")
    before = len(guard_module.active_guards())
    result = suite.write(FINE).run_in_process("-p", "early", "-p", "other", *OURS, "-p", "late")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            f"guards: {before}",
            "providercalls: guarded hosts: [*].voipbin.net",
            "providercalls: loaded before the guard, which did not see their start: early, other",
            "rootdir: *",
        ]
    )


def test_settings_apply_from_the_start(suite: Suite) -> None:
    suite.ini("providercalls_guard_hosts = guarded.invalid", "addopts = --strict-markers")
    suite.write("swallow(socket.getaddrinfo, 'guarded.invalid', 443)", "late.py")
    result = suite.write(FINE).run_in_process(*OURS, "-p", "late")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*blocked socket.getaddrinfo to guarded.invalid:443"])


OFF = "off: the guard is under test"


@pytest.mark.parametrize("where", ["option", "addopts", "environment", "ini"])
def test_a_guard_that_is_off_does_not_start(suite: Suite, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    options: tuple[str, ...] = ()
    if where == "option":
        options = ("--providercalls-guard", OFF)
    elif where == "addopts":
        suite.ini(f"addopts = '--providercalls-guard={OFF}'")
    elif where == "environment":
        monkeypatch.setenv("PYTEST_ADDOPTS", f"'--providercalls-guard={OFF}'")
    else:
        suite.ini(f"providercalls_guard = {OFF}")
    suite.write(ACTIVE, "late.py")
    before = len(guard_module.active_guards())
    result = suite.write(FINE).run_in_process(*OURS, "-p", "late", *options)
    assert result.ret == 0
    result.stdout.fnmatch_lines([f"guards: {before}", "providercalls: guard is OFF, *"])


def test_a_later_plugin_may_load_this_one(suite: Suite) -> None:
    """As a dependency: pytest has then parsed neither the options nor the ini file of this one."""
    suite.write("pytest_plugins = ['pytest_providercalls.plugin']", "conftest.py")
    suite.write(f"def test_x(): {DIAL}")
    assert_blocked(suite.run_in_process(), during="test_inner.py::test_x")
