"""Run flows: from the start action of an answered call to the hangup at the end (flows.md 3.4)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...contracts.formats.go_uuids import NIL
from ...contracts.rules import activeflows as rules
from ..events.dispatcher import Webhooks
from ..wire.serializers import Renderer
from ..world.records import Activeflow, Call, Flow
from ..world.values import NO_ADDRESS, START, Frame
from ..world.world import World
from . import lookup, recordings
from .bridges import BRIDGES
from .call_control import CallControl

if TYPE_CHECKING:
    from .flow_run import FlowRun

FIRST_ACTION_AFTER = 0.02
"""Seconds from the answer to the first action."""
_MAX_DEPTH = 5
"""The number of flows that may complete one after the other, each starting the next (flows.md 3.6)."""


class FlowEngine:
    """Runs the flows of all calls."""

    calls: CallControl

    def __init__(self, world: World, webhooks: Webhooks, render: Renderer) -> None:
        self.world = world
        self.webhooks = webhooks
        self.render = render

    def _run(self, activeflow: Activeflow, call: Call, *, attended: bool = True) -> FlowRun:
        # Imported here: most tests place calls that no flow answers.
        from .flow_run import FlowRun

        return FlowRun(self, activeflow, call, attended=attended)

    def resume(self, call: Call) -> None:
        """Execute a call's actions until one takes time or the call is hung up."""
        activeflow = self.world.state.activeflows.get(call.activeflow_id)
        if activeflow is None:
            # An answered call without an activeflow is hung up at once (calls.md 2.2).
            self.calls.hang_up(call)
        elif activeflow.status == "running":
            self._run(activeflow, call).resume()

    def start(self, activeflow: Activeflow) -> None:
        """Start an activeflow that belongs to no call."""
        self._run(activeflow, self.call_of(activeflow), attended=False).resume()

    def call_of(self, activeflow: Activeflow) -> Call:
        """Return the call of an activeflow. If it has none, this is a call that ended before it began."""
        calls = self.world.state.calls
        found = calls.get(activeflow.reference_id) or calls.get(activeflow.call_id)
        return found or Call(
            id=NIL,
            tm_create=activeflow.tm_create,
            customer_id=activeflow.customer_id,
            flow_id=activeflow.flow_id,
            activeflow_id=activeflow.id,
            source=NO_ADDRESS,
            destination=NO_ADDRESS,
            status="hangup",
            call_engine=self.world.call_controls,
        )

    def press(self, call: Call, digit: str) -> None:
        """Handle a DTMF digit: digits_receive collects it, any other action keeps the last one (flows.md 3.5)."""
        activeflow = self.world.state.activeflows.get(call.activeflow_id)
        if activeflow is not None:
            self._run(activeflow, call).press(digit)

    def leg_ended(self, master: Call) -> None:
        """Resume a call when all calls that were placed for its bridge have ended."""
        world = self.world
        bridges = BRIDGES.of(world.state)
        # The callees of one bridge follow a flow of their own.
        flow_id = bridges.flow_of(str(master.action.option.get("confbridge_id")))
        if master.status != "progressing" or flow_id is None or not bridges.have_all_left(flow_id, world.state.calls):
            return
        if world.flag(rules.unanswered_connect_continues) or bridges.was_answered(flow_id):
            master.tm_update = world.clock.timestamp()
            world.emit("call_updated", master)
            self.resume(master)

    def end(self, activeflow: Activeflow, call: Call, *, success: bool = False) -> None:
        """End an activeflow, once, and start the flow that its flow names for that case."""
        if activeflow.status == "ended":
            return
        activeflow.status, activeflow.tm_update = "ended", self.world.clock.timestamp()
        self.world.emit("activeflow_updated", activeflow)
        # Without such a flow the edition decides nothing, and must not appear as a cause of anything.
        if activeflow.on_complete_flow_id != NIL and (not self.world.flag(rules.completes_only_success) or success):
            self._complete(activeflow, call)

    def _complete(self, ended: Activeflow, call: Call) -> None:
        """Start the on_complete flow for the same call. Its actions that need a call stop it (flows.md 3.9)."""
        flow = lookup.find_flow(self.world, ended.on_complete_flow_id)
        if flow is not None and ended.depth < _MAX_DEPTH and self.world.enforces(rules.completion_starts_a_flow):
            self._start_following(ended, flow, call)

    def _start_following(self, parent: Activeflow, flow: Flow, call: Call, **fields: Any) -> None:
        """Start a flow after another one, with its variables. Actions that need a call stop it."""
        world = self.world
        activeflow = replace(
            parent,
            id=world.ids.uuid(),
            tm_create=world.clock.timestamp(),
            tm_update=None,
            flow_id=flow.id,
            status="running",
            reference_activeflow_id=parent.id,
            on_complete_flow_id=flow.on_complete_flow_id,
            current_action=START,
            forward_action_id=NIL,
            executed_actions=(),
            stack=(Frame(flow.actions),),
            executions=0,
            depth=parent.depth + 1,
            **fields,
        )
        world.emit("activeflow_created", world.state.activeflows.add(activeflow))
        self._run(activeflow, call, attended=False).resume()

    def stop_recording(self, call: Call) -> None:
        """End the recording of a call, if there is one, and start the flow that it names for that case."""
        self.calls.cancel(call, recordings.STOP_RECORDING)
        recording = recordings.stop(self.world, call)
        if recording is None or recording.on_end_flow_id == NIL:
            return
        parent = self.world.state.activeflows[recording.activeflow_id]
        flow = lookup.find_flow(self.world, recording.on_end_flow_id)
        if flow is None or parent.depth >= _MAX_DEPTH or not self.world.enforces(rules.recording_end_starts_a_flow):
            return
        variables = {**parent.variables, **recordings.variables(recording)}
        self._start_following(
            parent, flow, call, reference_type="", reference_id=NIL, call_id=call.id, variables=variables
        )
