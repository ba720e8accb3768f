"""Make responses comparable: replace the values that every run of a server generates anew by placeholders."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

_COMPARED = re.compile("content-type|location|retry-after|set-cookie|x-request-id|access-control-.*")
_GENERATED = re.compile(
    r"(?P<rid>req_[A-Z2-7]{26})"
    r"|(?P<ts>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)"
    r"|(?P<jwt>eyJ[\w-]+\.[\w-]+\.[\w-]+)"
    r"|(?P<ak>vb_[\w-]{32})"
    r"|(?P<akp>vb_[\w-]{8})"
    r"|(?P<direct_hash>(?<=direct\.)[0-9a-f]{12})"
)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|<u\d+>")


class Masking:
    """Replaces generated values, except the `fixed` ones of the seed. `names` has the name of each captured id."""

    def __init__(self, names: Mapping[str, str], fixed: Iterable[str]) -> None:
        self._names = names
        self._fixed = frozenset(fixed)

    def text(self, text: str) -> str:
        """Return a body or a header with placeholders."""
        text = _GENERATED.sub(lambda match: f"<{match.lastgroup}>", text)
        return _UUID.sub(self._numbered(), text)

    def headers(self, headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return the headers that matter, sorted, with placeholders."""
        lower = ((name.lower(), value) for name, value in headers)
        return sorted((name, self.text(value)) for name, value in lower if _COMPARED.fullmatch(name))

    def _numbered(self) -> Callable[[re.Match[str]], str]:
        """Return a function that numbers the other UUIDs of one text, in the order in which they appear."""
        seen: dict[str, str] = {}

        def replace(match: re.Match[str]) -> str:
            id = match[0]
            if id in self._names:
                return f"<{self._names[id]}>"
            return id if id in self._fixed else seen.setdefault(id, f"<u{len(seen) + 1}>")

        return replace
