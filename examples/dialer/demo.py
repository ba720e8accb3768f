"""Shows it all: the suite of a downstream repository against the fake, and two tests that fail as they are meant to."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
STOPPED = "api.voipbin.net:443 is guarded; socket."
EXPLAINED = "refused by PC-TRB-01"


def main() -> int:
    heading("1. carrierprobe's own tests, against the fake VoIPbin: passes, refusals, three editions")
    green, suite = run("tests")
    heading("2. two tests that are meant to fail: a real call is stopped, a mistake is explained")
    red, showcase = run("showcase", "--tb=line")
    failures = re.findall(r"^(?:FAILED|ERROR) .*::(\w+)", showcase, re.MULTILINE)
    meant = ["test_a_call_to_the_real_api_is_stopped", "test_a_mistake_is_explained"]
    if green != 0 or red != 1 or sorted(failures) != meant or STOPPED not in showcase or EXPLAINED not in showcase:
        print("\nThis is not what was meant to happen.")
        return 1
    passed = re.findall(r"(\d+) passed", suite)[-1]
    placed = re.findall(r"placed on the fake: (\d+) calls?", suite)[-1]
    print(f"\n{passed} tests passed, 2 failed as they were meant to; {placed} calls went to the fake. No phone rang.")
    return 0


def heading(text: str) -> None:
    print(f"\n\033[1m{text}\033[0m\n" if sys.stdout.isatty() else f"\n{text}\n", flush=True)


def run(folder: str, *options: str) -> tuple[int, str]:
    """Run one folder's tests, and show what pytest prints."""
    command = [sys.executable, "-m", "pytest", folder, "-p", "no:cacheprovider", "-p", "no:randomly", *options]
    done = subprocess.run(command, cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    print(done.stdout, flush=True)
    return done.returncode, done.stdout


if __name__ == "__main__":
    sys.exit(main())
