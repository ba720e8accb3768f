"""The fixture that the suite itself uses, under a short name."""

from __future__ import annotations

import pytest
from pytest_providercalls.contracts.conformance.harness import HarnessFactory


@pytest.fixture
def harness_factory(_providercalls_harnesses: HarnessFactory) -> HarnessFactory:
    """Opens a fresh fake behind a client's transport."""
    return _providercalls_harnesses
