"""The commands of `vn`, VoIPbin's command line, for the resources that the fake models in part or whole."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from .results import Step
from .world import DESTINATION, SOURCE, World

CLIENT: Final = "vn"
_TIMEOUT: Final = 60
_CALL_CONTROLS = (
    *("hangup", "hold", "unhold", "mute", "unmute", "silence", "unsilence", "moh", "unmoh"),
    *("recording-start", "talk"),
)
_TEL: Final = f"--source {SOURCE} --destination {DESTINATION}"
COMMANDS: Final = {
    "accesskeys": (
        *("list", "get {accesskey}", "update {accesskey} --name renamed", "delete {accesskey}"),
        *("create --name ci --expire 86400", "create --name ci"),
    ),
    "activeflows": ("list", "get {activeflow}", "create --flow-id {flow}", "stop {activeflow}", "delete {activeflow}"),
    "agents": (
        *("list", "get {agent}", "update {agent} --name renamed", "delete {agent}"),
        "create --username bob@example.net --password secret123 --permission 64 --name Bob --detail second",
        """update-addresses {agent} --addresses [{"type":"tel","target":"+12025550199"}]""",
        *("update-password {agent} --password secret456", "update-permission {agent} --permission 64"),
        *("update-status {agent} --status available", "update-tag-ids {agent} --tag-id {flow}"),
    ),
    "billing-accounts": (
        *("list", "get {billing_account}", "create --name second", "update {billing_account} --name renamed"),
        *("balance-add {billing_account} --amount 5", "balance-subtract {billing_account} --amount 5"),
        "update-payment-info {billing_account} --payment-type prepaid --payment-method credit-card",
        "delete {billing_account}",
    ),
    "billings": ("list", "get {billing}"),
    "calls": (
        *("list", "list --page-size 1", "get {call}", f"create {_TEL}", f"create {_TEL} --flow-id {{flow}}"),
        *(f"{control} {{call}}" for control in _CALL_CONTROLS),
        *("recording-stop {recorded_call}", "delete {call}"),
    ),
    "customers": (
        *("list", "get {customer}", "create --name acme --email acme@example.net", "update {customer} --name renamed"),
        *("update-billing-account {customer} --billing-account-id {billing_account}", "delete {customer}"),
    ),
    "extensions": (
        *("list", "get {extension}", "create --extension 2002 --password secret123 --name second"),
        *("update {extension} --name renamed --password secret456", "delete {extension}"),
    ),
    "flows": (
        *(
            "list",
            "get {flow}",
            "create --name second",
            """update {flow} --name renamed --actions [{"type":"answer"}]""",
        ),
        "delete {flow}",
    ),
    "groupcalls": ("list", "get {groupcall}", f"create {_TEL}", "hangup {groupcall}", "delete {groupcall}"),
    "numbers": (
        *(
            "list",
            "get {number}",
            "create --number +12025550177 --name second --detail second --call-flow-id {flow} --message-flow-id {flow}",
            "update {number} --name renamed",
        ),
        *("update-flow-ids {number} --call-flow-id {flow}", "renew {number} --tm-renew 2026-12-31", "delete {number}"),
    ),
    "providers": (
        *("list", "get {provider}", "create --name second --hostname sip.second.example"),
        *("update {provider} --name renamed", "delete {provider}"),
    ),
    "recordings": ("list", "get {recording}", "delete {recording}"),
    "recordingfiles": ("get {recording} --output-file recording.wav",),
    "routes": (
        *("list", "list --customer-id {customer}", "get {route}", "update {route} --name renamed --priority 2"),
        "create --customer-id {customer} --provider-id {provider} --target +1 --priority 1 --name second",
        "delete {route}",
    ),
    "timelines": (
        *("list-events --resource-type calls --resource-id {call}", "aggregated-events --call-id {call}"),
        *("sip-analysis {call}", "pcap {call} --output-file call.pcap"),
    ),
    "": ("me", "version", "completion bash", "login --profile ci --access-key {accesskey_secret}", "logout"),
}
"""The arguments of each command by resource. Names in braces are ids of the world."""
_PROFILE: Final = "current_profile: default\nprofiles:\n  default:\n    access_key: {key}\n    api_url: {url}\n"


def steps(binary: Path) -> Iterator[Step]:
    """Yield a step per command."""
    for resource, commands in COMMANDS.items():
        for command in commands:
            yield Step(f"{resource} {command}".strip(), partial(_run, binary, f"{resource} {command}"))


def _run(binary: Path, command: str, world: World) -> str:
    """Run a command as a user with a profile would, in an empty home, and return its error."""
    names = {**world.ids, "accesskey_secret": world.environment["VN_ACCESS_KEY"]}
    arguments = command.split()
    for name, id in names.items():
        arguments = [argument.replace(f"{{{name}}}", id) for argument in arguments]
    if "login" in arguments:
        arguments += ["--api-url", world.base_url]
    with tempfile.TemporaryDirectory() as home:
        profile = Path(home, ".vn", "config.yaml")
        profile.parent.mkdir()
        profile.write_text(_PROFILE.format(key=world.environment["VN_ACCESS_KEY"], url=world.base_url))
        done = subprocess.run(
            [binary, *arguments],
            cwd=home,
            env={**os.environ, **world.environment, "HOME": home},
            capture_output=True,
            text=True,
            timeout=_TIMEOUT,
        )
    return "" if done.returncode == 0 else done.stderr.strip() or f"exit code {done.returncode}"
