"""Everything that the README shows runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
SNIPPETS = re.findall(r"^```python\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def test_each_snippet_is_a_green_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(**{f"test_{number}": snippet for number, snippet in enumerate(SNIPPETS)})
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error", "-v")
    passed = re.findall(r"^test_(\d+)\.py::\S+ PASSED", result.stdout.str(), re.MULTILINE)
    assert set(map(int, passed)) == set(range(len(SNIPPETS)))
    assert result.ret == 0


def test_the_table_of_numbers_is_the_fakes() -> None:
    from pytest_providercalls.fake_server.carriers import MAGIC

    rows = re.findall(r"^\| `\+120255501([0-9]{2})` \| (.*) \|$", README, re.MULTILINE)
    assert dict(rows) == {digits: says for digits, (says, _) in MAGIC.items()}


def test_there_are_snippets() -> None:
    assert len(SNIPPETS) >= 4


def test_the_first_test_is_five_lines_long() -> None:
    body = SNIPPETS[0].partition("def test_")[2].splitlines()[1:]
    assert len([line for line in body if line.strip()]) == 5


def test_the_failure_that_is_shown_is_what_an_author_sees(alone: pytest.Pytester) -> None:
    alone.makepyfile(
        """
        def test_it(voipbin, voipbin_client):
            voipbin.delete_provider(voipbin.provider.id)
            body = {"provider_id": voipbin.provider.id, "destinations": [{"type": "tel", "target": "+12025550143"}]}
            voipbin_client.post("/providercalls", json=body).raise_for_status()
        """
    )
    shown = re.search(r"^    POST .*?(?=^\n|\Z)", README, re.DOTALL | re.MULTILINE)
    assert shown is not None
    lines = [f"*{line.strip()}*" for line in shown[0].splitlines() if line.strip()]
    assert len(lines) == 3
    result = alone.runpytest_subprocess("-p", "no:cacheprovider")
    result.stdout.fnmatch_lines(lines)


def test_the_commands_without_make_are_those_of_the_makefile() -> None:
    """A machine without make gets the same."""
    makefile = (ROOT / "Makefile").read_text()
    for environment in (".venv-demo", ".venv-test"):
        commands = [part.strip() for part in re.findall(rf"{environment}/bin/[^&\n]+", README)]
        assert commands, environment
        for command in commands:
            words = command.split()
            assert words[0] in makefile, command
            assert words[-1] in makefile, command


def test_every_fixture_is_in_the_table() -> None:
    from pytest_providercalls import plugin

    fixtures = {name for name in vars(plugin) if name.startswith("voipbin")}
    shown = set(re.findall(r"`(voipbin\w*)`", README))
    assert fixtures <= shown
