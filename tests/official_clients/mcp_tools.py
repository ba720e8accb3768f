"""The tools of `voipbin-mcp`, through a real session of the Model Context Protocol, for the resources of the fake."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from itertools import count
from typing import Any, Final

from .results import Step
from .world import DESTINATION, SOURCE, World

CLIENT: Final = "voipbin-mcp"
_ACTIONS: Final = [{"type": "answer"}, {"type": "hangup"}]
_TEL: Final = {
    "source_type": "tel",
    "source_target": SOURCE,
    "destination_type": "tel",
    "destination_target": DESTINATION,
}
_PAGE: Final[dict[str, Any]] = {"page_size": 1}
TOOLS: Final[tuple[tuple[str, Mapping[str, Any]], ...]] = (
    ("list_activeflows", {}),
    ("get_activeflow", {"activeflow_id": "{activeflow}"}),
    ("stop_activeflow", {"activeflow_id": "{activeflow}"}),
    ("list_agents", {}),
    ("list_agents", _PAGE),
    ("get_agent", {"agent_id": "{agent}"}),
    ("list_billings", {}),
    ("list_billings", _PAGE),
    ("get_billing", {"billing_id": "{billing}"}),
    ("list_calls", {}),
    ("list_calls", _PAGE),
    ("get_call", {"call_id": "{call}"}),
    ("create_call", _TEL),
    ("create_call", {**_TEL, "flow_id": "{flow}"}),
    ("create_call", {**_TEL, "destination_type": "sip", "destination_target": "alice@sip.example.net"}),
    ("create_call", {**_TEL, "destination_type": "agent", "destination_target": "{agent}"}),
    ("hangup_call", {"call_id": "{call}"}),
    ("get_customer", {}),
    ("list_extensions", {}),
    ("get_extension", {"extension_id": "{extension}"}),
    ("list_flows", {}),
    ("list_flows", _PAGE),
    ("get_flow", {"flow_id": "{flow}"}),
    ("create_flow", {"name": "second", "detail": "", "actions": _ACTIONS}),
    ("update_flow", {"flow_id": "{flow}", "name": "renamed", "detail": "", "actions": _ACTIONS}),
    ("delete_flow", {"flow_id": "{flow}"}),
    ("list_numbers", {}),
    ("get_number", {"number_id": "{number}"}),
    ("list_routes", {}),
    ("get_route", {"route_id": "{route}"}),
    ("phone_status", {}),
    ("phone_incoming_configure", {"number_id": "{number}", "enabled": True}),
)
"""The tools and their arguments. Names in braces are ids of the world. The other phone tools stream media."""


class Session:
    """A running voipbin-mcp: one message of JSON-RPC per line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._ids = count(1)
        self._request(
            "initialize",
            {
                "protocolVersion": "2024-11-05",
                "capabilities": {},
                "clientInfo": {"name": "tests", "version": "1"},
            },
        )
        self._send({"method": "notifications/initialized"})

    def call(self, tool: str, arguments: Mapping[str, Any]) -> str:
        """Call a tool and return its error, or an empty string."""
        result = self._request("tools/call", {"name": tool, "arguments": arguments})
        text = "".join(part.get("text", "") for part in result["content"])
        if result.get("isError"):
            return text
        # The phone tools report errors as results.
        value = json.loads(text)
        return json.dumps(value) if isinstance(value, dict) and "error" in value else ""

    def _send(self, message: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self._process.stdin.flush()

    def _request(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        id = next(self._ids)
        self._send({"id": id, "method": method, "params": params})
        assert self._process.stdout is not None
        for line in self._process.stdout:
            message = json.loads(line)
            if message.get("id") == id:
                result: dict[str, Any] = message["result"]
                return result
        raise AssertionError(f"voipbin-mcp ended before it responded to {method}")


def is_available() -> bool:
    """Return whether voipbin-mcp is installed."""
    return find_spec("voipbin_mcp") is not None


@contextmanager
def session(world: World, authentication: str) -> Iterator[Session]:
    """Run voipbin-mcp with the access key in a `cookie` or in the `query`."""
    environment = {**os.environ, **world.environment, "VOIPBIN_AUTH_TRANSPORT": authentication}
    command = [sys.executable, "-m", "voipbin_mcp.server"]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            yield Session(process)
        finally:
            process.kill()


def steps(opened: Session, authentication: str) -> Iterator[Step]:
    """Yield a step per tool and arguments."""
    for tool, arguments in TOOLS:
        shown = " ".join(f"{name}={value}" for name, value in arguments.items())
        yield Step(f"{authentication}: {tool} {shown}".strip(), partial(_run, opened, tool, arguments))


def _run(opened: Session, tool: str, arguments: Mapping[str, Any], world: World) -> str:
    filled = {name: _filled(value, world.ids) for name, value in arguments.items()}
    return opened.call(tool, filled)


def _filled(value: Any, ids: Mapping[str, str]) -> Any:
    return ids.get(value[1:-1], value) if isinstance(value, str) and value.startswith("{") else value
