"""Mutants of the rules of GET /ws."""

from __future__ import annotations

from ....contracts.rules.telephony import websocket as rules
from ...websockets.connection import Keepalive, OpenedConnection
from ...world.world import RuleContext, World
from ..registry import mutant


@mutant(rules.switches_protocols)
def wrong_accept(ctx: RuleContext, accept: str, _: None) -> str:
    return accept.swapcase()


@mutant(rules.not_acknowledged)
def acknowledge(ctx: RuleContext, nothing: None, _: None) -> str:
    return '{"type":"ack"}'


@mutant(rules.pings_are_answered)
def ping_too_late(ctx: RuleContext, keepalive: Keepalive, _: None) -> Keepalive:
    return keepalive._replace(period=2 * keepalive.wait)


@mutant(rules.topics_match_by_prefix)
def match_whole_topics(world: World, matches: bool, subject: tuple[OpenedConnection, str]) -> bool:
    connection, topic = subject
    return connection.is_subscribed(topic)


@mutant(rules.published_under_topics)
def publish_once_more(world: World, topics: list[str], _: None) -> list[str]:
    return [*topics, topics[0]]
