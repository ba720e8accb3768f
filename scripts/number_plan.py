"""Write `fake_server/calls/numbers/plan.py` from the Go modules with which the servers check phone numbers.

Run `python scripts/number_plan.py` after the servers change the version of a module.
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from urllib.request import urlopen

_PROXY = "https://proxy.golang.org"
COUNTRIES = ("github.com/dongri/phonenumber", "v0.1.12", "iso3166.go")
CODES = ("github.com/ttacon/libphonenumber", "v1.2.1", "countrycodetoregionmap.go")
"""A module, its version, and the file that is read. The servers' go.mod names the versions."""
_WIDTH = 100
_TARGET = Path(__file__).parent.parent / "fake_server" / "calls" / "numbers" / "plan.py"
_HEADER = '''"""The servers' tables of phone numbers. Written by `scripts/number_plan.py`; do not edit."""

from __future__ import annotations

'''


def read_source(module: str, version: str, name: str) -> str:
    """Return a file of a Go module."""
    with urlopen(f"{_PROXY}/{module}/@v/{version}.zip") as response:
        archive = zipfile.ZipFile(io.BytesIO(response.read()))
    return archive.read(f"{module}@{version}/{name}").decode()


def countries(source: str) -> list[str]:
    """Return a row for each country: its code, its calling code, the lengths of its numbers, their mobile prefixes."""
    rows = []
    for block in source.split("i.Alpha2 = ")[1:]:
        country = re.match(r'"(\w+)"', block)
        code = re.search(r'i\.CountryCode = "(\d+)"', block)
        lengths = re.search(r"i\.PhoneNumberLengths = \[\]int{([^}]*)}", block)
        mobile = re.search(r"i\.MobileBeginWith = \[\]string{([^}]*)}", block)
        if not (country and code and lengths and mobile):
            raise ValueError(f"cannot read this country: {block[:300]}")
        # An empty prefix matches every number.
        prefixes = ",".join(prefix or "*" for prefix in re.findall(r'"(\d*)"', mobile[1]))
        rows.append(" ".join([country[1].lower(), code[1], ",".join(re.findall(r"\d+", lengths[1])), f"[{prefixes}]"]))
    return rows


def calling_codes(source: str) -> list[str]:
    """Return all calling codes, those of satellites and international services included."""
    return sorted(set(re.findall(r"^\s*(\d+):", source, re.MULTILINE)))


def _wrapped(text: str) -> list[str]:
    """Return a text as string literals that fit a line."""
    pieces = [text[start : start + _WIDTH] for start in range(0, len(text), _WIDTH)]
    return [f'"{piece}"' for piece in pieces]


def main() -> None:
    lines = ["COUNTRIES: tuple[str, ...] = ("]
    for row in countries(read_source(*COUNTRIES)):
        first, *rest = _wrapped(row)
        if rest:
            lines += ["    (", f"        {first}", *(f"        {one}" for one in rest), "    ),"]
        else:
            lines.append(f"    {first},")
    module, version, _ = COUNTRIES
    lines += [
        ")",
        f'"""Rows of {module} {version}: country, calling code, lengths, mobile prefixes or *."""',
    ]
    lines += ["CALLING_CODES = ("]
    codes = " ".join(calling_codes(read_source(*CODES)))
    lines += [f"    {one}" for one in _wrapped(codes)]
    module, version, _ = CODES
    lines += [")", f'"""The calling codes of {module} {version}."""']
    _TARGET.write_text(_HEADER + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
