"""The rule ledger: it is complete, it agrees with its files, and a rule that changes is no longer `run`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from importlib import resources

import pytest
from pytest_providercalls.contracts import EDITIONS, RULES, rule_ledger
from pytest_providercalls.contracts.rule_ledger import (
    Basis,
    Entry,
    Result,
    ServerRun,
    entries,
    entry,
    published_runs,
    summary,
)
from pytest_providercalls.contracts.rule_ledger.fingerprint import fingerprint
from pytest_providercalls.contracts.sources import COMMITS, SECTIONS, Page

RULE = RULES["PC-PRE-04"]
AUGUST = "server-2026-08"
MARK = fingerprint(RULE, EDITIONS[AUGUST])
DATE = re.compile(r"20\d\d-\d\d-\d\d")
each_run = pytest.mark.parametrize("run", published_runs(), ids=lambda run: f"{run.edition} {run.date}")


def is_supported(edition: str, one: Entry) -> bool:
    """Whether an entry says when and where its rule was run, or which sections support it."""
    if one.basis is Basis.RUN:
        # Documents cannot be run.
        return bool(DATE.fullmatch(one.date) and one.commit in COMMITS and EDITIONS[edition].based_on)
    kinds = {reference.is_code for name in one.sections for reference in SECTIONS[name].references}
    if EDITIONS[edition].based_on:
        return bool(kinds)
    return False in kinds if one.basis is Basis.DOCUMENTS else kinds == {True}


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_ledger_is_complete(edition: str) -> None:
    ledger = {id: entries(rule)[edition] for id, rule in RULES.items()}
    assert [id for id, one in ledger.items() if not is_supported(edition, one)] == []


def test_the_documents_are_known_from_documents() -> None:
    assert entry(RULE, "documented") == Entry(Basis.DOCUMENTS, sections=("tutorial: Prerequisites",))
    assert entry(RULES["GW-BODY-01"], "documented").basis is Basis.READ


@each_run
def test_a_run_names_existing_rules_and_the_commit_of_its_edition(run: ServerRun) -> None:
    assert set(run.results) <= set(RULES), "remove the lines of rules that no longer exist"
    assert run.commit in COMMITS, "expected the full commit of an edition"
    assert all(one.fingerprint for one in run.results.values())
    for one in run.results.values():
        assert (one.basis is Basis.RUN) is (one.outcome == "passed")
        assert one.outcome != "passed" or not one.reason


def test_a_file_has_one_line_for_each_rule() -> None:
    files = resources.files(rule_ledger).iterdir()
    texts = [one.read_text("utf-8") for one in files if one.name.endswith(".json")]
    assert len(texts) == len(published_runs())
    for text in texts:
        run = ServerRun.from_json(text)
        assert text == run.to_json()
        assert len(text.splitlines()) == len(run.results) + 9


def run_of(date: str, results: Mapping[str, Result]) -> ServerRun:
    return ServerRun(AUGUST, "a server", "c" * 40, date, "", results)


def with_runs(monkeypatch: pytest.MonkeyPatch, *results: tuple[str, Result]) -> Entry:
    """Return the entry of RULE if these are the only runs, the newest first."""
    runs = tuple(run_of(date, {RULE.id: result}) for date, result in results)
    monkeypatch.setattr(rule_ledger, "published_runs", lambda: runs)
    return entry(RULE, AUGUST)


RAN, CHANGED = Result(Basis.RUN, MARK), Result(Basis.RUN, "another")
FAILED = Result(Basis.READ, MARK, "failed", "the status")
NOT_RUN = Result(Basis.READ, MARK, "not run")


def test_a_rule_that_passed_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    assert with_runs(monkeypatch, ("2027-01-02", RAN)) == Entry(Basis.RUN, "2027-01-02", "c" * 40)
    assert str(entry(RULE, AUGUST)) == "run on 2027-01-02, commit ccccccccc"


def test_a_rule_that_changed_is_not_run_until_it_passes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    found = with_runs(monkeypatch, ("2027-01-02", CHANGED))
    assert (found.basis, found.remark) == (Basis.DOCUMENTS, "changed since the run of 2027-01-02")
    assert str(found) == "documents: tutorial: Prerequisites (changed since the run of 2027-01-02)"
    assert with_runs(monkeypatch, ("2027-02-03", RAN), ("2027-01-02", CHANGED)).date == "2027-02-03"


def test_a_rule_that_failed_is_not_run_even_if_it_passed_before(monkeypatch: pytest.MonkeyPatch) -> None:
    found = with_runs(monkeypatch, ("2027-02-03", FAILED), ("2027-01-02", RAN))
    assert (found.basis, found.remark) == (Basis.DOCUMENTS, "on 2027-02-03, failed: the status")


def test_a_newer_run_that_did_not_include_a_rule_does_not_undo_an_older_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert with_runs(monkeypatch, ("2027-02-03", NOT_RUN), ("2027-01-02", RAN)).date == "2027-01-02"
    assert with_runs(monkeypatch, ("2027-02-03", NOT_RUN)).remark == "on 2027-02-03, not run"


def test_an_older_run_counts_if_the_newer_one_tested_another_form(monkeypatch: pytest.MonkeyPatch) -> None:
    assert with_runs(monkeypatch, ("2027-02-03", CHANGED), ("2027-01-02", RAN)).date == "2027-01-02"


def test_a_new_rule_is_known_from_its_sources() -> None:
    new = replace(RULES["CL-GET-01"], id="XX-01")
    assert [str(one) for one in entries(new).values()] == ["read in calls.md 1.4"] * len(EDITIONS)


def test_a_server_that_differs_from_the_documents_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_ledger, "published_runs", tuple)
    # Both cite documents only.
    assert [one.basis for one in entries(RULES["PC-PRE-01"]).values()] == [Basis.DOCUMENTS, Basis.READ, Basis.READ]
    assert [one.basis for one in entries(RULE).values()] == [Basis.DOCUMENTS, Basis.READ, Basis.DOCUMENTS]


def test_a_summary_names_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    with_runs(monkeypatch, ("2027-01-02", RAN))
    assert summary(RULE, AUGUST) == "run on server-2026-08, 2027-01-02"
    assert summary(RULE, "server-2026-04") == "read in the source of server-2026-04"
    # The documents and the newest servers agree here, so that the run applies to both.
    assert summary(RULE, "documented") == "run on server-2026-08, 2027-01-02"


def test_a_summary_without_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    with_runs(monkeypatch)
    assert summary(RULE, AUGUST) == summary(RULE, "documented") == "documents"
    assert summary(RULES["CL-GET-01"], "documented") == "read in the source of server-2026-08"


def test_a_summary_says_that_the_servers_differ_from_the_documents() -> None:
    assert summary(RULES["PC-PRE-01"], "documented") == "server-2026-08 differs"


def test_a_run_is_the_same_after_writing_and_reading() -> None:
    run = run_of("2027-01-02", {"AU-01": RAN, "AU-02": FAILED, "AU-03": NOT_RUN})
    assert ServerRun.from_json(run.to_json()) == run
    assert ServerRun.from_json(run_of("2027-01-02", {}).to_json()).results == {}


def test_pages_of_source_code_are_code() -> None:
    pages = [one for section in SECTIONS.values() for one in section.references if isinstance(one, Page)]
    assert {one.is_code for one in pages if "rfc-editor.org" in one.url or "voipbin.net" in one.url} == {False}
    assert {one.is_code for one in pages if one.url.endswith((".go", ".c"))} == {True}
