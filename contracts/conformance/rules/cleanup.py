"""Rules: what a client leaves open, and its timeout."""

from __future__ import annotations

import gc
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from ..check_context import CheckContext, body
from ..client_rule import client_rule
from ..duplicate_calls import slow_after
from ..exceptions import ClientRuleBroken
from .errors import FaultyPost

_LIBRARIES = ("httpx", "httpx2")


@client_rule(
    "CLIENT-CLOSE-01",
    "HTTP libraries: closing",
    "Close every HTTP client, session and response that you open, including those for a single or a refused request.",
)
def closes_what_it_opens(context: CheckContext) -> None:
    """After the client is closed, no HTTP client, connection or socket that it opened is still open."""
    with context.harness() as harness, _leak_detector() as leaks:
        with context.client(harness) as client:
            context.run_all_operations(client)
            FaultyPost(client).with_status(403)
        connections = harness.connections()
        del client
        found = [f"connections: {connections}"] * (connections > 0) + leaks()
        if found:
            raise ClientRuleBroken(f"left open: {', '.join(found)}")


@client_rule(
    "CLIENT-TIME-01",
    "gateway.md 4.3 (the gateway itself waits for three seconds); HTTP libraries: timeouts",
    "Give the HTTP client a timeout. If yours needs a longer one, set max_request_timeout = seconds in the suite.",
)
def times_out(context: CheckContext) -> None:
    """If no response arrives, the client times out within the suite's max_request_timeout."""
    limit = context.adapter.max_request_timeout
    with context.new_client() as client:
        delay = slow_after(limit, client.harness)
        client.harness.fake.faults.add("delay", seconds=delay, method="POST", path="/providercalls", times=None)
        result = client.try_call("place", body(client.harness.fake))
        if result.seconds > limit:
            raise ClientRuleBroken(
                f"place {result} after {result.seconds:.1f} s without a response; max_request_timeout is {limit:g} s"
            )


@contextmanager
def _leak_detector() -> Iterator[Callable[[], list[str]]]:
    """Record what is opened inside the block. Yield a function that lists what of it is still open."""
    clients: list[Any] = []
    with ExitStack() as patches, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", ResourceWarning)
        for kind in _client_types():
            patches.enter_context(patch.object(kind, "__init__", _recording(kind.__init__, clients)))

        # Garbage of other tests does not belong to this client, and collecting it takes long.
        gc.freeze()
        patches.callback(gc.unfreeze)

        def leaks() -> list[str]:
            unclosed = [f"an {type(one).__module__}.{type(one).__name__}" for one in clients if not one.is_closed]
            clients.clear()
            gc.collect()
            return unclosed + [str(warning.message) for warning in caught]

        yield leaks


def _client_types() -> Iterator[Any]:
    for name in _LIBRARIES:
        library = sys.modules.get(name)
        if library is not None:
            yield from (library.Client, library.AsyncClient)


def _recording(original: Callable[..., None], clients: list[Any]) -> Callable[..., None]:
    def init(self: Any, *arguments: Any, **named: Any) -> None:
        original(self, *arguments, **named)
        clients.append(self)

    return init
