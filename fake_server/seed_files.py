"""Seed files: the initial resources of a fake as YAML or JSON; reading, validating and applying them."""

from __future__ import annotations

import inspect
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import GenericAlias
from typing import Annotated, Any, Final, TypeVar, get_type_hints

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    ValidationError,
    WithJsonSchema,
    create_model,
    field_validator,
)

from ..contracts.identity import Identity, Permission
from ..contracts.redaction import KNOWN
from .calls.carriers import Carrier, InvalidScript
from .core import FakeVoipbin
from .plain_data import MAX_SIZE, InvalidData, abbreviated, check_plain, format_place
from .seed_models import (
    AgentSeed,
    CustomerSeed,
    FlowSeed,
    NumberSeed,
    Part,
    ProviderSeed,
    RecordingSeed,
    RouteSeed,
    one_of,
)
from .world.records import Customer, Provider
from .yaml_files import read_yaml

T = TypeVar("T")


class InvalidSeed(ValueError):
    """A seed that cannot be applied; the message names the invalid keys and the allowed values."""


def _line_model(method: Any) -> type[BaseModel]:
    """Return a model of the arguments of a Carrier method."""
    hints = get_type_hints(method)
    fields: dict[str, Any] = {}
    for parameter in list(inspect.signature(method).parameters.values())[1:]:
        if parameter.kind is parameter.VAR_POSITIONAL:
            fields[parameter.name] = (GenericAlias(list, (hints[parameter.name],)), ...)
        else:
            fields[parameter.name] = (hints[parameter.name], parameter.default)
    return create_model(method.__name__, __base__=Part, **fields)


_LINE_MODELS: Final = {
    name: _line_model(method)
    for name, method in vars(Carrier).items()
    if not name.startswith("_") and name != "clear" and inspect.isfunction(method)
}


def _parse_line(sent: object) -> tuple[str, dict[str, Any]]:
    if isinstance(sent, str):
        sent = {sent: {}}
    if not isinstance(sent, dict) or len(sent) != 1:
        known = ", ".join(_LINE_MODELS)
        line = abbreviated(repr(sent))
        raise ValueError(f"invalid script line {line}; expected one of {known}, optionally with arguments")
    ((name, arguments),) = sent.items()
    model = _LINE_MODELS[one_of(name, _LINE_MODELS, "script line")]
    sent_arguments = {} if arguments is None else arguments
    return name, model.model_validate(sent_arguments).model_dump(exclude_unset=True)


Line = Annotated[
    tuple[str, dict[str, Any]],
    BeforeValidator(_parse_line),
    WithJsonSchema(
        {
            "description": "A line of a carrier script: its name, optionally with arguments.",
            "oneOf": [
                {
                    "enum": [
                        name for name, model in _LINE_MODELS.items() if not model.model_json_schema().get("required")
                    ]
                },
                {
                    "type": "object",
                    "properties": {name: model.model_json_schema() for name, model in _LINE_MODELS.items()},
                    "additionalProperties": False,
                    "minProperties": 1,
                    "maxProperties": 1,
                },
            ],
        }
    ),
]
"""A line of a carrier script: the name of a Carrier method, and its arguments."""


class Seed(Part):
    """The contents of a seed file.

    `carriers` maps names of providers to carrier scripts. Their lines are named after the methods of Carrier: `busy`,
    or `{answers: {after: 3, destination: "+12025550143"}}`.
    """

    customers: list[CustomerSeed] = Field(default=[])
    agents: list[AgentSeed] = Field(default=[])
    providers: list[ProviderSeed] = Field(default=[])
    flows: list[FlowSeed] = Field(default=[])
    routes: list[RouteSeed] = Field(default=[])
    numbers: list[NumberSeed] = Field(default=[])
    recordings: list[RecordingSeed] = Field(default=[])
    carriers: dict[str, list[Line]] = Field(default={})

    @field_validator("customers", "agents", "providers", "flows")
    @classmethod
    def _unique_names(cls, parts: list[Any]) -> list[Any]:
        names = Counter(getattr(part, "username", None) or part.name for part in parts)
        duplicates = [name for name, count in names.items() if count > 1]
        if duplicates:
            raise ValueError(f"duplicate names: {', '.join(duplicates)}")
        return parts


@dataclass(frozen=True, slots=True)
class SeededResources:
    """The resources that a seed created, by name."""

    identities: Mapping[str, Identity] = field(default_factory=dict)
    providers: Mapping[str, Provider] = field(default_factory=dict)
    flows: Mapping[str, str] = field(default_factory=dict)
    """The ids of the flows."""

    def merged_with(self, other: SeededResources) -> SeededResources:
        """Return these resources and those of another seed."""
        return SeededResources(
            {**self.identities, **other.identities},
            {**self.providers, **other.providers},
            {**self.flows, **other.flows},
        )


def load(path: Path) -> Seed:
    """Read a seed file: JSON, or YAML if PyYAML is installed.

    Raises InvalidSeed if its contents are invalid, and OSError if the file cannot be opened.
    """
    try:
        text = _text(path)
        sent = json.loads(text) if path.suffix == ".json" else _yaml(text)
        check_plain(sent, "the file")
        return Seed.model_validate({} if sent is None else sent)
    except ValidationError as error:
        lines = "\n  ".join(describe_errors(error, "the file"))
        raise InvalidSeed(f"{path} is not a valid seed file:\n  {lines}") from None
    except InvalidData as error:
        raise InvalidSeed(f"{path} is not a valid seed file:\n  {error}") from None
    except ValueError as error:
        raise InvalidSeed(f"{path} cannot be read: {error}") from None
    except RecursionError:
        raise InvalidSeed(f"{path} cannot be read: it is nested too deeply") from None


def _text(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(MAX_SIZE + 1)
    if len(data) > MAX_SIZE:
        raise ValueError(f"it has more than {MAX_SIZE:,} bytes")
    return data.decode()


def apply_seed(fake: FakeVoipbin, seed: Seed) -> SeededResources:
    """Add the resources of a seed to a fake. Raises InvalidSeed if it refers to a resource that does not exist."""
    customers = {customer.name: customer for customer in fake.state.customers.values()}
    providers = {provider.name: provider for provider in fake.providers.values()}
    for one in seed.customers:
        customers[one.name] = _customer(fake, one)
    identities = {agent.username: _agent(fake, agent, customers) for agent in seed.agents}
    for provider in seed.providers:
        providers[provider.name] = _provider(fake, provider)
    flows = {flow.name: _flow(fake, flow, customers) for flow in seed.flows}
    for index, route in enumerate(seed.routes):
        of = _find(route.customer, customers, "customer", f"routes[{index}]") if route.customer else None
        through = _find(route.provider, providers, "provider", f"routes[{index}]")
        fake.add_route(through, customer=of, **route.model_dump(exclude={"provider", "customer"}))
    for index, number in enumerate(seed.numbers):
        _number(fake, number, customers, flows, f"numbers[{index}]")
    for index, recording in enumerate(seed.recordings):
        owner = _find(recording.customer, customers, "customer", f"recordings[{index}]")
        fake.add_recording(customer=owner, **recording.model_dump(exclude={"customer"}))
    for name, lines in seed.carriers.items():
        add_script(fake.carrier(_find(name, providers, "provider", f"carriers.{name}")), lines, f"carriers.{name}")
    new = {one.name: providers[one.name] for one in seed.providers}
    return SeededResources(identities, new, flows)


def _customer(fake: FakeVoipbin, seed: CustomerSeed) -> Customer:
    fields = seed.model_dump(exclude={"balance", "destination_whitelist"})
    fields["extensions"] = {name: tuple(contacts) for name, contacts in seed.extensions.items()}
    if seed.destination_whitelist is not None:
        fields["destination_whitelist"] = seed.destination_whitelist
    return fake.add_customer(balance_credit=int(seed.balance * 1_000_000), **fields)


def _agent(fake: FakeVoipbin, seed: AgentSeed, customers: Mapping[str, Customer]) -> Identity:
    agent = fake.add_agent(
        Permission[seed.permission.upper()],
        customer=_find(seed.customer, customers, "customer", f"agents.{seed.username}"),
        username=seed.username,
        name=seed.name,
        tag_ids=tuple(seed.tag_ids),
        addresses=[address.model_dump() for address in seed.addresses],
    )
    agent.password = seed.password or agent.password
    KNOWN.add(agent.password)
    return fake.identity(agent)


def _provider(fake: FakeVoipbin, seed: ProviderSeed) -> Provider:
    provider = fake.add_provider(**seed.model_dump(exclude={"deleted"}))
    return fake.delete_provider(provider.id) if seed.deleted else provider


def _flow(fake: FakeVoipbin, seed: FlowSeed, customers: Mapping[str, Customer]) -> str:
    customer = _find(seed.customer, customers, "customer", f"flows.{seed.name}")
    actions = [action.model_dump() for action in seed.actions]
    return fake.add_flow(actions, customer=customer, name=seed.name, detail=seed.detail).id


def _number(
    fake: FakeVoipbin, seed: NumberSeed, customers: Mapping[str, Customer], flows: Mapping[str, str], place: str
) -> None:
    customer = _find(seed.customer, customers, "customer", place)
    named = {"call_flow_id": seed.call_flow, "message_flow_id": seed.message_flow}
    ids = {field: _find(name, flows, "flow", place) for field, name in named.items() if name}
    fields: dict[str, Any] = seed.model_dump(exclude={"customer", "call_flow", "message_flow", "default_source"})
    number = fake.add_number(**fields | ids, customer=customer)
    if seed.default_source:
        customer.default_outgoing_source_number_id = number.id


def add_script(carrier: Carrier, lines: Iterable[Line], place: str) -> None:
    """Add lines to a carrier script. Raises InvalidSeed for an invalid line; the message begins with its place."""
    for number, (name, arguments) in enumerate(lines):
        try:
            getattr(carrier, name)(*arguments.get("sources", ()), **_without_sources(arguments))
        except InvalidScript as error:
            raise InvalidSeed(f"{place}[{number}].{name}: {error}") from None


def _without_sources(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if name != "sources"}


# messages


def _find(name: str, known: Mapping[str, T], kind: str, place: str) -> T:
    try:
        return known[one_of(name, known, kind)]
    except ValueError as error:
        raise InvalidSeed(f"{place}: {error}") from None


_MESSAGES: Final = {
    "missing": "is missing",
    "model_type": "should be a mapping of keys to values",
    "dict_type": "should be a mapping of names to values",
    "list_type": "should be a list",
}


def describe_errors(error: ValidationError, root: str) -> list[str]:
    """Return a message for each error, with its place, such as `customers[0].name`, or the name of the `root`."""
    return [f"{format_place(one['loc']) or root}: {_message(one)}" for one in error.errors()]


def _message(error: Mapping[str, Any]) -> str:
    kind, sent = error["type"], error["input"]
    if kind in _MESSAGES:
        return _MESSAGES[kind]
    if kind == "string_type" and isinstance(sent, (int, float)):
        number = abbreviated(repr(sent))
        return f"{number} is not a string; put it in quotes, because YAML reads it as a number or a boolean"
    if kind == "literal_error":
        try:
            one_of(sent, re.findall("'([^']*)'", error["ctx"]["expected"]), "value")
        except ValueError as invalid:
            return str(invalid)
    return str(error["msg"]).removeprefix("Value error, ")


def _yaml(text: str) -> object:
    try:
        return read_yaml(text)
    except ImportError:
        raise InvalidSeed(
            "a seed file in YAML requires PyYAML: pip install 'pytest-providercalls[yaml]', or use JSON"
        ) from None
