"""The screenshots: their scenes can be set up. Taking them needs a browser."""

from __future__ import annotations

import importlib.util
from pathlib import Path

SCENES = Path(__file__).parents[2] / "docs" / "screenshots" / "scenes.py"


def test_each_scene_shows_what_its_screenshot_selects() -> None:
    spec = importlib.util.spec_from_file_location("scenes", SCENES)
    assert spec is not None
    assert spec.loader is not None
    scenes = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scenes)
    fake = scenes.refused()
    assert [call.status for call in fake.calls.values()] == ["hangup", "ringing", "dialing"]
    assert fake.requests[-1].status == 400
    assert "180 Ringing" in scenes.ladder()
