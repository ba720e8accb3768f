"""Record a check of a server as a run of the rule ledger."""

from __future__ import annotations

from collections.abc import Iterable

from ..editions import EDITIONS
from ..rule_ledger import Basis, Result, ServerRun, without_run
from ..rule_ledger.fingerprint import fingerprint
from ..rules import RULES
from .check_report import Verdict


def record(
    verdicts: Iterable[Verdict], edition: str, *, server: str, date: str, commit: str = "", setup: str = ""
) -> ServerRun:
    """Return a run with a result for each rule of the catalogue: `run` only for the rules that passed.

    `date` is the date of the check, as in `2026-11-29`. `commit` is the one that the server was built from.
    """
    checked = {one.rule.id: one for one in verdicts}
    absent = {id: Verdict(rule, None, ran=False) for id, rule in RULES.items() if id not in checked}
    results = {id: _result(one, edition) for id, one in {**checked, **absent}.items()}
    return ServerRun(edition, server, commit, date, setup, results)


def _result(verdict: Verdict, edition: str) -> Result:
    mark = fingerprint(verdict.rule, EDITIONS[edition])
    if verdict.kept:
        return Result(Basis.RUN, mark)
    return Result(without_run(verdict.rule, edition).basis, mark, verdict.outcome, verdict.reason)
