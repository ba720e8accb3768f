"""Sources: every rule cites known sections, and every section has public references."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import PurePosixPath

import pytest
from pytest_providercalls.contracts import CLIENT_RULES, RULES, ClientRule, Rule
from pytest_providercalls.contracts.sources import COMMITS, SECTIONS, Citation, File, Page, parse_citations

ALL: list[Rule | ClientRule] = [*RULES.values(), *CLIENT_RULES.values()]
FILES = [one for section in SECTIONS.values() for one in section.references if isinstance(one, File)]
PAGES = [one for section in SECTIONS.values() for one in section.references if isinstance(one, Page)]
each_section = pytest.mark.parametrize("name", SECTIONS)


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.id)
def test_every_source_cites_sections(rule: Rule | ClientRule) -> None:
    found = list(parse_citations(rule.source))
    assert "; ".join(f"{one.name} ({one.remark})" if one.remark else one.name for one in found) == rule.source
    assert len({one.name for one in found}) == len(found)


def test_every_section_is_cited() -> None:
    assert {one.name for rule in ALL for one in parse_citations(rule.source)} == set(SECTIONS)


@each_section
def test_a_section_has_a_title_and_references(name: str) -> None:
    section = SECTIONS[name]
    assert section.title
    assert not section.title.endswith(".")
    assert section.references
    assert len(set(section.references)) == len(section.references)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_file_is_a_path_at_one_of_the_commits(file: File) -> None:
    path = PurePosixPath(file.path)
    assert not path.is_absolute()
    assert str(path) == file.path
    assert ".." not in path.parts
    assert path.suffix in (".go", ".py", ".rst")
    assert file.commit in COMMITS
    assert re.fullmatch("[0-9a-f]{40}", file.commit)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_lines_of_a_file_are_in_order(file: File) -> None:
    assert re.fullmatch(r"([1-9][0-9]*(-[1-9][0-9]*)?)?", file.lines)
    numbers = [int(number) for number in file.lines.split("-") if number]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.url)
def test_a_page_has_a_name_and_a_url(page: Page) -> None:
    assert page.name
    assert re.fullmatch(r"https://[a-z0-9.-]+/\S+", page.url)


@pytest.mark.parametrize(
    ("file", "name", "url"),
    [
        (File("a/b.go"), "a/b.go, August 2026", "blob/2bf22fa4e87d077a69442aa02f74b0c18e2915dd/a/b.go"),
        (File("a.go", "7"), "a.go:7, August 2026", "blob/2bf22fa4e87d077a69442aa02f74b0c18e2915dd/a.go#L7"),
        (
            File("a.go", "7-12", "c0e9601a3c931e75363767fdc2507b4b55f52df7"),
            "a.go:7-12, April 2026",
            "blob/c0e9601a3c931e75363767fdc2507b4b55f52df7/a.go#L7-L12",
        ),
    ],
)
def test_a_file_has_a_url_on_github(file: File, name: str, url: str) -> None:
    assert (file.name, file.url) == (name, f"https://github.com/voipbin/monorepo/{url}")


def test_a_remark_is_not_part_of_the_section_name() -> None:
    found = list(parse_citations("gateway.md 9; tutorial: Troubleshooting (403 Forbidden, Fix)"))
    assert found == [
        Citation("gateway.md 9", "", SECTIONS["gateway.md 9"]),
        Citation("tutorial: Troubleshooting", "403 Forbidden, Fix", SECTIONS["tutorial: Troubleshooting"]),
    ]


def test_an_unknown_section_is_an_error() -> None:
    with pytest.raises(KeyError, match=r"gateway\.md 99"):
        list(parse_citations("gateway.md 9; gateway.md 99"))


def test_importing_rules_does_not_load_their_sources() -> None:
    code = (
        "import sys; from pytest_providercalls.contracts import RULES, CLIENT_RULES\n"
        "from pytest_providercalls.fake_server import FakeVoipbin\n"
        "print([name for name in sys.modules if 'contracts.sources' in name])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
