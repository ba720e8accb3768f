"""Run the test suite of a downstream project against the fake, then two tests that fail on purpose."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
BLOCKED = "providercalls blocked socket."
EXPLANATION = "refused by PC-TRB-01"


def main() -> int:
    heading("1. The tests of carrierprobe against the fake VoIPbin: placed calls, refused requests, three editions")
    suite_exit, suite = run("tests")
    heading("2. Two tests that fail on purpose: the guard blocks a real call, and a mistake is explained")
    showcase_exit, showcase = run("showcase", "--tb=line")
    failures = re.findall(r"^(?:FAILED|ERROR) .*::(\w+)", showcase, re.MULTILINE)
    expected = ["test_a_call_to_the_real_api_is_blocked", "test_a_mistake_is_explained"]
    as_expected = suite_exit == 0 and showcase_exit == 1 and sorted(failures) == expected
    if not as_expected or BLOCKED not in showcase or EXPLANATION not in showcase:
        print("\nUnexpected result: see the output above.")
        return 1
    passed = re.findall(r"(\d+) passed", suite)[-1]
    placed = re.findall(r"and placed (\d+) calls?", suite)[-1]
    print(f"\n{passed} tests passed, 2 failed as expected; {placed} calls were placed on the fake. No phone rang.")
    return 0


def heading(text: str) -> None:
    print(f"\n\033[1m{text}\033[0m\n" if sys.stdout.isatty() else f"\n{text}\n", flush=True)


def run(folder: str, *options: str) -> tuple[int, str]:
    """Run the tests in a folder and print pytest's output. Return the exit code and the output."""
    command = [sys.executable, "-m", "pytest", folder, "-p", "no:cacheprovider", "-p", "no:randomly", *options]
    done = subprocess.run(command, cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    print(done.stdout, flush=True)
    return done.returncode, done.stdout


if __name__ == "__main__":
    sys.exit(main())
