"""The status of agents: it follows the groupcalls to them (calls.md 5.6)."""

from __future__ import annotations

from collections.abc import Iterator

from ...contracts.formats.go_uuids import NIL, parse_gofrs
from ...contracts.rules import groupcalls as rules
from ..world.records import Agent, Groupcall
from ..world.world import World


def groupcall_created(world: World, groupcall: Groupcall) -> None:
    """Let each available agent among a groupcall's destinations ring."""
    for agent in _called(world, groupcall):
        if agent.status == "available":
            _set_status(world, agent, "ringing")


def groupcall_answered(world: World, groupcall: Groupcall) -> None:
    """Make each agent among an answered groupcall's destinations busy. Nothing makes it available again."""
    for agent in _called(world, groupcall):
        _set_status(world, agent, "busy")


def _called(world: World, groupcall: Groupcall) -> Iterator[Agent]:
    """Yield the agents among the destinations, even those of another customer."""
    for destination in groupcall.destinations:
        id = parse_gofrs(destination.target) if destination.type == "agent" else None
        agent = world.state.agents.get(id or NIL)
        if agent is not None and world.enforces(rules.agent_status_follows):
            yield agent


def _set_status(world: World, agent: Agent, status: str) -> None:
    agent.status, agent.tm_update = status, world.clock.timestamp()
    world.emit("agent_status_updated", agent)
