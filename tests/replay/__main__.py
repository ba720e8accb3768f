"""Print how the fake's responses differ from the recorded ones: `python -m tests.replay [RECORDING] [FIRST-LAST]`."""

from __future__ import annotations

import sys
from itertools import takewhile

from .player import Difference, differences
from .recording import load, recordings

_BEFORE, _AFTER = 80, 260


def _excerpts(one: str, other: str) -> tuple[str, str]:
    """Return both texts around their first difference."""
    start = max(0, sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))) - _BEFORE)
    return one[start : start + _BEFORE + _AFTER], other[start : start + _BEFORE + _AFTER]


def _show(difference: Difference) -> None:
    recorded, server, fake = difference.recorded, difference.server, difference.fake
    print(f"\n{recorded.number} {recorded.group}: {recorded.method} {recorded.path} as {recorded.principal}")
    print(f"  request: {dict(recorded.headers)} {recorded.body[:300]!r}")
    if server.status != fake.status:
        print(f"  status: server {server.status}, fake {fake.status}")
    for one, other in ((str(server.headers), str(fake.headers)), (server.body, fake.body)):
        if one != other:
            print("  server: {}\n  fake:   {}".format(*_excerpts(one, other)))


def main(part: str = "", numbers: str = "1-") -> None:
    first, _, last = numbers.partition("-")
    for name in recordings():
        if part in name:
            exchanges = load(name)
            found = list(differences(name, exchanges))
            print(f"\n{name}: {len(exchanges)} exchanges, {len(found)} differ")
            for difference in found:
                if int(first) <= difference.recorded.number <= int(last or len(exchanges)):
                    _show(difference)


if __name__ == "__main__":
    main(*sys.argv[1:])
