"""Two hundred secrets and more, in every place and encoding that we know, and all output is searched for them."""

from __future__ import annotations

import pytest

from . import injection_sessions
from .injections import leaks, table


@pytest.mark.parametrize(("shift", "mode"), list(enumerate(injection_sessions.MODES)))
def test_no_session_shows_an_injected_secret(bare_pytester: pytest.Pytester, mode: str, shift: int) -> None:
    injections = table()
    assert len(injections) >= 200
    output = injection_sessions.run(bare_pytester, mode, injections, shift)
    assert leaks(output, injections) == []
    assert output.count("***") >= len(injections)
