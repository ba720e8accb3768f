"""The stages that the suite itself uses."""

from __future__ import annotations

import pytest
from pytest_providercalls.contracts.conformance.harness import HarnessFactory


@pytest.fixture
def stages(_providercalls_stages: HarnessFactory) -> HarnessFactory:
    """Opens a fresh fake behind whatever a client talks through."""
    return _providercalls_stages
