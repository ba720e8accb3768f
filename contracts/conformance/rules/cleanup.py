"""What a client holds, and for how long it waits."""

from __future__ import annotations

import gc
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from ..client_rule import ClientRuleBroken, client_rule
from ..duplicate_calls import slow_after
from ..rule_check import CheckContext, body
from .errors import Refuser

_LIBRARIES = ("httpx", "httpx2")


@client_rule(
    "CLIENT-CLOSE-01",
    "HTTP libraries: closing",
    "Close every HTTP client, session and response that was opened, also for one request, or one that was refused.",
)
def closes_what_it_opens(trial: CheckContext) -> None:
    """When the client has been closed nothing that it opened is open: no HTTP client, connection or socket."""
    with trial.stage() as stage, _watched() as left:
        with trial.client(stage) as client:
            trial.run_all_operations(client)
            Refuser(client).refused(403)
        connections = stage.connections()
        del client
        found = [f"connections: {connections}"] * (connections > 0) + left()
        if found:
            raise ClientRuleBroken(f"left open: {', '.join(found)}")


@client_rule(
    "CLIENT-TIME-01",
    "gateway.md 4.3 (the gateway itself waits for three seconds); HTTP libraries: time-outs",
    "Give the HTTP client a time-out. If yours has good reason to be longer, say so: patience = seconds.",
)
def times_out(trial: CheckContext) -> None:
    """A client whose request is not answered gives up, within the seconds that its suite calls its patience."""
    patience = trial.adapter.max_request_timeout
    with trial.new_client() as client:
        late = slow_after(patience, client.stage)
        client.stage.fake.faults.add("delay", seconds=late, method="POST", path="/providercalls", times=None)
        outcome = client.try_call("place", body(client.stage.fake))
        if outcome.seconds > patience:
            raise ClientRuleBroken(
                f"place {outcome} after {outcome.seconds:.1f} s for want of an answer; patience is {patience:g} s"
            )


@contextmanager
def _watched() -> Iterator[Callable[[], list[str]]]:
    """Meanwhile notes what is opened; the function that is given tells what of that is open still."""
    clients: list[Any] = []
    with ExitStack() as patches, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", ResourceWarning)
        for kind in _client_types():
            patches.enter_context(patch.object(kind, "__init__", _noting(kind.__init__, clients)))

        # What others have left lying about is not this client's, and looking through it takes long.
        gc.freeze()
        patches.callback(gc.unfreeze)

        def left() -> list[str]:
            open_still = [f"an {type(one).__module__}.{type(one).__name__}" for one in clients if not one.is_closed]
            clients.clear()
            gc.collect()
            return open_still + [str(warning.message) for warning in caught]

        yield left


def _client_types() -> Iterator[Any]:
    for name in _LIBRARIES:
        library = sys.modules.get(name)
        if library is not None:
            yield from (library.Client, library.AsyncClient)


def _noting(original: Callable[..., None], clients: list[Any]) -> Callable[..., None]:
    def init(self: Any, *arguments: Any, **named: Any) -> None:
        original(self, *arguments, **named)
        clients.append(self)

    return init
