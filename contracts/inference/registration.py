"""Registers the wire models with Hypothesis, for `from_type` and `builds`.

Whichever is imported last calls `register`: Hypothesis does through its entry point, and each module of models does
itself. So neither of them imports the other, and a strategy is built only when it is used.
"""

from __future__ import annotations

import inspect
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hypothesis import strategies as st
    from pydantic import BaseModel

_MODELS = f"{__name__.removesuffix('.inference.registration')}.models"


def register() -> None:
    """Register the models that were imported before Hypothesis."""
    for name in ("requests", "responses"):
        register_module(f"{_MODELS}.{name}")


def register_module(name: str) -> None:
    """Register the models of a module, unless it or Hypothesis is still to be imported."""
    module = sys.modules.get(name)
    if module is None or "hypothesis" not in sys.modules:
        return
    for model in vars(module).values():
        if getattr(model, "__module__", "") == name and getattr(model, "model_fields", None):
            _register(model)


def _register(model: type[BaseModel]) -> None:
    from hypothesis import strategies as st

    st.register_type_strategy(model, _instances)
    # A model has no signature before it is built, and would replace this one later.
    model.model_rebuild()
    signature = inspect.signature(model)
    fields = [_field(model, one) if one.name in model.model_fields else one for one in signature.parameters.values()]
    model.__signature__ = signature.replace(parameters=fields)


def _field(model: type[BaseModel], parameter: inspect.Parameter) -> inspect.Parameter:
    """Return a parameter whose type is registered.

    `builds` infers a required argument from its type, but ignores pydantic's constraints, such as a pattern.
    """
    from hypothesis import strategies as st

    placeholder = type(f"{model.__name__}.{parameter.name}", (), {})
    st.register_type_strategy(placeholder, partial(_values, model, parameter.name))
    return parameter.replace(annotation=placeholder)


def _instances(model: type[Any]) -> st.SearchStrategy[Any]:
    from .instances import instances

    return instances(model)


def _values(model: type[BaseModel], field: str, _: type[Any]) -> st.SearchStrategy[Any]:
    from .instances import values

    return values(model, field)
