"""A typed client of the control API, for Python programs beside a fake that serves: tests, scripts, notebooks."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import httpx
from pydantic import TypeAdapter

from ..transports.faults import Kind
from . import models
from .asgi_app import PREFIX

T = TypeVar("T")
Line = str | Mapping[str, Any]
"""A line of a carrier's script, as in a seed file: `"busy"`, or `{"answers": {"after": 3}}`."""


class ControlError(Exception):
    """The control API has refused; the text is its message. `status` is the answer's, `reason` says why in a word."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


class ControlClient:
    """Does from outside what a test in the same process does by hand; a context manager, or `close` it.

    `url` is the server's, such as `http://127.0.0.1:8080`, or the base URL below it. What is refused raises
    ControlRefused, a server that is not there httpx.TransportError. `http` may be a client of one's own, which trusts
    a server's certificate, for instance; it is closed too.
    """

    def __init__(self, url: str, http: httpx.Client | None = None) -> None:
        parts = urlsplit(url)
        # Proxies are of no use on the way to a fake.
        self._http = http or httpx.Client(trust_env=False, timeout=60)
        self._root = f"{parts.scheme}://{parts.netloc}{PREFIX}"

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> ControlClient:
        return self

    def __exit__(self, kind: type[BaseException] | None, why: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    # the world

    def info(self) -> models.Info:
        """Who may ask, with credentials, and the ids of the providers and flows."""
        return self._do("GET", "/world", models.Info)

    def reset(self) -> models.Info:
        """Make everything as it was at the beginning."""
        return self._do("POST", "/reset", models.Info)

    def seed(self, seed: Mapping[str, Any]) -> models.SeededResources:
        """Add customers, agents, providers, flows and carriers' scripts, written as in a seed file."""
        return self._do("POST", "/seed", models.SeededResources, seed)

    def snapshot(self) -> models.Snapshot:
        """Keep everything as it is now."""
        return self._do("POST", "/snapshots", models.Snapshot)

    def snapshots(self) -> list[models.Snapshot]:
        """The moments that are kept."""
        return self._do("GET", "/snapshots", list[models.Snapshot])

    def restore(self, snapshot: models.Snapshot | str) -> models.Clock:
        """Make everything as it was at that moment."""
        return self._do("POST", f"/snapshots/{_id(snapshot)}/restore", models.Clock)

    def delete_snapshot(self, snapshot: models.Snapshot | str) -> None:
        """Let a snapshot go."""
        self._do("DELETE", f"/snapshots/{_id(snapshot)}", type(None))

    def clock(self) -> models.Clock:
        """The fake's time."""
        return self._do("GET", "/clock", models.Clock)

    def advance(self, seconds: float) -> models.Clock:
        """Let time pass, with everything that is due meanwhile."""
        return self._do("POST", "/clock/advance", models.Clock, {"seconds": seconds})

    # calls

    def providercalls(self, limit: int = 200) -> list[models.ProviderCall]:
        """The records of POST /providercalls, the newest first."""
        return self._do("GET", f"/providercalls?limit={limit}", list[models.ProviderCall])

    def calls(self, limit: int = 200) -> list[models.Call]:
        """The calls, the newest first."""
        return self._do("GET", f"/calls?limit={limit}", list[models.Call])

    def call(self, call: models.Call | str) -> models.CallDetail:
        """A call with its INVITE and its ladder."""
        return self._do("GET", f"/calls/{_id(call)}", models.CallDetail)

    def ring(self, call: models.Call | str) -> models.CallDetail:
        """Let the far side ring."""
        return self._move(call, "ring")

    def answer(self, call: models.Call | str) -> models.CallDetail:
        """Let the far side answer."""
        return self._move(call, "answer")

    def reject(self, call: models.Call | str, sip: int = 486) -> models.CallDetail:
        """Let the carrier refuse the call, with a SIP response of 300 to 699."""
        return self._move(call, "reject", {"sip": sip})

    def press(self, call: models.Call | str, digits: str) -> models.CallDetail:
        """Let the far side press digits: 0-9, A-D, # and *."""
        return self._move(call, "press", {"digits": digits})

    def hangup(self, call: models.Call | str, reason: str | None = None) -> models.CallDetail:
        """End the call, as the far side, a timer or VoIPbin would for that hangup_reason."""
        return self._move(call, "hangup", {"reason": reason})

    # the far side, and the way to it

    def carriers(self) -> list[models.Carrier]:
        """The providers, and what their far sides do."""
        return self._do("GET", "/carriers", list[models.Carrier])

    def set_script(self, provider: str, *lines: Line) -> models.Carrier:
        """Put a script in the place of a provider's, which is given by id or name."""
        return self._do("PUT", f"/carriers/{_id(provider)}", models.Carrier, lines)

    def extend_script(self, provider: str, *lines: Line) -> models.Carrier:
        """Add lines to the script of a provider."""
        return self._do("POST", f"/carriers/{_id(provider)}", models.Carrier, lines)

    def faults(self) -> list[models.ArmedFault]:
        """The faults that may still strike."""
        return self._do("GET", "/faults", list[models.ArmedFault])

    def add_fault(self, kind: Kind, **fields: Any) -> list[models.ArmedFault]:
        """Have something go wrong with a coming request: the fields of fake_server.Fault."""
        return self._do("POST", "/faults", list[models.ArmedFault], {"kind": kind, **fields})

    def clear_faults(self) -> None:
        """Forget the faults that may still strike."""
        self._do("DELETE", "/faults", type(None))

    # what has happened

    def journal(self, after: int = 0, limit: int = 200) -> list[models.Exchange]:
        """The requests in order, from the one behind the number `after`."""
        return self._do("GET", f"/journal?after={after}&limit={limit}", list[models.Exchange])

    def rules(self) -> dict[str, models.Rule]:
        """The catalogue of rules, and how often each was passed and has refused."""
        return self._do("GET", "/rules", dict[str, models.Rule])

    def report(self) -> models.SessionReport:
        """How many requests and calls there were, and how the rules were met."""
        return self._do("GET", "/report", models.SessionReport)

    def ledger(self, limit: int = 200) -> models.LedgerView:
        """What the calls cost."""
        return self._do("GET", f"/bill?limit={limit}", models.LedgerView)

    def overview(self) -> models.Overview:
        """All of it at a glance, the newest of each."""
        return self._do("GET", "/overview", models.Overview)

    def watch(self) -> Generator[models.Overview, None, None]:
        """The overview now, and again whenever it has changed; ends when the server does."""
        with self._http.stream("GET", f"{self._root}/stream", timeout=None) as answer:
            if answer.is_error:
                answer.read()
                raise _refused(answer)
            for line in answer.iter_lines():
                if line.startswith("data: "):
                    yield models.Overview.model_validate_json(line.removeprefix("data: "))

    def _move(self, call: models.Call | str, move: str, how: Mapping[str, Any] | None = None) -> models.CallDetail:
        return self._do("POST", f"/calls/{_id(call)}/{move}", models.CallDetail, how)

    def _do(self, method: str, path: str, gives: type[T], sent: object = None) -> T:
        answer = self._http.request(method, f"{self._root}{path}", json=sent)
        if answer.is_error:
            raise _refused(answer)
        given: T = TypeAdapter(gives).validate_json(answer.content)
        return given


def _refused(answer: httpx.Response) -> ControlError:
    try:
        error = answer.json()["error"]
        return ControlError(answer.status_code, error["reason"], error["message"])
    except (ValueError, KeyError, TypeError):
        return ControlError(answer.status_code, "NO_CONTROL_API", f"{answer.url} is no control API of a fake")


def _id(given: models.Call | models.Snapshot | str) -> str:
    return quote(given if isinstance(given, str) else given.id, safe="")
