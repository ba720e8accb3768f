"""Take the screenshots for the docs: `python docs/screenshots FOLDER`. Set $CHROMIUM to use another Chromium."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import scenes
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.control.api import ControlApi
from terminal import terminal_svg

from pytest_providercalls.cli.fake_options import run_server

EXECUTABLE = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


@contextmanager
def window(browser: Browser, url: str, scheme: Literal["light", "dark"], height: int = 640) -> Iterator[Page]:
    """Open a page in a new window."""
    page = browser.new_page(viewport={"width": 1180, "height": height}, color_scheme=scheme)
    page.goto(url)
    yield page
    page.close()


def inspect(browser: Browser, fake: FakeVoipbin, selector: str, scheme: Literal["light", "dark"], file: Path) -> None:
    """Take a screenshot of the inspector with one row selected."""
    with run_server(ControlApi(fake), port=0) as listener, window(browser, f"{listener.url}/_fake/ui", scheme) as page:
        page.locator(selector).first.click()
        page.mouse.move(0, 0)
        page.screenshot(path=file)


def main(folder: Path) -> None:
    """Take all screenshots."""
    (folder / "ladder.svg").write_text(terminal_svg(scenes.ladder()), encoding="utf-8")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as temporary:
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=["--no-sandbox"])
        inspect(browser, scenes.ringing(), "#calls-list button:has-text('ringing')", "light", folder / "ringing.png")
        inspect(browser, scenes.refused(), "#requests-list button:has-text('400')", "dark", folder / "refused.png")
        with window(browser, scenes.report(Path(temporary)).as_uri(), "light", height=820) as page:
            page.screenshot(path=folder / "report.png")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
