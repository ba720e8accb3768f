"""Fingerprints: what makes a rule another rule, and what does not."""

from __future__ import annotations

import importlib.util
import itertools
import sys
from pathlib import Path

import pytest
from pytest_providercalls.contracts import EDITIONS, RULES, Rule
from pytest_providercalls.contracts import rules as catalogue
from pytest_providercalls.contracts.rule_ledger.fingerprint import fingerprint

AUGUST = EDITIONS["server-2026-08"]
SAMPLE = '''
import re

from pytest_providercalls.contracts.answer import DENIED
from pytest_providercalls.contracts.http import Response
from pytest_providercalls.contracts.probes import ProbeClient, require_equal
from pytest_providercalls.contracts.rule import Safety, rule

_PATHS = ("/calls", "/flows")
_HEX = re.compile("[0-9a-f]+")
_UNUSED = 1


@rule("XX-01", "gateway.md 9", Safety.READ, DENIED)
def sample(api: ProbeClient) -> Response:
    """A sample is refused."""
    found = _first(api)
    if api.edition.request_ids:
        require_equal("the text", f"{found:>4}", _HEX.fullmatch("a"))
    return found


def _first(api: ProbeClient) -> Response:
    return [api.get(path, as_="customer_agent") for path in _PATHS][0]
'''
NUMBERS = itertools.count()


def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str = SAMPLE) -> Rule:
    """Return the rule of a module of the catalogue with this text."""
    name = f"{catalogue.__name__}.sample_{next(NUMBERS)}"
    path = tmp_path / f"{name}.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    return next(value for value in vars(module).values() if isinstance(value, Rule))


def changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str) -> bool:
    """Whether a replacement in the sample changes its fingerprint."""
    assert old in SAMPLE
    marks = {fingerprint(sample(tmp_path, monkeypatch, text), AUGUST) for text in (SAMPLE, SAMPLE.replace(old, new, 1))}
    return len(marks) == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("A sample is refused.", "A sample is accepted."),
        ("READ, DENIED)", "READ)"),
        ('"the text"', '"the name"'),
        ("return found", "return None"),
        ("[0]", "[1]"),
        ('"/flows"', '"/groupcalls"'),
        ("0-9a-f", "0-9A-F"),
        ("edition.request_ids", "edition.rtp_debug"),
        (">4", ">5"),
    ],
)
def test_another_claim_or_another_check_is_another_rule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str
) -> None:
    assert changed(tmp_path, monkeypatch, old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("found = _first(api)", "found = (_first(\n        api,\n    ))  # a comment"),
        ('"""A sample is refused."""', '"""A sample\n\n    is refused.\n    """'),
        ("def sample(api: ProbeClient) -> Response:", "def renamed(api):"),
        ("-> Response:\n    return", '-> Response:\n    """Return the first."""\n    return'),
        ('"/calls"', "'/calls'"),
        ("_UNUSED = 1", "_UNUSED = 2"),
        ("gateway.md 9", "gateway.md 6"),
        ("Safety.READ", "Safety.INERT"),
    ],
)
def test_a_fingerprint_does_not_depend_on_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str
) -> None:
    assert not changed(tmp_path, monkeypatch, old, new)


def test_a_fingerprint_is_the_same_in_every_version_of_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fingerprint(sample(tmp_path, monkeypatch), AUGUST) == "8b606f5f0b18"


def test_a_rule_without_installed_source_has_no_fingerprint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = sample(tmp_path, monkeypatch)
    next(tmp_path.glob("*.py")).unlink()
    assert fingerprint(rule, AUGUST) == ""


def test_a_module_that_was_forgotten_has_a_fingerprint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = sample(tmp_path, monkeypatch)
    monkeypatch.delitem(sys.modules, rule.probe.__module__)
    assert fingerprint(rule, AUGUST) == "8b606f5f0b18"


def test_editions_with_the_same_behaviour_share_a_fingerprint() -> None:
    assert fingerprint(RULES["PC-PRE-04"], EDITIONS["documented"]) == fingerprint(RULES["PC-PRE-04"], AUGUST)
    assert fingerprint(RULES["PC-PRE-01"], EDITIONS["documented"]) != fingerprint(RULES["PC-PRE-01"], AUGUST)
    # Its answers are equal; the flag that its probe reads is not.
    assert fingerprint(RULES["AF-RUN-06"], EDITIONS["documented"]) != fingerprint(RULES["AF-RUN-06"], AUGUST)


def test_every_rule_has_a_fingerprint_of_its_own_in_each_edition() -> None:
    for edition in EDITIONS.values():
        marks = [fingerprint(rule, edition) for rule in RULES.values()]
        assert len({*marks} - {""}) == len(RULES)
