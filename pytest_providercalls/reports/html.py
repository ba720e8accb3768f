"""The report as one HTML page. It loads nothing from elsewhere and is readable without its script."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timezone
from importlib import resources
from typing import Any, Final
from xml.etree import ElementTree

from ..analyses.mutation_testing import STATES
from ..contracts.visible_text import visible
from .contract_coverage import COVERAGE_STATES
from .html_elements import Element, bullet_list, column_heads, element, plural, section, stacked_table, table
from .html_summary import BAR_PARTS, legend, outcomes_tile

Json = Mapping[str, Any]

_COVERAGE: Final[Mapping[str, tuple[str, str]]] = {
    "both": ("\u25cf", "passed and refused"),
    "refused": ("\u25d1", "refused only"),
    "passed": ("\u25d0", "passed only"),
    "uncovered": ("\u25cb", "not covered"),
}
"""A symbol and a label for each coverage state, since not everyone can tell the colours apart."""


def page(data: Json, suite: str) -> str:
    """Return the page for a report. `suite` is the name of the tested project."""
    style, script = (resources.files(__package__).joinpath(f"page.{kind}").read_text("utf-8") for kind in ("css", "js"))
    policy = f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", f"VoIPbin contract coverage: {suite}"),
        element("style", style),
    )
    body = element("body", _header(data, suite), element("main", *_sections(data)), element("script", script))
    # ElementTree escapes all text except the style and the script, which are our own files.
    text = ElementTree.tostring(element("html", head, body, lang="en"), "unicode", method="html")
    return f"<!DOCTYPE html>\n{visible(text)}"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _header(data: Json, suite: str) -> Element:
    now = datetime.now(timezone.utc)
    sent = f"{plural(data['tests'], 'test')} sent {plural(data['requests'], 'request')}"
    return element(
        "header",
        element("p", "VoIPbin contract coverage", class_="kicker"),
        element("h1", suite),
        element(
            "p",
            f"{sent} and placed {plural(data['calls_placed'], 'call')} on the fake VoIPbin. No phone rang. ",
            element("time", now.strftime("%Y-%m-%d %H:%M UTC"), datetime=now.isoformat(timespec="seconds")),
            class_="lead",
        ),
        _tiles(data),
    )


def _tiles(data: Json) -> Element:
    coverage = data["coverage"]
    tiles = [
        outcomes_tile(data["outcomes"]),
        ("Rules covered", f"{coverage['covered']}", f"of {coverage['total']}, {coverage['percent']}%", "plain"),
        ("Refusals tested", f"{coverage['both'] + coverage['refused']}", "rules that refused a request", "plain"),
        (
            "Refusals not tested",
            f"{coverage['untested_refusals']}",
            "rules that never refused a request",
            "warn" if coverage["untested_refusals"] else "good",
        ),
        (
            "Real connections blocked",
            f"{len(data['blocked'])}",
            "see below" if data["blocked"] else "no attempts",
            "bad" if data["blocked"] else "good",
        ),
    ]
    if "mutants" in data:
        tiles.append(_mutants_tile(data["mutants"]))
    if "editions" in data:
        tiles.append(_editions_tile(data["editions"]))
    return element("ul", *(_tile(*tile) for tile in tiles), class_="tiles")


def _mutants_tile(mutants: Json) -> tuple[str, str, str, str]:
    total = sum(len(mutants[state]) for state in STATES)
    return "Mutants killed", f"{len(mutants['killed'])}", f"of {total}", "warn" if mutants["survived"] else "good"


def _editions_tile(editions: Json) -> tuple[str, str, str, str]:
    dependent = len(editions["edition_dependent"])
    mood = "warn" if dependent else "good"
    return "Edition-dependent tests", f"{dependent}", f"of {editions['compared']} compared", mood


def _tile(name: str, number: str, more: str, mood: str) -> Element:
    return element(
        "li",
        element("span", name, class_="name"),
        element("strong", number),
        element("span", more, class_="more"),
        class_=f"tile {mood}",
    )


def _sections(data: Json) -> Iterator[Element]:
    yield section("resources", "Coverage by resource", legend(), _resources(data["coverage"]))
    if "mutants" in data:
        yield section("mutants", "Surviving mutants", *_mutants(data["mutants"], data["rules"]))
    if "editions" in data:
        yield section("editions", "Edition-dependent tests", *_editions(data["editions"], data["rules"]))
    if data.get("conformance"):
        yield section("conformance", "Client conformance", *_conformance(data["conformance"]))
    if data["deployed_differences"]:
        lines = [f"{text} ({count}x)" for text, count in data["deployed_differences"].items()]
        yield section("deployed", "Responses that the deployed servers give differently", bullet_list(lines, ""))
    yield section("rules", "All rules", _filters(data), _rules(data))
    yield section("client-warnings", "Client warnings", _client_warnings(data["client_warnings"]))
    yield section("blocked", "Blocked attempts to reach the real VoIPbin", _blocked(data["blocked"]))
    yield section("guard", "Guard layers", _guard(data["guard"]))


def _badge(rule: Json) -> Element:
    return _state_badge(rule["coverage"], rule["untested_refusal"])


def _state_badge(state: str, untested: bool = False) -> Element:
    symbol, label = _COVERAGE[state]
    classes = f"badge {state} untested" if untested else f"badge {state}"
    return element("span", element("span", symbol, aria_hidden="true"), f" {label}", class_=classes)


# coverage by resource


def _resources(coverage: Json) -> Element:
    columns = (*COVERAGE_STATES, "untested_refusals")
    rows = [
        element(
            "tr",
            element("th", group, scope="row"),
            element("td", _bar(counts), class_="bar-cell"),
            element("td", f"{counts['covered']} of {counts['total']}", class_="number"),
            *(element("td", str(counts[column] or "\u2013"), class_="number") for column in columns),
        )
        for group, counts in sorted(coverage["groups"].items(), key=lambda one: -one[1]["covered"])
    ]
    heads = [
        *column_heads("resource"),
        element("td"),
        *column_heads("covered", *(_COVERAGE[state][1] for state in COVERAGE_STATES), "refusal not tested"),
    ]
    return table("Rule coverage by resource", heads, rows, class_="resources")


def _bar(counts: Json) -> Element:
    """Return a coloured bar. It is decorative: the numbers are in the next columns."""
    parts = [element("rect", x=x, width=width, height="1", class_=name) for name, x, width in _bar_parts(counts)]
    return element("svg", *parts, viewBox="0 0 100 1", preserveAspectRatio="none", class_="bar", aria_hidden="true")


def _bar_parts(counts: Json) -> Iterator[tuple[str, str, str]]:
    x = 0.0
    untested = counts["untested_refusals"]
    shares = {**counts, "passed": counts["passed"] - untested, "untested": untested}
    for name in BAR_PARTS:
        width = 100 * shares[name] / counts["total"]
        yield name, f"{x:.2f}", f"{width:.2f}"
        x += width


# the rules


def _filters(data: Json) -> Element:
    """Return the filter form. It is hidden until the script runs, since it does nothing without it."""
    groups = [element("option", group, value=group) for group in data["coverage"]["groups"]]
    boxes = [
        element(
            "label",
            element("input", type="checkbox", name="coverage", value=state, checked=""),
            _state_badge(state),
            class_="choice",
        )
        for state in COVERAGE_STATES
    ]
    return element(
        "form",
        element("label", "Find ", element("input", type="search", name="text", placeholder="id, words or a test name")),
        element("label", "Resource ", element("select", element("option", "all", value=""), *groups, name="group")),
        element("fieldset", element("legend", "Coverage"), *boxes),
        element("button", "Open all details", type="button", name="details", aria_pressed="false"),
        element("output", "", aria_live="polite"),
        id="filters",
        hidden="",
        aria_label="Filter the rules",
    )


def _rules(data: Json) -> Element:
    mutants = {id: words for state, words in STATES.items() for id in data.get("mutants", {}).get(state, ())}
    names = ("rule", "statement", "resource", "coverage", "passed", "refused", "tests", *("mutant",) * bool(mutants))
    heads = column_heads(*names)
    heads[names.index("coverage")].set("aria-sort", "ascending")
    rules = sorted(data["rules"].items(), key=lambda one: (_rank(one[1]), one[0]))
    rows = [_rule(id, rule, mutants) for id, rule in rules]
    return table("All rules, with their coverage and tests", heads, rows, id="rules-table")


def _rule(id: str, rule: Json, mutants: Mapping[str, str]) -> Element:
    numbers = (rule["passed"], rule["refused"], len(rule["tests"]))
    return element(
        "tr",
        element("th", element("a", id, href=f"#{id}"), scope="row"),
        element(
            "td",
            element("details", element("summary", rule["statement"]), element("div", *_details(rule), class_="inside")),
        ),
        element("td", rule["group"]),
        element("td", _badge(rule), *_untested_note(rule), data_value=_rank(rule)),
        *(element("td", str(number or "\u2013"), class_="number", data_value=number) for number in numbers),
        element("td", mutants.get(id, "\u2013")) if mutants else None,
        id=id,
        data_coverage=rule["coverage"],
        data_group=rule["group"],
    )


def _rank(rule: Json) -> int:
    """Return the sort key of a rule's coverage: a rule with an untested refusal comes before others in its state."""
    return 2 * COVERAGE_STATES.index(rule["coverage"]) - bool(rule["untested_refusal"])


def _untested_note(rule: Json) -> Iterator[Element]:
    if rule["untested_refusal"]:
        yield element("span", "refusal not tested", class_="more")


def _details(rule: Json) -> Iterator[Element]:
    facts = [("Source", rule["source"]), ("Safety of its probe", rule["safety"]), ("Hint", rule["hint"])]
    pairs = [element("div", element("dt", name), element("dd", value)) for name, value in facts if value]
    yield element("dl", *pairs)
    rows = [
        element("tr", element("th", edition, scope="row"), *_answer(answer), _known_by(rule["ledger"][edition]))
        for edition, answer in rule["answers"].items()
    ]
    heads = column_heads("edition", "status", "reason", "message or behaviour", "known by")
    yield table("Answer in each edition", heads, rows)
    yield element("p", "Covered by", class_="label")
    yield bullet_list(map(_covering_test, rule["tests"]), "Not covered by any test.")


def _answer(answer: Json) -> Iterator[Element]:
    yield element("td", str(answer["status"]), class_="number")
    yield element("td", element("code", answer["reason"]) if answer["reason"] else "\u2013")
    yield element("td", answer["message"] or answer["note"] or "\u2013")


def _known_by(entry: Json) -> Element:
    """Return how a rule is known in an edition: a run with its date, or the sections that state it."""
    more = [entry["date"]] if "date" in entry else [*entry["sections"], *filter(None, [entry.get("remark")])]
    return element("td", entry["basis"], element("span", "; ".join(more), class_="more"))


def _covering_test(test: Json) -> Element:
    counts = [f"{state} {test[state]}\u00d7" for state in ("passed", "refused") if test[state]]
    return element("span", element("code", test["test"]), f" {', '.join(counts)}")


# the analyses


def _mutants(mutants: Json, rules: Json) -> Iterator[Element]:
    rows = [
        element(
            "tr",
            element("th", element("a", id, href=f"#{id}"), scope="row"),
            element("td", rules[id]["statement"]),
            element("td", _badge(rules[id])),
            element("td", _tests(mutants["ran"][id])),
        )
        for id in sorted(mutants["survived"], key=lambda rule: (_rank(rules[rule]), rule))
    ]
    if rows:
        yield stacked_table(
            "Rules that could be violated without failing a test",
            ("rule", "statement", "coverage", "tests that covered it and still passed"),
            rows,
        )
    else:
        yield element("p", "None.", class_="none")
    for state in ("equivalent", "undecided"):
        if mutants[state]:
            yield element("p", f"{STATES[state].capitalize()}: {', '.join(mutants[state])}.")
    for key, label in (("skipped", "without mutations"), ("not_repeatable", "when run again")):
        if mutants[key]:
            yield element("p", f"Skipped because they fail {label}:", class_="label")
            yield bullet_list((element("code", test) for test in mutants[key]), "")


def _conformance(verdicts: list[Json]) -> Iterator[Element]:
    yield table(
        "Whether each client complies with the client rules",
        column_heads("suite", "rule", "edition", "verdict", "reason"),
        [
            element(
                "tr",
                element("th", element("code", one["suite"]), scope="row"),
                *(element("td", one[key]) for key in ("rule", "edition", "verdict")),
                element("td", one["reason"].partition("\n")[0]),
            )
            for one in verdicts
        ],
    )


def _editions(editions: Json, rules: Json) -> Iterator[Element]:
    count = f"{editions['stable']} of {plural(editions['compared'], 'test')}"
    yield element("p", f"{count} have the same outcome in {', '.join(editions['names'])}.")
    if not editions["edition_dependent"]:
        return
    yield stacked_table(
        "Tests whose outcome depends on the edition",
        ("test", *editions["names"], "possible causes"),
        [
            element(
                "tr",
                element("th", element("code", one["test"]), scope="row", class_="long"),
                *(element("td", _outcome(one["outcomes"].get(name, "\u2013"))) for name in editions["names"]),
                element("td", _causes(one["differences"], rules)),
            )
            for one in editions["edition_dependent"]
        ],
    )
    if editions["uncovered_flags"]:
        flags = ", ".join(editions["uncovered_flags"])
        yield element("p", f"The editions also differ in flags that no rule covers: {flags}.", class_="label")


def _outcome(outcome: str) -> Element:
    symbol = {"passed": "\u2713", "failed": "\u2717"}.get(outcome, "\u2013")
    return element("span", element("span", symbol, aria_hidden="true"), f" {outcome}", class_=f"outcome {outcome}")


def _causes(differences: list[Json], rules: Json) -> Element:
    """Return the likeliest cause, with the others folded behind it."""
    entries = [
        element(
            "li",
            element("a", one["rule"], href=f"#{one['rule']}"),
            f" {rules[one['rule']]['statement']}",
            element("span", "; ".join(f"{name}: {answer}" for name, answer in one["answers"].items()), class_="more"),
        )
        for one in differences
    ]
    if not entries:
        return element("span", "none of the rules that the test covered", class_="none")
    rest = element(
        "details", element("summary", f"{len(entries) - 1} more"), element("ul", *entries[1:], class_="plain")
    )
    return element("div", element("ul", entries[0], class_="plain"), rest if entries[1:] else None)


def _tests(tests: list[str]) -> Element:
    if len(tests) == 1:
        return element("code", tests[0])
    codes = (element("code", test) for test in tests)
    return element("details", element("summary", plural(len(tests), "test")), bullet_list(codes, ""))


# the rest


def _client_warnings(warnings: Mapping[str, int]) -> Element:
    return bullet_list((f"{text} ({count}\u00d7)" for text, count in warnings.items()), "None: no ignored fields.")


def _blocked(blocked: Iterable[str]) -> Element:
    return bullet_list((element("code", attempt) for attempt in blocked), "None.")


def _guard(layers: Iterable[str]) -> Element:
    return bullet_list(layers, "The guard was disabled: tests could have placed real calls.")
