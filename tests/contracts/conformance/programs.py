"""Programs that adapt a client for ProgramAdapter, as source code. They start fast: only the standard library."""

from __future__ import annotations

import sys

CORRECT = """
import json, os, sys, urllib.error, urllib.parse, urllib.request

class Refused(Exception):
    def __init__(self, status):
        super().__init__(f"VoIPbin returned {status}")
        self.status = status

class OutcomeUnknown(Exception):
    status = None

def send(method, path, body=None):
    request = urllib.request.Request(os.environ["VOIPBIN_BASE_URL"] + path, method=method)
    request.add_header("Authorization", "Bearer " + os.environ["VOIPBIN_TOKEN"])
    try:
        with urllib.request.urlopen(request, None if body is None else json.dumps(body).encode(), 4) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        raise Refused(error.code)
    except Exception:
        raise OutcomeUnknown(f"no valid response to {method} {path}")

def place(body):
    return send("POST", "/providercalls", body)

def list_records():
    found, token = [], ""
    while rows := (page := send("GET", "/providercalls?page_token=" + urllib.parse.quote(token)))["result"]:
        found += [row["id"] for row in rows]
        token = page["next_page_token"]
    return found

def hang_up(id):
    return send("POST", f"/calls/{id}/hangup")

def serve(*operations):
    by_name = {operation.__name__: operation for operation in operations}
    for line in sys.stdin:
        message = json.loads(line)
        name = message.pop("operation")
        try:
            value = list(by_name) if name == "operations" else by_name[name](**message)
            response = {"ok": True, "value": value}
        except (Refused, OutcomeUnknown) as error:
            response = {"ok": False, "error": type(error).__name__, "status": error.status, "message": str(error)}
        print(json.dumps(response), flush=True)

"""


def program(*lines: str, serves: str = "place, list_records, hang_up") -> list[str]:
    """Return the command of a correct program after these changes."""
    # Without site-packages Python starts faster.
    return [sys.executable, "-ISuc", "\n".join([CORRECT, *lines, f"serve({serves})"])]
