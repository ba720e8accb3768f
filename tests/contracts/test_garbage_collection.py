"""Imports without the garbage collector leave it as they found it."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from pytest_providercalls.contracts.garbage_collection import without_collections


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    yield
    gc.enable()


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_is_restored_even_after_an_error(enabled: bool) -> None:
    if not enabled:
        gc.disable()
    with pytest.raises(ImportError), without_collections():
        assert not gc.isenabled()
        raise ImportError
    assert gc.isenabled() == enabled
