"""The wire models in Hypothesis: `from_type` and `builds` know them, whatever is imported first."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from pytest_providercalls.contracts.fake_records import fake_records
from pytest_providercalls.contracts.models import requests, responses

MODELS = [
    responses.Page[responses.ProviderCall] if model is responses.Page else model
    for module in (requests, responses)
    for model in vars(module).values()
    if isinstance(model, type) and model.__module__ == module.__name__ and getattr(model, "model_fields", None)
]
FEW = settings(max_examples=5, deadline=None, database=None, phases=[Phase.generate])


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_model_has_valid_instances(model: type[BaseModel]) -> None:
    @settings(FEW)
    @given(st.from_type(model), st.builds(model))
    def check(inferred: BaseModel, built: BaseModel) -> None:
        for one in (inferred, built):
            assert type(one) is model
            assert model.model_validate_json(one.model_dump_json()) == one

    check()


def test_builds_infers_each_field_of_a_model() -> None:
    @settings(FEW)
    @given(
        st.builds(responses.ProviderCall, source=..., tm_update=...), st.builds(requests.CallRequest, destinations=...)
    )
    def check(record: responses.ProviderCall, request: requests.CallRequest) -> None:
        assert record.id.startswith("f1f2f3f4-")
        assert all(isinstance(one, requests.AddressRequest) for one in request.destinations)

    check()


def test_a_request_is_for_the_fake_under_test() -> None:
    simplest = find(st.from_type(requests.ProviderCallRequest), lambda _: True, settings=FEW)
    assert simplest.model_dump(exclude_unset=True) == {
        "provider_id": fake_records().provider_id,
        "source": {"type": "tel", "target": "+12025550100"},
        "destinations": [{"type": "tel", "target": "+12025550100"}],
    }


IMPORTS = {
    "Hypothesis first": "import hypothesis; from pytest_providercalls.contracts.models import requests",
    "models first": "from pytest_providercalls.contracts.models import requests; import hypothesis",
}


@pytest.mark.parametrize("imports", IMPORTS.values(), ids=IMPORTS)
def test_the_order_of_imports_does_not_matter(imports: str) -> None:
    code = (
        f"{imports}; from hypothesis import find, settings, strategies as st\n"
        "first = settings(database=None, max_examples=1)\n"
        "one = find(st.from_type(requests.AddressRequest), lambda _: True, settings=first)\n"
        "assert one.target == '+12025550100'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_importing_hypothesis_does_not_import_the_models() -> None:
    code = (
        "import hypothesis, sys; assert 'pytest_providercalls.contracts.inference.registration' in sys.modules\n"
        "assert not {'pydantic', 'httpx', 'pytest_providercalls.contracts.models'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
