"""The generated pages in docs/reference are up to date."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_no_page_is_out_of_date(tmp_path: Path) -> None:
    subprocess.run([sys.executable, DOCS / "generate", tmp_path], check=True)
    generated = {path.name: path.read_text() for path in tmp_path.iterdir()}
    stored = {path.name: path.read_text() for path in (DOCS / "reference").iterdir()}
    outdated = [name for name in sorted(generated.keys() | stored) if generated.get(name) != stored.get(name)]
    assert outdated == [], "the code has changed: run `make reference`"


def test_every_option_on_a_page_exists() -> None:
    known = set(re.findall(r"--providercalls-[a-z-]+", (DOCS / "reference" / "options.md").read_text()))
    for page in [DOCS.parent / "README.md", *DOCS.rglob("*.md")]:
        assert set(re.findall(r"--providercalls-[a-z-]+", page.read_text())) <= known, page
