"""The client under trial: made, asked and closed through the adapter that its author wrote, be it sync or async."""

from __future__ import annotations

import asyncio
import inspect
import math
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from ..redaction import MASK
from .client_rule import ClientRuleBroken, ClientSetupError
from .harness import Harness, RunawayClient, Transport

OPERATIONS: Mapping[str, str] = {
    "place": "place(client, body): places a providercall, and returns what `wait_until_done` is to be given",
    "get_record": "get_record(client, id): reads one providercall",
    "list_records": "list_records(client): every providercall, all pages; rows with an `id`, or ids",
    "get_call": "get_call(client, id): reads one call",
    "wait_until_done": "wait_until_done(client, placed): returns when every call of what was placed has ended",
    "delete_record": "delete_record(client, id): deletes one providercall",
}
"""What an adapter can offer. Each may be an ordinary method or an `async def`."""
FAILURES = (Exception, SystemExit, asyncio.CancelledError, RunawayClient)
"""How an operation fails: what is written for a command line leaves by SystemExit."""
_HERE = str(Path(__file__).parent)


class Adapter(Protocol):
    """What a downstream class says of its client, besides the operations."""

    transport: Transport
    max_request_timeout: float

    def make_client(self, base_url: str, token: str) -> Any: ...
    def classify_error(self, error: BaseException) -> object: ...


class OperationResult(NamedTuple):
    """What came of one operation: a value, or an error; and how long it took by the client's own clock."""

    value: Any = None
    error: BaseException | None = None
    seconds: float = 0.0

    def __str__(self) -> str:
        if self.error is None:
            return "returned"
        text = " ".join(str(self.error).split())[:200]
        return f"raised {type(self.error).__name__}{f': {text}' if text else ''}{_where(self.error)}"


class ClientDriver:
    """A client that can be asked. Made by `opened`."""

    def __init__(self, adapter: Adapter, stage: Harness, loop: LoopRunner, own: Any) -> None:
        self.stage = stage
        self.client = own
        """What the adapter made."""
        self._adapter = adapter
        self._loop = loop

    def try_call(self, operation: str, *arguments: Any) -> OperationResult:
        """Have an operation done, whatever comes of it."""
        method = getattr(self._adapter, operation)
        start = time.monotonic()
        try:
            value = self._loop.run(method(self.client, *arguments))
            if operation == "list_records":
                value = self._loop.collect(value)
        except FAILURES as error:
            return OperationResult(None, error, time.monotonic() - start)
        return OperationResult(value, None, time.monotonic() - start)

    def call(self, operation: str, *arguments: Any) -> Any:
        """Have an operation done that must succeed. Raises Broken when it does not."""
        outcome = self.try_call(operation, *arguments)
        if outcome.error is not None:
            raise ClientRuleBroken(f"{operation} {outcome}") from outcome.error
        return outcome.value


@contextmanager
def open_client(adapter: Adapter, stage: Harness, token: str) -> Iterator[ClientDriver]:
    """The adapter's client, closed at the end. One that is a context manager is entered, as in a `with` statement."""
    with ExitStack() as stack:
        loop = LoopRunner()
        stack.callback(loop.close)
        with _told("making", token):
            made = loop.run(adapter.make_client(stage.base_url, token))
            if inspect.isgenerator(made) or inspect.isasyncgen(made):
                raise TypeError("make_client yields: put @contextlib.contextmanager, or @asynccontextmanager, above it")
            own, close = _entered(loop, made)
        stack.callback(_close, loop, close, token)
        yield ClientDriver(adapter, stage, loop, own)


def _entered(loop: LoopRunner, made: Any) -> tuple[Any, Callable[[], Any]]:
    """The client that `make_client` has made, and how it is closed."""
    kind = type(made)
    if hasattr(kind, "__aenter__"):
        return loop.run(made.__aenter__()), lambda: made.__aexit__(None, None, None)
    if hasattr(kind, "__enter__"):
        return made.__enter__(), lambda: made.__exit__(None, None, None)
    return made, getattr(made, "aclose", getattr(made, "close", lambda: None))


def _close(loop: LoopRunner, close: Callable[[], Any], token: str) -> None:
    with _told("closing", token):
        loop.run(close())


@contextmanager
def _told(what: str, token: str) -> Iterator[None]:
    """Tells of what the author's code raises, by its own lines. pytest would show what functions were given, too."""
    try:
        yield
    except FAILURES as error:
        frames = [one for one in traceback.extract_tb(error.__traceback__) if not one.filename.startswith(_HERE)]
        lines = [*traceback.format_list(frames), *traceback.format_exception_only(type(error), error)]
        raise ClientSetupError(f"{what} the client failed\n{''.join(lines)}".rstrip().replace(token, MASK)) from error


class LoopRunner:
    """An event loop for as long as a client lives, if it needs one: many belong to the loop that they were made on."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self, value: Any) -> Any:
        """A value, awaited where it has to be."""
        if not inspect.isawaitable(value):
            return value
        if self._loop is None:
            self._loop = asyncio.new_event_loop()

        async def awaited() -> Any:
            return await value

        return self._loop.run_until_complete(awaited())

    def collect(self, rows: Any) -> list[Any]:
        """Rows as a list, whichever way they are iterated over."""
        if not hasattr(rows, "__aiter__"):
            return list(rows)

        async def collect() -> list[Any]:
            return [row async for row in rows]

        found: list[Any] = self.run(collect())
        return found

    def close(self) -> None:
        """End the loop as `asyncio.run` does, with what still runs on it."""
        loop = self._loop
        if loop is None:
            return
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def is_positive_seconds(seconds: object) -> bool:
    """Whether an adapter's `patience` is one."""
    return isinstance(seconds, int | float) and 0 < seconds < math.inf


def ids_of(rows: Iterable[Any]) -> list[str]:
    """The ids of what an adapter's `list_records` gave: rows of JSON, objects with an `id`, or the ids themselves.

    Raises Broken for JSON without.
    """
    return [str(_id(row) if isinstance(row, Mapping) else getattr(row, "id", row)) for row in rows]


def _id(row: Mapping[str, Any]) -> Any:
    if "id" not in row:
        raise ClientRuleBroken(
            f"list_records gave a row without an `id`; it has {', '.join(map(str, row)) or 'nothing'}"
        )
    return row["id"]


def _where(error: BaseException) -> str:
    """The line on which an error was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    return f" ({frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno})" if frames else ""
