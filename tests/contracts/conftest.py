"""What the tests of the contracts share."""

from __future__ import annotations

import pytest
from pytest_providercalls.contracts import redaction
from pytest_providercalls.contracts.redaction.known_values import KnownValues


@pytest.fixture(autouse=True)
def no_known_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the secrets of earlier tests: some of them are part of harmless texts."""
    for name, value in vars(KnownValues()).items():
        monkeypatch.setattr(redaction.KNOWN, name, value)
    redaction.redact_target.cache_clear()
    redaction._learn_header.cache_clear()
