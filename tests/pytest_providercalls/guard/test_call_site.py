"""Where an attempt came from: the user's code, or else an installed library, or else the main thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pytest_providercalls.guard.attempt import GuardedHostError
from pytest_providercalls.guard.guard import Guard

USER_CODE = "def connect(block): block('connect', 'api.voipbin.net', 443)"


@pytest.mark.parametrize(
    ("path", "name", "where"),
    [
        ("<string>", "__main__", "<string>:1"),
        ("/home/me/client.py", "client", "/home/me/client.py:1"),
        ("/usr/lib/site-packages/sdk/http.py", "sdk.http", "/usr/lib/site-packages/sdk/http.py:1"),
        ("<frozen thing>", "thing", f"a thread without user code, while the main thread was at {__file__}:"),
    ],
)
def test_an_attempt_names_the_nearest_line_of_the_user_or_else_of_a_library(path: str, name: str, where: str) -> None:
    code: dict[str, Any] = {"__name__": name}
    exec(compile(USER_CODE, path, "exec"), code)
    # In a thread of the standard library, so that this file is not on the stack.
    with ThreadPoolExecutor(1) as pool:
        error = pool.submit(code["connect"], Guard().block).exception()
    assert isinstance(error, GuardedHostError)
    assert error.attempt.where.startswith(where)
