"""What keeps imports short: no garbage collections, and dataclasses and patterns that are compiled later."""

from __future__ import annotations

import dataclasses
import gc
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import FrozenInstanceError, fields
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar


@contextmanager
def without_collections() -> Iterator[None]:
    """Collect no garbage inside the block: nearly all of the many objects that it creates are kept, as by an import."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@contextmanager
def importing() -> Iterator[None]:
    """Collect no garbage inside the block, and let the next collection skip what its imports have created."""
    enabled, modules = gc.isenabled(), len(sys.modules)
    with without_collections():
        yield
        # Both together move all objects to the oldest generation. A program may have frozen its own for good.
        if enabled and len(sys.modules) > modules and not gc.get_freeze_count():
            gc.freeze()
            gc.unfreeze()


compiled = cache(re.compile)
"""Compiles a regular expression when it is first used: most sessions use few of them."""


# To compile the methods of a dataclass for each class would take most of its import.


class Shown:
    """The base of a dataclass with `repr=False`: the repr that it would have."""

    __slots__ = ()

    def __repr__(self) -> str:
        shown = (f"{one.name}={getattr(self, one.name)!r}" for one in _fields(self) if one.repr)
        return f"{type(self).__qualname__}({', '.join(shown)})"


class Value(Shown):
    """The base of a dataclass with `eq=False, repr=False`: the comparison, hash and repr that it would have."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return _compared(self) == _compared(other) if type(self) is type(other) else NotImplemented

    def __hash__(self) -> int:
        return hash(_compared(self))


def _compared(value: object) -> tuple[Any, ...]:
    return tuple([getattr(value, one.name) for one in _fields(value) if one.compare])


def _fields(value: Any) -> tuple[Any, ...]:
    return fields(value)


P = ParamSpec("P")
T = TypeVar("T")

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass

    def maker(cls: Callable[P, T], /) -> Callable[P, T]: ...

else:

    @cache
    def maker(cls: type) -> Callable[..., Any]:
        """Return a function that creates instances as the class does when it is called with names, but twice as fast.

        The class would make a dictionary of the arguments, and look each default that is missing up in another one.
        It must be neither frozen nor have a `__post_init__`.
        """
        parameters, lines, names = _code_of(cls, "self.{} = {}")
        # Required ones first: what only has a name need not come last.
        ordered = sorted((one for one in parameters if one != "*"), key=lambda one: "=" in one)
        body = ["self = _new(_cls)", *lines, "return self"]
        return _function(cls, f"create({', '.join(ordered)})", body, {**names, "_new": object.__new__, "_cls": cls})

    def dataclass(
        *, frozen: bool = False, slots: bool = False, kw_only: bool = False, eq: bool = True, repr: bool = True
    ) -> Callable[[type], type]:
        """Decorate a class like the standard library. Its `__init__` is compiled when several instances were created.

        The other methods are shared. No instance of a frozen class gets attributes, those of subclasses included. The
        class must not have an InitVar, nor methods of its own for what it is decorated with.
        """

        def decorate(cls: type) -> type:
            with _not_frozen(cls.__mro__):
                made = dataclasses.dataclass(init=False, eq=False, repr=False, slots=slots, kw_only=kw_only)(cls)
            made.__init__ = _Initialiser(made, frozen)
            if frozen:
                made.__dataclass_params__.frozen = True
                made.__setattr__, made.__delattr__ = _refuse_to_set, _refuse_to_delete
                if slots:
                    made.__getstate__, made.__setstate__ = _state_of, _set_state
            if eq:
                made.__eq__, made.__hash__ = Value.__eq__, Value.__hash__ if frozen else None
            if repr:
                made.__repr__ = Shown.__repr__
            return made

        return decorate


@contextmanager
def _not_frozen(classes: Iterable[type]) -> Iterator[None]:
    """Let the standard library take frozen classes for others: it would compile methods that refuse changes."""
    found = [params for one in classes if (params := vars(one).get("__dataclass_params__")) and params.frozen]
    for params in found:
        params.frozen = False
    try:
        yield
    finally:
        for params in found:
            params.frozen = True


class _Factory:
    """The default of what a function makes."""

    def __repr__(self) -> str:
        return "<factory>"


_FACTORY = _Factory()


_FEW: Final = 8
"""The number of instances in whose time an `__init__` is compiled. A short session has fewer of most classes."""


class _Initialiser:
    """The `__init__` of a dataclass until it is worth compiling."""

    def __init__(self, owner: Any, frozen: bool) -> None:
        self._owner = owner
        self._frozen = frozen
        self._uses = 0

    def __get__(self, instance: object, _: type | None = None) -> Any:
        return self._compile() if instance is None else partial(self, instance)

    def __call__(self, instance: object, /, *arguments: Any, **named: Any) -> None:
        """Initialise an instance."""
        self._uses += 1
        if self._uses > _FEW or not self._initialise(instance, arguments, named):
            # Also for arguments that do not fit: it raises the exception that says so.
            self._compile()(instance, *arguments, **named)

    def _initialise(self, instance: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> bool:
        """Do what the `__init__` would do. Return False, and do nothing, if the arguments do not fit."""
        all_fields = fields(self._owner)
        taken = [one for one in all_fields if one.init]
        given = dict(zip([one.name for one in taken if not one.kw_only], arguments, strict=False))
        if len(given) < len(arguments) or given.keys() & named.keys():
            return False
        given.update(named)
        if not _required(taken) <= given.keys() <= {one.name for one in taken}:
            return False
        put = object.__setattr__ if self._frozen else setattr
        for one in all_fields:
            if one.name in given:
                put(instance, one.name, given[one.name])
            elif one.default is not dataclasses.MISSING:
                put(instance, one.name, one.default)
            elif one.default_factory is not dataclasses.MISSING:
                put(instance, one.name, one.default_factory())
        if hasattr(self._owner, "__post_init__"):
            instance.__post_init__()
        return True

    def _compile(self) -> Any:
        made = self._owner.__init__ = _initialiser(self._owner, self._frozen)
        return made


def _required(taken: Iterable[dataclasses.Field[Any]]) -> set[str]:
    missing = dataclasses.MISSING
    return {one.name for one in taken if one.default is missing and one.default_factory is missing}


def _initialiser(cls: Any, frozen: bool) -> Callable[..., None]:
    """Compile the `__init__` of a dataclass."""
    parameters, lines, names = _code_of(cls, "_set(self, '{}', {})" if frozen else "self.{} = {}")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    made: Any = _function(cls, f"__init__({', '.join(['self', *parameters])})", lines or ["pass"], names)
    made.__qualname__, made.__module__ = f"{cls.__qualname__}.__init__", cls.__module__
    made.__annotations__ = {one.name: one.type for one in fields(cls) if one.init} | {"return": None}
    return made  # type: ignore[no-any-return]


def _code_of(cls: Any, assignment: str) -> tuple[list[str], list[str], dict[str, Any]]:
    """Return the parameters of a dataclass, the lines that set its fields, and the values that both refer to."""
    names: dict[str, Any] = {"_set": object.__setattr__, "_factory": _FACTORY}
    positional, by_name, lines = list[str](), ["*"], list[str]()
    for one in fields(cls):
        name = value = parameter = one.name
        own = ""
        if one.default is not dataclasses.MISSING:
            own = f"_{name}_default"
            names[own] = one.default
            parameter = f"{name}={own}"
        elif one.default_factory is not dataclasses.MISSING:
            names[f"_{name}_made"] = one.default_factory
            own = f"_{name}_made()"
            parameter, value = f"{name}=_factory", f"{own} if {name} is _factory else {name}"
        if one.init:
            (by_name if one.kw_only else positional).append(parameter)
            lines.append(assignment.format(name, value))
        elif own:
            lines.append(assignment.format(name, own))
    return [*positional, *(by_name if len(by_name) > 1 else ())], lines, names


def _function(cls: type, signature: str, lines: list[str], names: dict[str, Any]) -> Any:
    """Compile a function of a class, with the module's names for its annotations."""
    name, body = signature.partition("(")[0], "\n  ".join(lines)
    module, made = vars(sys.modules.get(cls.__module__, dataclasses)), dict[str, Any]()
    # Only names of fields are part of the code.
    exec(f"def make({', '.join(names)}):\n def {signature}:\n  {body}\n return {name}", module, made)  # noqa: S102
    return made["make"](**names)


def _refuse_to_set(_: object, name: str, _value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(_: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state_of(value: object) -> list[Any]:
    return [getattr(value, one.name) for one in _fields(value)]


def _set_state(value: object, state: list[Any]) -> None:
    for one, part in zip(_fields(value), state, strict=True):
        object.__setattr__(value, one.name, part)
