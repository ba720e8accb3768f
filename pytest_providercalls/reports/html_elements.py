"""Elements of an HTML page: tables, lists and sections."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from xml.etree import ElementTree

Element = ElementTree.Element


def element(tag: str, *children: Element | str | None, **attributes: object) -> Element:
    """Return an element. `class_` sets `class` and `data_x` sets `data-x`; None omits a child or an attribute."""
    result = Element(tag)
    for name, value in attributes.items():
        if value is not None:
            result.set(name.rstrip("_").replace("_", "-"), str(value))
    last = None
    for child in children:
        if isinstance(child, str):
            if last is None:
                result.text = (result.text or "") + child
            else:
                last.tail = (last.tail or "") + child
        elif child is not None:
            result.append(child)
            last = child
    return result


def section(id: str, title: str, *content: Element) -> Element:
    """Return a section with a heading."""
    return element("section", element("h2", title, id=f"{id}-title"), *content, id=id, aria_labelledby=f"{id}-title")


def table(caption: str, heads: Iterable[Element], rows: Iterable[Element], **attributes: object) -> Element:
    """Return a table in a region that scrolls on its own, also by keyboard."""
    content = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *heads)),
        element("tbody", *rows),
        **attributes,
    )
    return element("div", content, class_="scroll", tabindex="0", role="region", aria_label=caption)


_ROLES = {"table": "table", "thead": "rowgroup", "tbody": "rowgroup", "tr": "row", "td": "cell"}


def stacked_table(caption: str, names: Sequence[str], rows: Sequence[Element]) -> Element:
    """Return a table whose cells are below each other in a narrow window, each with the name of its column."""
    for row in rows:
        for name, cell in zip(names, row, strict=True):
            cell.set("data-label", name)
    region = table(caption, column_heads(*names), rows, class_="stacked")
    # The style that stacks the cells would otherwise hide from assistive technology that this is a table.
    for one in region.iter():
        role = {"col": "columnheader", "row": "rowheader"}.get(one.get("scope", "")) or _ROLES.get(one.tag)
        if role:
            one.set("role", role)
    return region


def column_heads(*names: str) -> list[Element]:
    """Return the heads of a table's columns."""
    return [element("th", name, scope="col") for name in names]


def bullet_list(items: Iterable[Element | str], if_empty: str) -> Element:
    """Return a list, or a paragraph with `if_empty` if there are no items."""
    entries = [element("li", item) for item in items]
    return element("ul", *entries, class_="plain") if entries else element("p", if_empty, class_="none")


def plural(count: int, noun: str) -> str:
    """Return a count with its noun."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
