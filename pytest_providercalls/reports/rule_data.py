"""A rule of the catalogue as JSON data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..contracts.answer import Answer
    from ..contracts.conformance.client_rule import ClientRule
    from ..contracts.rule import Rule
    from ..contracts.rule_ledger import Entry


def rule_to_dict(rule: Rule | ClientRule) -> dict[str, Any]:
    """Return a rule of the API, or a rule for clients, as JSON data."""
    from ..contracts.rule import Rule

    facts = _api_facts(rule) if isinstance(rule, Rule) else _client_facts(rule)
    return {"id": rule.id, "statement": rule.statement, "source": rule.source, **facts}


def _api_facts(rule: Rule) -> dict[str, Any]:
    from ..contracts.rule_ledger import entries

    return {
        "safety": rule.safety.name,
        "hazard": rule.hazard,
        "hint": rule.hint,
        "edition_flag": rule.edition_flag,
        "since": rule.since,
        "depends_on": list(rule.depends_on),
        "answers": {edition: _answer(answer) for edition, answer in rule.answers.items()},
        "ledger": {edition: _ledger_entry(entry) for edition, entry in entries(rule).items()},
    }


def _client_facts(rule: ClientRule) -> dict[str, Any]:
    return {
        "hint": rule.hint,
        "requires": list(rule.requires),
        "requires_any": list(rule.requires_any),
        "since": rule.since,
    }


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "status": answer.status,
        "reason": answer.reason,
        "message": answer.message,
        "body": answer.body.name,
        "note": answer.note,
    }


def _ledger_entry(entry: Entry) -> dict[str, Any]:
    facts = {"date": entry.date, "commit": entry.commit, "sections": list(entry.sections), "remark": entry.remark}
    return {"basis": entry.basis.value, **{name: value for name, value in facts.items() if value}}
