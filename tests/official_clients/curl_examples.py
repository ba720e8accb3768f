"""The `curl` examples of VoIPbin's documents, for the resources that the fake models in part or whole."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from .results import Step
from .world import DESTINATION, SOURCE, UNKNOWN, World

CLIENT: Final = "curl"
EXAMPLES: Final[list[dict[str, Any]]] = json.loads(Path(__file__).with_name("curl_examples.json").read_text())[
    "examples"
]
_TIMEOUT: Final = 60
_UUID: Final = r"[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}"
_PLACEHOLDER: Final = r"<[^<>\s]+>|\{[a-z-]+\}"
_ID_IN_PATH: Final = re.compile(rf"/(?P<kind>[a-z_]+?)s?/(?:{_UUID}|{_PLACEHOLDER})")
_ID_IN_BODY: Final = re.compile(
    r'"(?P<name>[a-z_]*?(?P<kind>flow|provider|customer|billing_account|call|agent|number)_id)": "[^"]*"'
)
_CREDENTIAL: Final = re.compile(r"(?<![a-z_])(token=|Bearer |accesskey=)[^&'\"\s]+")
_PHONE_NUMBER: Final = re.compile(r'("(?:source": \{\s*"type": "tel",\s*")?target": ")(?:\+|<your-)[^"]*')
"""The documents' numbers belong to nobody: a reader calls from an own number to any other."""
_KINDS: Final[Mapping[str, str]] = {"recordingfile": "recording"}
"""The kind of record behind an id in a path, where it differs from the path's."""


def steps() -> Iterator[Step]:
    """Yield a step per example."""
    for example in EXAMPLES:
        yield Step(
            f"{example['page']}:{example['line']} {_request(example['command'])}", partial(_run, example["command"])
        )


def is_available() -> bool:
    """Return whether this machine has curl."""
    return shutil.which("curl") is not None


def _request(command: str) -> str:
    """Return the method and the path of an example, without ids."""
    [path] = re.findall(r"https://api\.voipbin\.net([^?'\"\s]*)", command)[:1]
    method = re.search(r"(?:-X|--request)[ =]'?([A-Z]+)", command)
    has_body = "--data" in command or " -d " in command
    return f"{method[1] if method else 'POST' if has_body else 'GET'} {re.sub(_UUID, '{id}', path)}"


def _run(command: str, world: World) -> str:
    """Run an example as a shell does, after replacing what its reader replaces, and return its error."""
    try:
        arguments = shlex.split(_adapted(command, world).replace("\\\n", " "))
    except ValueError as error:
        return f"not a command of a shell: {error}"
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [*arguments, "--silent", "--show-error", "--output", os.devnull, "--write-out", "%{http_code}"],
            # Some examples write a file of their own.
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT,
        )
    if done.returncode:
        return done.stderr.strip() or f"exit code {done.returncode}"
    return "" if done.stdout == "200" else f"HTTP {done.stdout}"


def _adapted(command: str, world: World) -> str:
    """Return an example with the host, the credentials, the ids and the phone numbers of the world."""
    text = command.replace("https://api.voipbin.net", world.base_url.removesuffix("/v1.0"))
    secrets = {"token=": world.admin["token"], "Bearer ": world.admin["token"], "accesskey=": world.admin["accesskey"]}
    text = _CREDENTIAL.sub(lambda found: found[1] + secrets[found[1]], text)
    text = text.replace("your-voipbin-username", world.admin["username"])
    text = text.replace("your-voipbin-password", world.admin["password"])
    text = _PHONE_NUMBER.sub(lambda found: found[1] + (SOURCE if "source" in found[1] else DESTINATION), text)
    text = _ID_IN_PATH.sub(partial(_path, world.ids), text)
    return _ID_IN_BODY.sub(lambda found: f'"{found["name"]}": "{world.ids[found["kind"]]}"', text)


def _path(ids: Mapping[str, str], found: re.Match[str]) -> str:
    """Return the part of a path with the id of a record of the world, such as `/calls/ID`."""
    kind = _KINDS.get(found["kind"], found["kind"])
    if found.string[found.end() :].startswith("/recording_stop"):
        kind = "recorded_call"
    collection = found[0].split("/")[1]
    return f"/{collection}/{ids.get(kind, UNKNOWN)}"
