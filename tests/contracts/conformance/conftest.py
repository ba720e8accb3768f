"""The stages that the suite itself uses."""

from __future__ import annotations

import pytest
from pytest_providercalls.contracts.conformance.stage import Stages


@pytest.fixture
def stages(_providercalls_stages: Stages) -> Stages:
    """Opens a fresh fake behind whatever a client talks through."""
    return _providercalls_stages
