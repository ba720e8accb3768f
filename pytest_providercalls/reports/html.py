"""The report as one HTML page: nothing is loaded from elsewhere, and without its script it can be read as well."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timezone
from importlib import resources
from typing import Any, Final
from xml.etree import ElementTree

from ..analyses.mutation_testing import STATES
from .contract_coverage import COVERAGE_STATES

Element = ElementTree.Element
Json = Mapping[str, Any]

_HOW_MET: Final[Mapping[str, tuple[str, str]]] = {
    "both": ("\u25cf", "passed and refused"),
    "refused": ("\u25d1", "refused only"),
    "passed": ("\u25d0", "passed only"),
    "never": ("\u25cb", "never met"),
}
"""A sign and words for each way of being met: colour alone tells not everybody."""


def page(data: Json, suite: str) -> str:
    """The page of a report's data. `suite` is the name of what was tested."""
    style, script = (resources.files(__package__).joinpath(f"page.{kind}").read_text("utf-8") for kind in ("css", "js"))
    policy = f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'"
    head = _e(
        "head",
        _e("meta", charset="utf-8"),
        _e("meta", http_equiv="Content-Security-Policy", content=policy),
        _e("meta", name="viewport", content="width=device-width, initial-scale=1"),
        _e("title", f"{suite}: the VoIPbin contract, as far as it was met"),
        _e("style", style),
    )
    body = _e("body", _header(data, suite), _e("main", *_sections(data)), _e("script", script))
    # ElementTree escapes whatever is put into it; only the style and the script, which are ours, go in as they are.
    return "<!DOCTYPE html>\n" + ElementTree.tostring(_e("html", head, body, lang="en"), "unicode", method="html")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _e(tag: str, *children: Element | str | None, **attributes: object) -> Element:
    """An element; `class_` and `data_x` stand for the attributes `class` and `data-x`, and None for none."""
    element = Element(tag)
    for name, value in attributes.items():
        if value is not None:
            element.set(name.rstrip("_").replace("_", "-"), str(value))
    last = None
    for child in children:
        if isinstance(child, str):
            if last is None:
                element.text = (element.text or "") + child
            else:
                last.tail = (last.tail or "") + child
        elif child is not None:
            element.append(child)
            last = child
    return element


def _header(data: Json, suite: str) -> Element:
    now = datetime.now(timezone.utc)
    counts = f"{_many(data['tests'], 'test')} sent {_many(data['requests'], 'request')} to the fake VoIPbin"
    return _e(
        "header",
        _e("p", "The VoIPbin contract, as far as it was met by", class_="kicker"),
        _e("h1", suite),
        _e(
            "p",
            f"{counts}, {_many(data['calls_placed'], 'call')} were placed there, no phone rang. ",
            _e("time", now.strftime("%Y-%m-%d %H:%M UTC"), datetime=now.isoformat(timespec="seconds")),
            class_="lead",
        ),
        _tiles(data),
    )


def _tiles(data: Json) -> Element:
    coverage = data["coverage"]
    tiles = [
        ("rules met", f"{coverage['met']}", f"of {coverage['total']}, {coverage['percent']}%", "plain"),
        ("rules that refused", f"{coverage['both'] + coverage['refused']}", "somewhere in the suite", "plain"),
        (
            "unseen refusals",
            f"{coverage['unseen']}",
            "rules that every test has passed",
            "warn" if coverage["unseen"] else "good",
        ),
        (
            "real attempts blocked",
            f"{len(data['blocked'])}",
            "see below" if data["blocked"] else "none was made",
            "bad" if data["blocked"] else "good",
        ),
    ]
    if "mutants" in data:
        tiles.append(_mutants_tile(data["mutants"]))
    if "editions" in data:
        tiles.append(_editions_tile(data["editions"]))
    return _e("ul", *(_tile(*tile) for tile in tiles), class_="tiles")


def _mutants_tile(mutants: Json) -> tuple[str, str, str, str]:
    missed = len(mutants["unnoticed"])
    total = sum(len(mutants[state]) for state in STATES)
    return (
        "broken rules noticed",
        f"{len(mutants['noticed'])}",
        f"of {total} that were met",
        "warn" if missed else "good",
    )


def _editions_tile(editions: Json) -> tuple[str, str, str, str]:
    depend = len(editions["depends"])
    return "tests tied to an edition", f"{depend}", f"of {editions['compared']} compared", "warn" if depend else "good"


def _tile(name: str, number: str, more: str, mood: str) -> Element:
    return _e(
        "li",
        _e("span", name, class_="name"),
        _e("strong", number),
        _e("span", more, class_="more"),
        class_=f"tile {mood}",
    )


def _sections(data: Json) -> Iterator[Element]:
    yield _section("resources", "By resource", _resources(data["coverage"]))
    if "mutants" in data:
        yield _section("mutants", "Broken rules that nobody noticed", *_mutants(data["mutants"], data["rules"]))
    if "editions" in data:
        yield _section("editions", "What depends on the edition", *_editions(data["editions"], data["rules"]))
    yield _section("rules", "Every rule", _filters(data), _rules(data))
    yield _section("advice", "Advice", _advice(data["advice"]))
    yield _section("blocked", "Attempts to reach the real VoIPbin", _blocked(data["blocked"]))
    yield _section("guard", "The guard's layers", _guard(data["guard"]))


def _section(id: str, title: str, *content: Element) -> Element:
    return _e("section", _e("h2", title, id=f"{id}-title"), *content, id=id, aria_labelledby=f"{id}-title")


def _table(caption: str, heads: Iterable[Element], rows: Iterable[Element], **attributes: object) -> Element:
    table = _e(
        "table",
        _e("caption", caption),
        _e("thead", _e("tr", *heads)),
        _e("tbody", *rows),
        **attributes,
    )
    # A wide table scrolls by itself, with the keyboard too.
    return _e("div", table, class_="scroll", tabindex="0", role="region", aria_label=caption)


def _heads(*names: str) -> list[Element]:
    return [_e("th", name, scope="col") for name in names]


def _list(items: Iterable[Element | str], otherwise: str) -> Element:
    entries = [_e("li", item) for item in items]
    return _e("ul", *entries, class_="plain") if entries else _e("p", otherwise, class_="none")


def _many(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _badge(how: str, unseen: bool = False) -> Element:
    sign, words = _HOW_MET[how]
    mood = f"{how} unseen" if unseen else how
    return _e("span", _e("span", sign, aria_hidden="true"), f" {words}", class_=f"badge {mood}")


# by resource


def _resources(coverage: Json) -> Element:
    rows = [
        _e(
            "tr",
            _e("th", group, scope="row"),
            _e("td", _bar(counts), class_="bar-cell"),
            _e("td", f"{counts['met']} of {counts['total']}", class_="number"),
            *(_e("td", str(counts[how] or "\u2013"), class_="number") for how in (*COVERAGE_STATES, "unseen")),
        )
        for group, counts in sorted(coverage["groups"].items(), key=lambda one: -one[1]["met"])
    ]
    heads = [
        *_heads("resource"),
        _e("td"),
        *_heads("met", *(_HOW_MET[how][1] for how in COVERAGE_STATES), "refusal unseen"),
    ]
    return _table("How many rules of each resource were met, and how", heads, rows, class_="resources")


def _bar(counts: Json) -> Element:
    """A bar in four colours, for the eye: the numbers stand beside it."""
    parts = [_e("rect", x=x, width=width, height="1", class_=how) for how, x, width in _parts(counts)]
    return _e("svg", *parts, viewBox="0 0 100 1", preserveAspectRatio="none", class_="bar", aria_hidden="true")


def _parts(counts: Json) -> Iterator[tuple[str, str, str]]:
    x = 0.0
    shares = {**counts, "passed": counts["passed"] - counts["unseen"]}
    for how in ("both", "refused", "passed", "unseen", "never"):
        width = 100 * shares[how] / counts["total"]
        yield how, f"{x:.2f}", f"{width:.2f}"
        x += width


# the rules


def _filters(data: Json) -> Element:
    """What the script shows and serves: without it these would do nothing."""
    groups = [_e("option", group, value=group) for group in data["coverage"]["groups"]]
    boxes = [
        _e("label", _e("input", type="checkbox", name="how", value=how, checked=""), _badge(how), class_="choice")
        for how in COVERAGE_STATES
    ]
    return _e(
        "form",
        _e("label", "Find ", _e("input", type="search", name="text", placeholder="id, words, a test's name")),
        _e("label", "Resource ", _e("select", _e("option", "all", value=""), *groups, name="group")),
        _e("fieldset", _e("legend", "How met"), *boxes),
        _e("button", "Open all details", type="button", name="details", aria_pressed="false"),
        _e("output", "", aria_live="polite"),
        id="filters",
        hidden="",
        aria_label="Filter the rules",
    )


def _rules(data: Json) -> Element:
    broken = {id: words for state, words in STATES.items() for id in data.get("mutants", {}).get(state, ())}
    names = ("rule", "what it says", "resource", "how met", "passed", "refused", "tests", *("broken",) * bool(broken))
    heads = _heads(*names)
    heads[names.index("how met")].set("aria-sort", "ascending")
    rules = sorted(data["rules"].items(), key=lambda one: (_rank(one[1]), one[0]))
    rows = [_rule(id, rule, broken) for id, rule in rules]
    return _table("Every rule, how it was met, and by which tests", heads, rows, id="rules-table")


def _rule(id: str, rule: Json, broken: Mapping[str, str]) -> Element:
    numbers = (rule["passed"], rule["refused"], len(rule["tests"]))
    return _e(
        "tr",
        _e("th", _e("a", id, href=f"#{id}"), scope="row"),
        _e("td", _e("details", _e("summary", rule["statement"]), _e("div", *_details(rule), class_="inside"))),
        _e("td", rule["group"]),
        _e("td", _badge(rule["met"], rule["unseen"]), *_unseen(rule), data_value=_rank(rule)),
        *(_e("td", str(number or "\u2013"), class_="number", data_value=number) for number in numbers),
        _e("td", broken.get(id, "\u2013")) if broken else None,
        id=id,
        data_how=rule["met"],
        data_group=rule["group"],
    )


def _rank(rule: Json) -> int:
    """Where a rule stands in the order of how it was met; what could do with a test comes before what is done."""
    return 2 * COVERAGE_STATES.index(rule["met"]) - bool(rule["unseen"])


def _unseen(rule: Json) -> Iterator[Element]:
    if rule["unseen"]:
        yield _e("span", "refusal unseen", class_="more")


def _details(rule: Json) -> Iterator[Element]:
    facts = [("Source", rule["source"]), ("Safety of its probe", rule["safety"]), ("What to do", rule["fix"])]
    pairs = [_e("div", _e("dt", name), _e("dd", value)) for name, value in facts if value]
    yield _e("dl", *pairs)
    rows = [_e("tr", _e("th", edition, scope="row"), *_answer(answer)) for edition, answer in rule["answers"].items()]
    yield _table("Its answer in each edition", _heads("edition", "status", "reason", "what is said or done"), rows)
    yield _e("p", "Met by", class_="label")
    yield _list(map(_met_by, rule["tests"]), "No test met it.")


def _answer(answer: Json) -> Iterator[Element]:
    yield _e("td", str(answer["status"]), class_="number")
    yield _e("td", _e("code", answer["reason"]) if answer["reason"] else "\u2013")
    yield _e("td", answer["message"] or answer["note"] or "\u2013")


def _met_by(test: Json) -> Element:
    counts = [f"{how} {test[how]}\u00d7" for how in ("passed", "refused") if test[how]]
    return _e("span", _e("code", test["test"]), f" {', '.join(counts)}")


# what was found out


def _mutants(mutants: Json, rules: Json) -> Iterator[Element]:
    rows = [
        _e(
            "tr",
            _e("th", _e("a", id, href=f"#{id}"), scope="row"),
            _e("td", rules[id]["statement"]),
            _e("td", _badge(rules[id]["met"], rules[id]["unseen"])),
            _e("td", _folded(mutants["ran"][id])),
        )
        for id in sorted(mutants["unnoticed"], key=lambda rule: (_rank(rules[rule]), rule))
    ]
    if rows:
        yield _table(
            "Rules that a server could break, and every test would pass",
            _heads("rule", "what it says", "how met", "tests that met it, and passed all the same"),
            rows,
        )
    else:
        yield _e("p", "There is none.", class_="none")
    for state in ("alike", "undecided"):
        if mutants[state]:
            yield _e("p", f"{STATES[state].capitalize()}: {', '.join(mutants[state])}.")
    if mutants["left_out"]:
        yield _e("p", "Left out, since they do not pass:", class_="label")
        yield _list((_e("code", test) for test in mutants["left_out"]), "")


def _editions(editions: Json, rules: Json) -> Iterator[Element]:
    alike = f"{editions['alike']} of {_many(editions['compared'], 'test')} end alike in {', '.join(editions['names'])}."
    yield _e("p", alike)
    if not editions["depends"]:
        return
    heads = _heads("test", *editions["names"], "what may be why")
    yield _table(
        "Tests that do not end alike in all editions",
        heads,
        [
            _e(
                "tr",
                _e("th", _e("code", one["test"]), scope="row", class_="long"),
                *(_e("td", _ended(one["outcomes"].get(name, "\u2013"))) for name in editions["names"]),
                _e("td", _why(one["differences"], rules)),
            )
            for one in editions["depends"]
        ],
    )
    if editions["other_points"]:
        points = ", ".join(editions["other_points"])
        yield _e("p", f"The editions also differ in what no rule is about: {points}.", class_="label")


def _ended(outcome: str) -> Element:
    sign = {"passed": "\u2713", "failed": "\u2717"}.get(outcome, "\u2013")
    return _e("span", _e("span", sign, aria_hidden="true"), f" {outcome}", class_=f"ended {outcome}")


def _why(differences: list[Json], rules: Json) -> Element:
    """The likeliest reason, and the others behind it."""
    entries = [
        _e(
            "li",
            _e("a", one["rule"], href=f"#{one['rule']}"),
            f" {rules[one['rule']]['statement']}",
            _e("span", "; ".join(f"{name}: {answer}" for name, answer in one["answers"].items()), class_="more"),
        )
        for one in differences
    ]
    if not entries:
        return _e("span", "no rule that the test met", class_="none")
    rest = _e("details", _e("summary", f"{len(entries) - 1} more"), _e("ul", *entries[1:], class_="plain"))
    return _e("div", _e("ul", entries[0], class_="plain"), rest if entries[1:] else None)


def _folded(tests: list[str]) -> Element:
    if len(tests) == 1:
        return _e("code", tests[0])
    codes = (_e("code", test) for test in tests)
    return _e("details", _e("summary", _many(len(tests), "test")), _list(codes, ""))


# the rest


def _advice(advice: Mapping[str, int]) -> Element:
    return _list((f"{text} ({count}\u00d7)" for text, count in advice.items()), "There is none: nothing was read over.")


def _blocked(blocked: Iterable[str]) -> Element:
    return _list((_e("code", attempt) for attempt in blocked), "None was made.")


def _guard(layers: Iterable[str]) -> Element:
    return _list(layers, "The guard was switched off: real calls were possible.")
