"""A Chromium, started once for all tests, and a served fake. Tests are coroutines."""

from __future__ import annotations

import asyncio
import inspect
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.control.access import AccessPolicy
from pytest_providercalls.fake_server.control.api import ControlApi
from pytest_providercalls.fake_server.world.records import Call

from pytest_providercalls.cli.fake_options import run_server

NAMES = "--host-resolver-rules=MAP *.example 127.0.0.1"
"""Names that lead to this machine, as DNS rebinding makes them do."""
EXECUTABLE = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a coroutine on the browser's loop, which never runs otherwise: other tests have their own loops."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in inspect.signature(pyfuncitem.obj).parameters}
    pyfuncitem.funcargs["loop"].run_until_complete(pyfuncitem.obj(**arguments))
    return True


@pytest.fixture(scope="session")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


@pytest.fixture(scope="session")
def chromium(loop: asyncio.AbstractEventLoop) -> Iterator[Browser]:
    if EXECUTABLE is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    playwright = loop.run_until_complete(async_playwright().start())
    launched = playwright.chromium.launch(executable_path=EXECUTABLE, args=["--no-sandbox", NAMES])
    browser = loop.run_until_complete(launched)
    yield browser
    loop.run_until_complete(browser.close())
    loop.run_until_complete(playwright.stop())


class World:
    """A served fake whose calls are controlled by the test, and a client of it."""

    def __init__(self) -> None:
        self.fake = FakeVoipbin(lifecycle="manual")
        self.flow = self.fake.add_flow([{"type": "talk", "option": {"text": "Hello"}}])
        self.port = 0
        self.access = AccessPolicy()
        self._stack = ExitStack()
        self.start()

    def start(self) -> None:
        listener = self._stack.enter_context(run_server(ControlApi(self.fake), port=self.port, access=self.access))
        self.url, self.port = listener.url, listener.port
        self.client = self._stack.enter_context(
            httpx.Client(
                base_url=f"{self.url}/v1.0", headers={"Authorization": f"Bearer {self.fake.super_admin.token}"}
            )
        )

    def stop(self) -> None:
        self._stack.close()

    def post(self, **changes: Any) -> httpx.Response:
        """POST /providercalls."""
        body = {
            "provider_id": self.fake.provider.id,
            "flow_id": self.flow.id,
            "source": {"type": "tel", "target": "+12025550100"},
            "destinations": [{"type": "tel", "target": "+12025550142"}],
        }
        return self.client.post("/providercalls", json={**body, **changes})

    def place(self, *targets: str, **changes: Any) -> Call:
        """Place a call to each target, and return the first one."""
        destinations = [{"type": "tel", "target": target} for target in targets or ["+12025550142"]]
        response = self.post(destinations=destinations, **changes)
        assert response.status_code == 200, response.text
        return self.fake.calls[response.json()["call_ids"][0]]


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.stop()


@dataclass
class Window:
    """A browser window, reused by several tests, and the problems found in the current test."""

    page: Page
    problems: list[str] = field(default_factory=list)
    url: str = "about:"
    """Requests to any other URL are problems."""

    async def watch(self) -> None:
        # On the loop, because Playwright registers each listener with the browser on the current loop.
        self.page.on("console", lambda message: _is_problem(message) and self.problems.append(message.text))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("dialog", lambda dialog: self.problems.append(f"a dialog: {dialog.message}"))
        self.page.on("request", lambda sent: sent.url.startswith(self.url) or self.problems.append(sent.url))


def _is_problem(message: ConsoleMessage) -> bool:
    """Return whether a message is a problem. The browser itself reports each error response."""
    expected = "status of 4" in message.text and "/_fake/ui" not in message.location["url"]
    return message.type in ("error", "warning") and not expected


@pytest.fixture(scope="session")
def windows() -> dict[str, Window]:
    """The open windows by their options."""
    return {}


@pytest.fixture
def look(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The options of the window; a test can set them with indirect parameters."""
    return getattr(request, "param", {})


@pytest.fixture
def window(
    loop: asyncio.AbstractEventLoop, chromium: Browser, world: World, look: dict[str, Any], windows: dict[str, Window]
) -> Iterator[Window]:
    """A window with the inspector. There must be no problems at the end of the test."""
    window = windows.get(repr(look))
    if window is None:
        opened = chromium.new_page(**{"viewport": {"width": 1280, "height": 800}, **look})
        window = windows[repr(look)] = Window(loop.run_until_complete(opened))
        loop.run_until_complete(window.watch())
    window.url = f"{world.url}/_fake/"
    loop.run_until_complete(window.page.goto(f"{world.url}/_fake/ui"))
    yield window
    loop.run_until_complete(window.page.goto("about:blank"))
    problems, window.problems = window.problems, []
    assert problems == []


@pytest.fixture
def page(window: Window) -> Page:
    """The page of the window."""
    return window.page
