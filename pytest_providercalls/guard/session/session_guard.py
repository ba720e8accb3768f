"""The guard of a pytest session, from the moment the plugin is loaded until the session or its process ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterable
from typing import Final

import pytest

from ..child_processes import ChildGuard
from ..guard import Guard
from ..guard_plugin import GuardPlugin, attempts_in
from .process_end import at_process_end

_PYTEST: Final = "_pytest.config"


class SessionGuard:
    """The guard, what it knows of other processes, and the plugin that fails the owners of attempts.

    If the process exists only for the session (the command `pytest`, or a worker), the guard is active until the
    process ends, and its last attempts change the exit status. In a program that calls `pytest.main` it ends with the
    session.
    """

    def __init__(self, config: pytest.Config, hosts: Iterable[str]) -> None:
        self.guard: Final = Guard(hosts)
        self.children: Final = ChildGuard(self.guard)
        self.plugin: Final = GuardPlugin(self.guard, self.children)
        self.loaded_earlier: Final = tuple(_third_party_plugins(config))
        """The plugins that were loaded before the guard: it has not seen what they did until then."""
        self._config = config
        self._is_program = _is_program()

    def start(self, *, guard_children: bool) -> None:
        """Guard this process, and Python child processes too if `guard_children`."""
        self.guard.install()
        self.children.open()
        if guard_children:
            self.children.install()
        # A cleanup, not a hook: it runs after every pytest_unconfigure and later cleanups, and also if start-up fails.
        self._config.add_cleanup(self._end_session)
        self._config.pluginmanager.register(self, "providercalls-guard-session")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_cmdline_main(self) -> Generator[None, object, object]:
        """Fail the command, also if it has no session (`--help`), or ignores the status of its own (`--fixtures`)."""
        try:
            return self.plugin.exit_status((yield))
        except SystemExit as end:
            # Such as sys.exit() in a hook.
            end.code = self.plugin.exit_status(end.code or 0)  # type: ignore[assignment]
            raise

    def _end_session(self) -> None:
        # pytest is failing, and shows its exception.
        error = sys.exc_info()[1]
        self.plugin.finish(self._config.pluginmanager.get_plugin("terminalreporter"), attempts_in(error))
        if not self._is_program and not hasattr(self._config, "workerinput"):
            self._remove()
            return
        self.guard.during = "the end of the process"
        at_process_end(self._end_process)

    def _end_process(self) -> bool:
        """Return whether the process may succeed. A forked process reports to its parent instead."""
        if os.getpid() != self.guard.session:
            return True
        attempted = self.plugin.finish(None)
        self._remove()
        return not attempted

    def _remove(self) -> None:
        self.children.remove()
        self.guard.remove()


def _third_party_plugins(config: pytest.Config) -> Iterable[str]:
    """Yield the names of the plugins that are loaded, except pytest's own and this one."""
    for name, plugin in config.pluginmanager.list_name_plugin():
        module = str(getattr(plugin, "__name__", type(plugin).__module__))
        if plugin is not None and module.partition(".")[0] not in ("_pytest", "pytest", __name__.partition(".")[0]):
            yield name


def _is_program() -> bool:
    """Return whether this session is what the process was started for: by `pytest`, and not inside another session."""
    frame = sys._getframe()
    starting = False
    while frame.f_back is not None:
        frame = frame.f_back
        in_pytest = frame.f_globals.get("__name__") == _PYTEST
        if starting and not in_pytest:
            return False
        if starting and frame.f_code.co_name.endswith("console_main"):
            return True
        starting = starting or (in_pytest and frame.f_code.co_name == "_prepareconfig")
    return False
