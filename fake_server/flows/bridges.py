"""The bridges of `connect` actions: the flow of each, and which of its callees have not left (flows.md 3.5)."""

from __future__ import annotations

from ..world.records import Call
from ..world.state import Section, Table


class Bridges:
    """The bridges of a fake.

    The end of each callee asks whether it was the last one. A look at all calls would take quadratic time, so each
    call is noted once, when it is first seen, and forgotten once, when it has ended.
    """

    def __init__(self) -> None:
        self._flows: dict[str, str] = {}
        """The id of the flow that the callees of each bridge follow, by the bridge's id."""
        self._open: dict[str, list[str]] = {}
        """For each of these flows the calls that follow it, without those that were seen to have ended."""
        self._answered: set[str] = set()
        """The flows of which a call that has ended was answered."""
        self._seen = 0
        """The number of calls, in the order of their creation, that have been noted."""

    def add(self, id: str, flow_id: str) -> None:
        """Add a bridge, before its callees are called."""
        self._flows[id] = flow_id
        self._open[flow_id] = []

    def flow_of(self, id: str) -> str | None:
        """Return the id of the flow that the callees of a bridge follow; None if there is no such bridge."""
        return self._flows.get(id)

    def have_all_left(self, flow_id: str, calls: Table[Call]) -> bool:
        """Return whether all callees of a bridge have ended, whether or not they are in a groupcall."""
        self._note_new(calls)
        legs = self._open[flow_id]
        while legs:
            leg = calls[legs[-1]]
            if leg.status != "hangup" and not leg.orphan:
                return False
            if leg.tm_progressing is not None:
                self._answered.add(flow_id)
            legs.pop()
        return True

    def was_answered(self, flow_id: str) -> bool:
        """Return whether a callee had answered, of a bridge that all callees have left."""
        return flow_id in self._answered

    def _note_new(self, calls: Table[Call]) -> None:
        for call in calls.after(self._seen):
            self._seen += 1
            if call.flow_id in self._open:
                self._open[call.flow_id].append(call.id)

    def copy(self) -> Bridges:
        """Return an independent copy."""
        other = Bridges()
        other._flows, other._answered, other._seen = self._flows.copy(), self._answered.copy(), self._seen
        other._open = {flow_id: legs.copy() for flow_id, legs in self._open.items()}
        return other


BRIDGES: Section[Bridges] = Section.late("bridges", Bridges)
