"""The structure of the code: what the layers of the fake do not know, and how large folders and modules may be."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
BELOW_THE_FAKE = ("world", "wire", "events", "flows", "calls", "gateway", "transports", "mutants")
FOLDERS = ("contracts", "fake_server", "pytest_providercalls", "tests", "benchmarks", "docs", "examples")
MAX_MODULES = 16
MAX_LINES = 400


def modules(*folders: str) -> list[Path]:
    """Return the Python files in some folders and below, relative to the repository, without hidden folders."""
    found = (path.relative_to(ROOT) for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return sorted(path for path in found if not any(part.startswith(".") for part in path.parts))


def source(module: Path) -> str:
    return (ROOT / module).read_text(encoding="utf-8")


def test_no_layer_below_the_fake_names_it() -> None:
    below = {layer: modules(f"fake_server/{layer}") for layer in BELOW_THE_FAKE}
    assert all(below.values())
    assert [str(one) for layer in below.values() for one in layer if "FakeVoipbin" in source(one)] == []


def test_no_folder_has_too_many_modules() -> None:
    assert all(modules(folder) for folder in FOLDERS)
    counts = Counter(str(module.parent) for module in modules(*FOLDERS))
    assert {folder: count for folder, count in counts.items() if count > MAX_MODULES} == {}


def test_no_module_is_too_long() -> None:
    lines = {str(module): len(source(module).splitlines()) for module in modules(*FOLDERS)}
    assert {module: count for module, count in lines.items() if count > MAX_LINES} == {}
