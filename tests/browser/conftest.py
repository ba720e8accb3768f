"""A Chromium, started once for all the tests, and a fake behind a port for it to look at. Tests are coroutines."""

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
from pytest_providercalls.fake_server.control.api import ControlApi
from pytest_providercalls.fake_server.world.records import Call

from pytest_providercalls.cli.fake_options import run_server

EXECUTABLE = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a coroutine on the browser's loop, which runs at no other time: other tests have loops of their own."""
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
        pytest.skip("there is no Chromium on this machine: apt-get install chromium")
    playwright = loop.run_until_complete(async_playwright().start())
    launched = playwright.chromium.launch(executable_path=EXECUTABLE, args=["--no-sandbox"])
    browser = loop.run_until_complete(launched)
    yield browser
    loop.run_until_complete(browser.close())
    loop.run_until_complete(playwright.stop())


class World:
    """A fake behind a port, whose calls move by hand, and a client of it."""

    def __init__(self) -> None:
        self.fake = FakeVoipbin(lifecycle="manual")
        self.flow = self.fake.add_flow([{"type": "talk", "option": {"text": "Hello"}}])
        self.port = 0
        self._served = ExitStack()
        self.start()

    def start(self) -> None:
        listener = self._served.enter_context(run_server(ControlApi(self.fake), port=self.port))
        self.url, self.port = listener.url, listener.port
        self.client = self._served.enter_context(
            httpx.Client(
                base_url=f"{self.url}/v1.0", headers={"Authorization": f"Bearer {self.fake.super_admin.token}"}
            )
        )

    def stop(self) -> None:
        self._served.close()

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
        """Place a call to each target; gives the first one."""
        destinations = [{"type": "tel", "target": target} for target in targets or ["+12025550142"]]
        answer = self.post(destinations=destinations, **changes)
        assert answer.status_code == 200, answer.text
        return self.fake.calls[answer.json()["call_ids"][0]]


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.stop()


@dataclass
class Window:
    """A window of the browser, used by one test after the other, and what has been wrong with it in this one."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    url: str = "about:"
    """What begins so may be asked for."""

    async def watch(self) -> None:
        # Not outside of the loop: Playwright tells the browser of each listener, on whichever loop is the current one.
        self.page.on("console", lambda message: _is_bad(message) and self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(f"a dialog: {dialog.message}"))
        self.page.on("request", lambda sent: sent.url.startswith(self.url) or self.complaints.append(sent.url))


def _is_bad(message: ConsoleMessage) -> bool:
    """Whether a page should not have said that. A browser itself tells of each answer that is a refusal."""
    told = "status of 4" in message.text and "/_fake/ui" not in message.location["url"]
    return message.type in ("error", "warning") and not told


@pytest.fixture(scope="session")
def windows() -> dict[str, Window]:
    """The windows that are open, by how they are set up."""
    return {}


@pytest.fixture
def look(request: pytest.FixtureRequest) -> dict[str, Any]:
    """How a window is set up; a test that needs another one gives it with indirect parameters."""
    return getattr(request, "param", {})


@pytest.fixture
def window(
    loop: asyncio.AbstractEventLoop, chromium: Browser, world: World, look: dict[str, Any], windows: dict[str, Window]
) -> Iterator[Window]:
    """A window with the inspector. Nothing may be wrong with it at the end."""
    window = windows.get(repr(look))
    if window is None:
        opened = chromium.new_page(**{"viewport": {"width": 1280, "height": 800}, **look})
        window = windows[repr(look)] = Window(loop.run_until_complete(opened))
        loop.run_until_complete(window.watch())
    window.url = f"{world.url}/_fake/"
    loop.run_until_complete(window.page.goto(f"{world.url}/_fake/ui"))
    yield window
    loop.run_until_complete(window.page.goto("about:blank"))
    complaints, window.complaints = window.complaints, []
    assert complaints == []


@pytest.fixture
def page(window: Window) -> Page:
    """The page of that window."""
    return window.page
