"""Flows that run: from the start pseudo-action of an answered call to the hang-up at the end (flows.md 3.4)."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING

from pydantic import ValidationError

from ...contracts.go_uuids import NIL
from ...contracts.models.actions import ACTIONS
from ...contracts.rules import activeflows as rules
from ..events import events
from ..gateway.request_context import RequestRefused
from ..world.records import FINISH, START, Action, Activeflow, Call, Frame
from . import action_handlers, action_stack, lookup
from .action_handlers import ACTION_HANDLERS, ActionContext, ActionFailed
from .variables import Variables, format_go_value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..core import FakeVoipbin

FIRST_ACTION_AFTER = 0.02
"""Seconds from the answer to the first action."""
_DEEPEST = 5
"""How many flows may complete one after the other, each starting the next (flows.md 3.6)."""


def resume(fake: FakeVoipbin, call: Call) -> None:
    """Execute a call's actions until one takes time or the call is being hung up."""
    activeflow = fake.state.activeflows.get(call.activeflow_id)
    if activeflow is None:
        # Without an activeflow the answered call is hung up at once (calls.md 2.2).
        fake.call_engine.hang_up(call)
    elif activeflow.status == "running":
        FlowRun(fake, activeflow, call).resume()


def press(fake: FakeVoipbin, call: Call, digit: str) -> None:
    """A digit is pressed: digits_receive collects, any other action keeps the last one (flows.md 3.5)."""
    activeflow = fake.state.activeflows.get(call.activeflow_id)
    if activeflow is None:
        return
    run = FlowRun(fake, activeflow, call)
    if action_handlers.handle_digit(run, digit):
        fake.state.timeline.cancel(call, "go_on")
        run.resume()


def leg_ended(fake: FakeVoipbin, master: Call) -> None:
    """A call that was made for another one has ended: once all have, the other leaves the bridge and goes on."""
    flow_id = fake.state.bridges.get(str(master.action.option.get("confbridge_id")))
    if master.status != "progressing" or flow_id is None:
        return
    # Those that are called for one bridge follow a flow of their own, be they in a groupcall or not.
    legs = [call for call in fake.state.calls.values() if call.flow_id == flow_id and not call.orphan]
    if any(leg.status != "hangup" for leg in legs):
        return
    if fake.flag(rules.unanswered_connect_continues) or any(leg.tm_progressing for leg in legs):
        master.tm_update = fake.clock.timestamp()
        events.emit(fake, "call_updated", master)
        resume(fake, master)


def end(fake: FakeVoipbin, activeflow: Activeflow, call: Call, *, success: bool = False) -> None:
    """An activeflow ends, once; what its flow names for that starts."""
    if activeflow.status == "ended":
        return
    activeflow.status, activeflow.tm_update = "ended", fake.clock.timestamp()
    events.emit(fake, "activeflow_updated", activeflow)
    if not fake.flag(rules.completes_only_success) or success:
        _complete(fake, activeflow, call)


def _complete(fake: FakeVoipbin, ended: Activeflow, call: Call) -> None:
    """Start the flow that an ended one names, for the same call; nobody executes its call actions (flows.md 3.9)."""
    flow = lookup.find_flow(fake, ended.on_complete_flow_id)
    if flow is None or ended.depth >= _DEEPEST or not fake.enforces(rules.completion_starts_a_flow):
        return
    activeflow = replace(
        ended,
        id=fake.ids.uuid(),
        tm_create=fake.clock.timestamp(),
        tm_update=None,
        flow_id=flow.id,
        status="running",
        reference_activeflow_id=ended.id,
        on_complete_flow_id=flow.on_complete_flow_id,
        current_action=START,
        forward_action_id=NIL,
        executed_actions=(),
        stack=(Frame(flow.actions),),
        executions=0,
        depth=ended.depth + 1,
    )
    events.emit(fake, "activeflow_created", fake.state.activeflows.add(activeflow))
    FlowRun(fake, activeflow, call, attended=False).resume()


class FlowRun(ActionContext):
    """One activeflow in execution. It is `attended` while its call asks for the actions."""

    def __init__(self, fake: FakeVoipbin, activeflow: Activeflow, call: Call, *, attended: bool = True) -> None:
        self.fake = fake
        self.activeflow = activeflow
        self.call = call
        self.variables = Variables(activeflow, call, fake.render)
        self._attended = attended

    def resume(self) -> None:
        """Execute actions, one after the other, until one takes time."""
        while self._is_running() and self._step():
            pass

    def jump(self, target: str) -> None:
        if action_stack.locate(self.activeflow.stack, target) is None and self.fake.enforces(rules.jump_target_exists):
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
        end(self.fake, self.activeflow, self.call, success=True)
        if self._attended:
            self._show(FINISH)
            if self.fake.enforces(rules.end_hangs_up):
                self.fake.call_engine.hang_up(self.call)

    def _is_running(self) -> bool:
        return self.activeflow.status == "running" and (
            not self._attended or self.call.status not in ("terminating", "hangup")
        )

    def _step(self) -> bool:
        """Execute the next action; False when it takes time."""
        limit = self.fake.edition.execution_limit
        if self.activeflow.executions > (limit if self.fake.enforces(rules.executions_are_limited) else limit // 2):
            self._fail()
            return False
        place = self._next()
        if place is None:
            self.finish()
            return False
        self.activeflow.stack = place.stack
        self._enter(self._filled_in(place.action))
        return self._execute(self.activeflow.current_action)

    def _next(self) -> action_stack.Position | None:
        activeflow = self.activeflow
        if activeflow.forward_action_id != NIL:
            return action_stack.locate(activeflow.stack, activeflow.forward_action_id)
        return action_stack.next_position(activeflow.stack, activeflow.current_action)

    def _filled_in(self, action: Action) -> Action:
        """The action with the variables' values in its option."""
        if not action.option or not self.fake.enforces(rules.variables_are_filled_in):
            return action
        as_text = self.fake.flag(rules.arrays_become_text)
        option = self.variables.expand(action.option, format_go_value if as_text else lambda value: value)
        return Action(action.id, action.next_id, action.type, option, action.tm_execute)

    def _enter(self, action: Action) -> None:
        activeflow = self.activeflow
        if self.fake.enforces(rules.executed_in_order):
            activeflow.executed_actions = (*activeflow.executed_actions, activeflow.current_action)
        activeflow.current_action, activeflow.forward_action_id = action, NIL
        activeflow.executions += 1
        activeflow.tm_update = self.fake.clock.timestamp()
        events.emit(self.fake, "activeflow_updated", activeflow)

    def _execute(self, action: Action) -> bool:
        kind = ACTIONS.get(action.type)
        if kind is None or not kind.in_calls:
            return True
        if kind.executed_by_call_manager:
            if not self._attended:
                return False
            self._show(action)
        try:
            seconds = ACTION_HANDLERS[action.type](self, kind.option.model_validate(action.option))
        except (ValidationError, ActionFailed, RequestRefused):
            return self._failed(ends=kind.failure_ends_flow)
        if seconds != inf and seconds > 0:
            self.fake.call_engine.schedule(self.call, "go_on", seconds)
        return seconds <= 0

    def _failed(self, *, ends: bool) -> bool:
        """A wrong option, or work that fails: some actions end the flow, others are left out."""
        if not ends or not self.fake.enforces(rules.failed_flow_action_ends):
            return True
        self._fail()
        return False

    def _fail(self) -> None:
        end(self.fake, self.activeflow, self.call)
        if self._attended:
            self.fake.call_engine.hang_up(self.call)

    def _show(self, action: Action) -> None:
        now = self.fake.clock.timestamp()
        self.call.action = Action(action.id, action.next_id, action.type, action.option, now)
        self.call.tm_update = now
        events.emit(self.fake, "call_updated", self.call)
