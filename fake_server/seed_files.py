"""Seed files: a world to begin with, written down as YAML or JSON, checked, and planted in a fake."""

from __future__ import annotations

import inspect
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from types import GenericAlias
from typing import Annotated, Any, Final, Literal, TypeVar, get_type_hints

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
    create_model,
    field_validator,
    model_validator,
)

from ..contracts.identity import Identity, Permission
from ..contracts.models.actions import ACTION_TYPES
from .calls.carriers import Carrier, InvalidScript
from .calls.countries import ALL
from .core import FakeVoipbin
from .world.records import Customer, Provider

T = TypeVar("T")
_FEW: Final = 12


class InvalidSeed(ValueError):
    """A seed that cannot be planted; the text says which keys are wrong, and what is allowed there."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _knows(cls, sent: object) -> object:
        for key in sent if isinstance(sent, dict) else ():
            _one_of(key, cls.model_fields, "key")
        return sent


class CustomerSeed(_Part):
    """A customer, with what decides whether it may place calls."""

    name: str
    detail: str = ""
    email: str = ""
    status: Literal["active", "frozen", "deleted"] = "active"
    identity_verification_status: str = "verified"
    plan_type: Literal["free", "basic", "professional", "unlimited"] = "free"
    balance: Decimal = Field(default=Decimal(100), description="dollars")
    numbers: list[str] = Field(default=[], description="the numbers that it owns and may call from")
    destination_whitelist: list[str] | None = Field(default=None, description="countries; every one unless told")

    @field_validator("destination_whitelist")
    @classmethod
    def _countries(cls, codes: list[str] | None) -> list[str] | None:
        return codes and [_one_of(code, ALL, "country") for code in codes]


class AddressSeed(_Part):
    """Where an agent is rung."""

    type: str
    target: str
    target_name: str = ""


class AgentSeed(_Part):
    """A user of a customer. The password is made up unless told."""

    username: str
    customer: str = "customer"
    permission: Literal["super_admin", "customer_admin", "customer_manager", "customer_agent"] = "customer_admin"
    password: str = ""
    name: str = ""
    addresses: list[AddressSeed] = []


class ProviderSeed(_Part):
    """A carrier."""

    name: str
    hostname: str
    type: str = "sip"
    detail: str = ""
    tech_prefix: str = ""
    tech_postfix: str = ""
    tech_headers: dict[str, str] = {}
    codecs: str = ""
    health_status: Literal["healthy", "unhealthy", "unknown"] = "healthy"
    deleted: bool = False


class ActionSeed(_Part):
    """A step of a flow."""

    type: str
    id: str = ""
    next_id: str = ""
    option: dict[str, Any] = {}

    @field_validator("type")
    @classmethod
    def _known_type(cls, type: str) -> str:
        return _one_of(type, ACTION_TYPES, "action")


class FlowSeed(_Part):
    """A flow of a customer."""

    name: str
    customer: str = "customer"
    detail: str = ""
    actions: list[ActionSeed] = []


def _line_model(method: Any) -> type[BaseModel]:
    """What may follow a verb."""
    hints = get_type_hints(method)
    fields: dict[str, Any] = {}
    for parameter in list(inspect.signature(method).parameters.values())[1:]:
        if parameter.kind is parameter.VAR_POSITIONAL:
            fields[parameter.name] = (GenericAlias(list, (hints[parameter.name],)), ...)
        else:
            fields[parameter.name] = (hints[parameter.name], parameter.default)
    return create_model(method.__name__, __base__=_Part, **fields)


_VERBS: Final = {
    name: _line_model(method)
    for name, method in vars(Carrier).items()
    if not name.startswith("_") and name != "clear" and inspect.isfunction(method)
}


def _line(sent: object) -> tuple[str, dict[str, Any]]:
    if isinstance(sent, str):
        sent = {sent: {}}
    if not isinstance(sent, dict) or len(sent) != 1:
        raise ValueError(f"a carrier's line is one of {', '.join(_VERBS)}, with what belongs to it; this is {sent!r}")
    ((verb, arguments),) = sent.items()
    model = _VERBS[_one_of(verb, _VERBS, "line")]
    return verb, model.model_validate(arguments or {}).model_dump(exclude_unset=True)


Line = Annotated[
    tuple[str, dict[str, Any]],
    BeforeValidator(_line),
    WithJsonSchema(
        {
            "description": "A line of a carrier's script: a verb, with what belongs to it.",
            "oneOf": [
                {"enum": [verb for verb, model in _VERBS.items() if not model.model_json_schema().get("required")]},
                {
                    "type": "object",
                    "properties": {verb: model.model_json_schema() for verb, model in _VERBS.items()},
                    "additionalProperties": False,
                    "minProperties": 1,
                    "maxProperties": 1,
                },
            ],
        }
    ),
]
"""A line of a carrier's script: the name of a method of carriers.Carrier, and its arguments."""


class Seed(_Part):
    """What a seed file holds. `carriers` has the script of each provider, by name: lines such as `busy`, or
    `{answers: {after: 3, destination: "+12025550143"}}`, named as the methods of carriers.Carrier.
    """

    customers: list[CustomerSeed] = []
    agents: list[AgentSeed] = []
    providers: list[ProviderSeed] = []
    flows: list[FlowSeed] = []
    carriers: dict[str, list[Line]] = {}

    @field_validator("customers", "agents", "providers", "flows")
    @classmethod
    def _apart(cls, parts: list[Any]) -> list[Any]:
        names = Counter(getattr(part, "username", None) or part.name for part in parts)
        twice = [name for name, count in names.items() if count > 1]
        if twice:
            raise ValueError(f"two have the same name: {', '.join(twice)}")
        return parts


@dataclass(frozen=True, slots=True)
class SeededResources:
    """What a seed has become, by the names in it."""

    identities: Mapping[str, Identity] = field(default_factory=dict)
    providers: Mapping[str, Provider] = field(default_factory=dict)
    flows: Mapping[str, str] = field(default_factory=dict)
    """The flows' ids."""

    def merged_with(self, other: SeededResources) -> SeededResources:
        """This, and what another seed has become."""
        return SeededResources(
            {**self.identities, **other.identities},
            {**self.providers, **other.providers},
            {**self.flows, **other.flows},
        )


def load(path: Path) -> Seed:
    """Read a seed file: JSON, or YAML where PyYAML is installed. Raises BadSeed, and OSError when it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
        sent = json.loads(text) if path.suffix == ".json" else _yaml(text)
        return Seed.model_validate({} if sent is None else sent)
    except ValidationError as errors:
        complaints = "\n  ".join(describe_errors(errors, "the file"))
        raise InvalidSeed(f"{path} is no seed:\n  {complaints}") from None
    except ValueError as why:
        raise InvalidSeed(f"{path} cannot be read: {why}") from None
    except RecursionError:
        raise InvalidSeed(f"{path} cannot be read: it is nested too deeply") from None


def apply_seed(fake: FakeVoipbin, seed: Seed) -> SeededResources:
    """Add what the seed says to a fake that is fresh. Raises BadSeed when it speaks of something that is not there."""
    customers = {customer.name: customer for customer in fake.state.customers.values()}
    providers = {provider.name: provider for provider in fake.providers.values()}
    for one in seed.customers:
        customers[one.name] = _customer(fake, one)
    identities = {agent.username: _agent(fake, agent, customers) for agent in seed.agents}
    for provider in seed.providers:
        providers[provider.name] = _provider(fake, provider)
    flows = {flow.name: _flow(fake, flow, customers) for flow in seed.flows}
    for name, lines in seed.carriers.items():
        add_script(fake.carrier(_named(name, providers, "provider", f"carriers.{name}")), lines, f"carriers.{name}")
    new = {one.name: providers[one.name] for one in seed.providers}
    return SeededResources(identities, new, flows)


def _customer(fake: FakeVoipbin, seed: CustomerSeed) -> Customer:
    fields = seed.model_dump(exclude={"balance", "destination_whitelist"})
    if seed.destination_whitelist is not None:
        fields["destination_whitelist"] = seed.destination_whitelist
    return fake.add_customer(balance_credit=int(seed.balance * 1_000_000), **fields)


def _agent(fake: FakeVoipbin, seed: AgentSeed, customers: Mapping[str, Customer]) -> Identity:
    agent = fake.add_agent(
        Permission[seed.permission.upper()],
        customer=_named(seed.customer, customers, "customer", f"agents.{seed.username}"),
        username=seed.username,
        name=seed.name,
        addresses=[address.model_dump() for address in seed.addresses],
    )
    agent.password = seed.password or agent.password
    return fake.identity(agent)


def _provider(fake: FakeVoipbin, seed: ProviderSeed) -> Provider:
    provider = fake.add_provider(**seed.model_dump(exclude={"deleted"}))
    return fake.delete_provider(provider.id) if seed.deleted else provider


def _flow(fake: FakeVoipbin, seed: FlowSeed, customers: Mapping[str, Customer]) -> str:
    customer = _named(seed.customer, customers, "customer", f"flows.{seed.name}")
    actions = [action.model_dump() for action in seed.actions]
    return fake.add_flow(actions, customer=customer, name=seed.name, detail=seed.detail).id


def add_script(carrier: Carrier, lines: Iterable[Line], place: str) -> None:
    """Add lines to a carrier's script. Raises BadSeed, with the `place` of the line, for one that cannot be."""
    for number, (verb, arguments) in enumerate(lines):
        try:
            getattr(carrier, verb)(*arguments.get("sources", ()), **_without_sources(arguments))
        except InvalidScript as why:
            raise InvalidSeed(f"{place}[{number}].{verb}: {why}") from None


def _without_sources(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if name != "sources"}


# what people are told


def _one_of(word: object, known: Iterable[str], what: str) -> str:
    """The word, if it is one of these. Raises ValueError."""
    names = sorted(known)
    if word in names:
        return str(word)
    close = get_close_matches(str(word), names, 1)
    meant = f" (did you mean {close[0]!r}?)" if close else ""
    listed = f"; known are {', '.join(names)}" if not close or len(names) <= _FEW else ""
    raise ValueError(f"there is no {what} {word!r}{meant}{listed}")


def _named(name: str, known: Mapping[str, T], what: str, place: str) -> T:
    try:
        return known[_one_of(name, known, what)]
    except ValueError as why:
        raise InvalidSeed(f"{place}: {why}") from None


_COMPLAINTS: Final = {
    "missing": "is missing",
    "model_type": "should be a mapping of keys to values",
    "dict_type": "should be a mapping of names to values",
    "list_type": "should be a list",
}


def describe_errors(errors: ValidationError, whole: str) -> list[str]:
    """What is wrong with something that was sent, each with its place, such as `customers[0].name`; or the `whole`."""
    return [f"{_place(error['loc']) or whole}: {_complaint(error)}" for error in errors.errors()]


def _place(location: tuple[int | str, ...]) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return "".join(parts).removeprefix(".")


def _complaint(error: Mapping[str, Any]) -> str:
    kind, sent = error["type"], error["input"]
    if kind in _COMPLAINTS:
        return _COMPLAINTS[kind]
    if kind == "string_type" and isinstance(sent, (int, float)):
        return f"{sent!r} is no text: put it in quotes, or YAML reads it as a number, yes or no"
    if kind == "literal_error":
        try:
            _one_of(sent, re.findall("'([^']*)'", error["ctx"]["expected"]), "value")
        except ValueError as why:
            return str(why)
    return str(error["msg"]).removeprefix("Value error, ")


def _yaml(text: str) -> object:
    try:
        import yaml
    except ImportError:
        raise InvalidSeed(
            "a seed file in YAML needs PyYAML: pip install 'pytest-providercalls[yaml]', or write JSON"
        ) from None
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as why:
        raise ValueError(str(why)) from None
