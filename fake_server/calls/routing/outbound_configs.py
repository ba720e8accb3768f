"""Outbound configurations: one for each customer (routing.md 4).

What decides about calls, the whitelist, the codecs and the default source, is the customer's. A record shows it, with
what else a client sees.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from ....contracts.formats.go_uuids import NIL
from ...world.records import Customer, Record
from ...world.state import Section, Table
from ...world.world import World


@dataclass(slots=True, kw_only=True)
class OutboundConfig(Record):
    """The outbound configuration of a customer. The whitelist is in the order in which a client has sent it."""

    customer_id: str
    name: str = ""
    detail: str = ""
    destination_whitelist: tuple[str, ...] = ()
    codecs: str = ""
    default_outgoing_source_number_id: str = NIL


def _owner(config: OutboundConfig) -> str:
    return config.customer_id


CONFIGS: Section[Table[OutboundConfig]] = Section.late("outbound_configs", lambda: Table(_owner))
"""The outbound configurations. `configs_of` adds those of new customers, and what tests have changed."""


def configs_of(world: World) -> Table[OutboundConfig]:
    """Return the outbound configurations of all customers, deleted ones included."""
    table = CONFIGS.of(world.state)
    known = {config.customer_id: config for config in table.values()}
    for customer in world.state.customers.values():
        if customer.id not in known and customer.has_outbound_config:
            table.add(new_config(customer, _derived_id(world, customer)))
        elif customer.id in known:
            _show(known[customer.id], customer)
    return table


def new_config(customer: Customer, id: str) -> OutboundConfig:
    """Return a new outbound configuration of a customer: with an id of a request, or as old as the customer."""
    config = OutboundConfig(id=id, tm_create=customer.tm_create, tm_update=customer.tm_create, customer_id=customer.id)
    _show(config, customer)
    return config


def of_customer(world: World, customer_id: str) -> OutboundConfig | None:
    """Return the outbound configuration of a customer, even a deleted one; None if it never had one."""
    return next(configs_of(world).newest(owner=customer_id, alive=False), None)


def _show(config: OutboundConfig, customer: Customer) -> None:
    if config.tm_delete is None:
        if {*config.destination_whitelist} != customer.destination_whitelist:
            config.destination_whitelist = tuple(sorted(customer.destination_whitelist))
        config.codecs = customer.codecs
        config.default_outgoing_source_number_id = customer.default_outgoing_source_number_id


def _derived_id(world: World, customer: Customer) -> str:
    """Return an id that depends on the customer's only: it takes none from the random generator."""
    return str(uuid.uuid5(uuid.UUID(customer.id), f"outbound config {world.seed}"))
