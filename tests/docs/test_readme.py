"""The examples, the output and the commands in the README are correct."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
SNIPPETS = re.findall(r"^```python\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def test_each_snippet_passes(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(**{f"test_{number}": snippet for number, snippet in enumerate(SNIPPETS)})
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error", "-v")
    passed = re.findall(r"^test_(\d+)\.py::\S+ PASSED", result.stdout.str(), re.MULTILINE)
    assert set(map(int, passed)) == set(range(len(SNIPPETS)))
    assert result.ret == 0


def test_there_is_a_snippet() -> None:
    assert len(SNIPPETS) >= 1


def test_the_first_test_is_five_lines_long() -> None:
    body = SNIPPETS[0].partition("def test_")[2].splitlines()[1:]
    assert len([line for line in body if line.strip()]) == 5


def test_the_shown_failure_is_what_pytest_prints(bare_pytester: pytest.Pytester) -> None:
    bare_pytester.makepyfile(re.sub(r'"destinations": \[(.*)\]', r'"destination": \1', SNIPPETS[0]))
    shown = re.search(r"^    POST .*?(?=^\n|\Z)", README, re.DOTALL | re.MULTILINE)
    assert shown is not None
    lines = [
        line.strip().replace("***", "[*][*][*]").replace("[tutorial", "[[]tutorial") for line in shown[0].splitlines()
    ]
    assert len(lines) == 4
    result = bare_pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.stdout.fnmatch_lines([f"*{line}*" for line in lines])


def test_the_commands_without_make_match_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for environment in (".venv-demo", ".venv-test"):
        commands = [part.strip() for part in re.findall(rf"{environment}/bin/[^&\n]+", README)]
        assert commands, environment
        for command in commands:
            words = command.split()
            assert words[0] in makefile, command
            assert words[-1] in makefile, command


def test_the_tour_lists_every_fixture() -> None:
    from pytest_providercalls import plugin

    fixtures = {name for name in vars(plugin) if name.startswith("voipbin")}
    listed = set(re.findall(r"`(voipbin\w*)`", (ROOT / "docs" / "tutorial" / "tour.md").read_text()))
    assert fixtures <= listed


def test_the_front_page_of_the_site_shows_the_same_test() -> None:
    assert SNIPPETS[0] in (ROOT / "docs" / "index.md").read_text()
