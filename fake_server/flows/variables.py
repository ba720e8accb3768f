"""The variables of an activeflow, and `${name}` in the options of its actions (flows.md 3.8)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from ...contracts.formats.go_uuids import NIL
from ..wire import gojson
from ..wire.serializers import Renderer
from ..world.records import Activeflow, Call
from ..world.values import Address

DIGITS = "voipbin.call.digits"
_NAME = re.compile(r"\$\{(.*?)\}")
_MAX_INSERTED = 1 << 16
"""The number of characters that the variables of one action insert. A variable that contains itself twice doubles."""


class Variables:
    """The values of variables. Most describe the activeflow and its call, and are not stored."""

    def __init__(self, activeflow: Activeflow, call: Call, render: Renderer) -> None:
        self._activeflow = activeflow
        self._call = call
        self._render = render
        self._inserted = 0

    def __getitem__(self, name: str) -> str:
        """Return the value of a variable as the servers spell it; empty for an unknown one."""
        if name in self._activeflow.variables:
            return self._activeflow.variables[name]
        if name == "voipbin.flow.reference_data" and self._call.id != NIL:
            return gojson.encode(self._render(self._call)).decode()
        return self._own().get(name, "")

    def __setitem__(self, name: str, value: str) -> None:
        self._activeflow.variables = {**self._activeflow.variables, name: value}

    def has(self, name: str) -> bool:
        """Return whether a variable was set, or describes the call or the activeflow."""
        return name in self._activeflow.variables or name in self._own()

    def _own(self) -> dict[str, str]:
        of_call = _of_call(self._call) if self._call.id != NIL else {}
        return _of_activeflow(self._activeflow) | of_call

    def expand(self, value: Any, array_item: Callable[[Any], Any]) -> Any:
        """Replace every `${name}` in a value, up to a limit. Array items that are not text are passed to a function."""
        self._inserted = 0
        return self._expand(value, array_item)

    def _expand(self, value: Any, array_item: Callable[[Any], Any]) -> Any:
        if isinstance(value, str):
            return "\n".join(map(self._expand_line, value.split("\n"))) if "${" in value else value
        if isinstance(value, Mapping):
            return {key: self._expand(one, array_item) for key, one in value.items()}
        if isinstance(value, (list, tuple)):
            return [
                self._expand(one, array_item) if isinstance(one, (str, Mapping, list, tuple)) else array_item(one)
                for one in value
            ]
        return value

    def _expand_line(self, line: str) -> str:
        # A name that is never closed is text. Otherwise each one would be compared with the whole rest: quadratic time.
        closed, brace, rest = line.rpartition("}")
        return _NAME.sub(self._inserted_value, closed + brace) + rest

    def _inserted_value(self, match: re.Match[str]) -> str:
        """Return the value of a variable, or nothing beyond the limit."""
        value = self[match[1]]
        if self._inserted + len(value) > _MAX_INSERTED:
            return ""
        self._inserted += len(value)
        return value


def format_go_value(value: Any) -> str:
    """Format a value as Go's `%v` does."""
    if value is None:
        return "<nil>"
    return json.dumps(int(value) if isinstance(value, float) and value.is_integer() else value)


def _of_activeflow(activeflow: Activeflow) -> dict[str, str]:
    return {
        "voipbin.activeflow.id": activeflow.id,
        "voipbin.activeflow.reference_type": activeflow.reference_type,
        "voipbin.activeflow.reference_id": activeflow.reference_id,
        "voipbin.activeflow.reference_activeflow_id": activeflow.reference_activeflow_id,
        "voipbin.activeflow.flow_id": activeflow.flow_id,
        "voipbin.activeflow.complete_count": str(activeflow.depth),
    }


def _of_call(call: Call) -> dict[str, str]:
    return {
        "voipbin.call.id": call.id,
        "voipbin.call.direction": call.direction,
        "voipbin.call.master_call_id": call.master_call_id,
        DIGITS: "",
        **_of_address("voipbin.call.source", call.source),
        **_of_address("voipbin.call.destination", call.destination),
    }


def _of_address(prefix: str, address: Address) -> dict[str, str]:
    return {f"{prefix}.{name}": value for name, value in address._asdict().items()}
