"""Run flows: from the start action of an answered call to the hangup at the end (flows.md 3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import inf
from typing import Any

from ...contracts.formats.go_uuids import NIL
from ...contracts.models.action_types import ACTIONS, ANY, CALL, NO_CALL
from ...contracts.rules import activeflow_requests as request_rules
from ...contracts.rules import activeflows as rules
from ..events.dispatcher import Webhooks
from ..wire.serializers import Renderer
from ..world.records import Activeflow, Call, Flow
from ..world.values import FINISH, NO_ADDRESS, START, Action, Frame, extended
from ..world.world import RequestRefused, World
from . import action_stack, lookup, recordings
from .action_handlers import ACTION_HANDLERS, ActionContext, ActionFailed, handle_digit
from .bridges import BRIDGES
from .call_control import CallControl
from .variables import Variables, format_go_value

_MEDIA: Mapping[str, str] = {"call": CALL, "api": NO_CALL}
"""The media of a flow, by the reference_type of its activeflow; without a reference, it has none."""
FIRST_ACTION_AFTER = 0.02
"""Seconds from the answer to the first action."""
RESUME = "resume"
"""The kind of the event with which a flow continues after an action that takes time."""
_MAX_DEPTH = 5
"""The number of flows that may complete one after the other, each starting the next (flows.md 3.6)."""


class FlowEngine:
    """Runs the flows of all calls."""

    calls: CallControl

    def __init__(self, world: World, webhooks: Webhooks, render: Renderer) -> None:
        self.world = world
        self.webhooks = webhooks
        self.render = render

    def resume(self, call: Call) -> None:
        """Execute a call's actions until one takes time or the call is hung up."""
        activeflow = self.world.state.activeflows.get(call.activeflow_id)
        if activeflow is None:
            # An answered call without an activeflow is hung up at once (calls.md 2.2).
            self.calls.hang_up(call)
        elif activeflow.status == "running":
            FlowRun(self, activeflow, call).resume()

    def start(self, activeflow: Activeflow) -> None:
        """Start an activeflow that belongs to no call."""
        FlowRun(self, activeflow, self.call_of(activeflow), attended=False).resume()

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
        if activeflow is None:
            return
        run = FlowRun(self, activeflow, call)
        if handle_digit(run, digit):
            self.calls.cancel(call, RESUME)
            run.resume()

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
        FlowRun(self, activeflow, call, attended=False).resume()

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


class FlowRun(ActionContext):
    """One activeflow in execution. It is `attended` while its call executes the actions."""

    def __init__(self, engine: FlowEngine, activeflow: Activeflow, call: Call, *, attended: bool = True) -> None:
        self.world = engine.world
        self.calls = engine.calls
        self.webhooks = engine.webhooks
        self.activeflow = activeflow
        self.call = call
        self.variables = Variables(activeflow, call, engine.render)
        self._engine = engine
        self._attended = attended

    def resume(self) -> None:
        """Execute actions one after the other, until one takes time."""
        while self._is_running() and self._step():
            pass

    def jump(self, target: str) -> None:
        known = action_stack.locate(self.activeflow.stack, target) is not None
        if not known and self.world.enforces(rules.jump_target_exists):
            raise ActionFailed(f"there is no action {target}")
        self.activeflow.forward_action_id = target

    def push(self, actions: tuple[Action, ...]) -> None:
        if actions:
            frame = Frame(actions, self.activeflow.current_action.id)
            self.activeflow.stack = (*self.activeflow.stack, frame)
            self.activeflow.forward_action_id = actions[0].id

    def rewrite(self, option: Mapping[str, Any]) -> None:
        *below, top = self.activeflow.stack
        own = self.activeflow.current_action.id
        actions = tuple(action._replace(option=option) if action.id == own else action for action in top.actions)
        self.activeflow.stack = (*below, top._replace(actions=actions))

    def finish(self) -> None:
        self._enter(FINISH)
        self._engine.end(self.activeflow, self.call, success=True)
        if self._attended:
            self._show(FINISH)
            if self.world.enforces(rules.end_hangs_up):
                self.calls.hang_up(self.call)

    def stop_recording(self) -> None:
        self._engine.stop_recording(self.call)

    def _is_running(self) -> bool:
        return self.activeflow.status == "running" and (
            not self._attended or self.call.status not in ("terminating", "hangup")
        )

    def _step(self) -> bool:
        """Execute the next action. Return False if it takes time."""
        limit = self.world.follows(rules.executions_are_limited, self.world.edition.execution_limit)
        if self.activeflow.executions > limit:
            self._fail()
            return False
        position = self._next()
        if position is None:
            self.finish()
            return False
        self.activeflow.stack = position.stack
        self._enter(self._expanded(position.action))
        return self._execute(self.activeflow.current_action)

    def _next(self) -> action_stack.Position | None:
        activeflow = self.activeflow
        if activeflow.forward_action_id != NIL:
            return action_stack.locate(activeflow.stack, activeflow.forward_action_id)
        stack, current = activeflow.stack, activeflow.current_action
        if action_stack.jumps_below(stack, current) and not self.world.enforces(request_rules.next_id_reaches_below):
            stack = stack[-1:]
        return action_stack.next_position(stack, current)

    def _expanded(self, action: Action) -> Action:
        """Return the action with the variables in its option replaced by their values."""
        if not action.option or not self.world.enforces(rules.variables_are_filled_in):
            return action
        as_text = self.world.flag(rules.arrays_become_text)
        option = self.variables.expand(action.option, format_go_value if as_text else lambda value: value)
        # Most options contain no variables: every execution then shares the flow's own action.
        return action if option == action.option else action._replace(option=option)

    def _enter(self, action: Action) -> None:
        activeflow = self.activeflow
        if self.world.enforces(rules.executed_in_order):
            activeflow.executed_actions = extended(activeflow.executed_actions, activeflow.current_action)
        activeflow.current_action, activeflow.forward_action_id = action, NIL
        activeflow.executions += 1
        activeflow.tm_update = self.world.clock.timestamp()
        self.world.emit("activeflow_updated", activeflow)

    def _execute(self, action: Action) -> bool:
        # Only the options of actions need this library, so a fake whose flows do not run has not imported it.
        from pydantic_core import ValidationError

        kind = ACTIONS.get(action.type)
        media = _MEDIA.get(self.activeflow.reference_type, ANY)
        if kind is None or kind.media not in (ANY, media):
            return True
        if kind.executed_by_call_manager:
            if not self._attended:
                return False
            self._show(action)
        try:
            seconds = ACTION_HANDLERS[action.type](self, kind.option.model_validate(action.option))
        except (ValidationError, ActionFailed, RequestRefused):
            return self._skip_or_fail(ends_flow=kind.failure_ends_flow)
        if seconds == inf:
            return False
        if seconds <= 0 or self.call.id == NIL:
            return True
        self.calls.schedule(self.call, RESUME, seconds)
        return False

    def _skip_or_fail(self, *, ends_flow: bool) -> bool:
        """Handle an invalid option or a failed action: some actions end the flow, others are skipped."""
        if not ends_flow or not self.world.enforces(rules.failed_flow_action_ends):
            return True
        self._fail()
        return False

    def _fail(self) -> None:
        self._engine.end(self.activeflow, self.call)
        if self._attended:
            self.calls.hang_up(self.call)

    def _show(self, action: Action) -> None:
        now = self.world.clock.timestamp()
        self.call.action = Action(action.id, action.next_id, action.type, action.option, now)
        self.call.tm_update = now
        self.world.emit("call_updated", self.call)
