"""One activeflow in execution: which action comes next, and what follows from it (flows.md 3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any, Protocol

from ...contracts.formats.go_uuids import NIL
from ...contracts.models.action_types import ACTIONS, ANY, CALL, NO_CALL
from ...contracts.rules import activeflow_requests as request_rules
from ...contracts.rules import activeflows as rules
from ..events.dispatcher import Webhooks
from ..wire.serializers import Renderer
from ..world.records import Activeflow, Call
from ..world.values import FINISH, Action, Frame, extended
from ..world.world import RequestRefused, World
from . import action_stack
from .action_handlers import ACTION_HANDLERS, ActionContext, ActionFailed, handle_digit
from .call_control import RESUME, CallControl
from .variables import Variables, format_go_value

_MEDIA: Mapping[str, str] = {"call": CALL, "api": NO_CALL}
"""The media of a flow, by the reference_type of its activeflow; without a reference, it has none."""


class Engine(Protocol):
    """The flow engine, as an activeflow in execution uses it."""

    world: World
    calls: CallControl
    webhooks: Webhooks
    render: Renderer

    def end(self, activeflow: Activeflow, call: Call, *, success: bool = False) -> None:
        """End an activeflow, and start the flow that its flow names for that case."""

    def stop_recording(self, call: Call) -> None:
        """End the recording of a call, and start the flow that it names for that case."""


class FlowRun(ActionContext):
    """One activeflow in execution. It is `attended` while its call executes the actions."""

    def __init__(self, engine: Engine, activeflow: Activeflow, call: Call, *, attended: bool = True) -> None:
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

    def press(self, digit: str) -> None:
        """Handle a DTMF digit, which may be what the present action waits for."""
        if handle_digit(self, digit):
            self.calls.cancel(self.call, RESUME)
            self.resume()

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
