"""Drives the client under test through the adapter that its author wrote: creates it, calls it, closes it."""

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
from .exceptions import ClientRuleBroken, ClientSetupError
from .harness import Harness, RunawayClient, Transport

OPERATIONS: Mapping[str, str] = {
    "place": "place(client, body): place a providercall; return what `wait_until_done` is to receive",
    "get_record": "get_record(client, id): read one providercall",
    "list_records": "list_records(client): list every providercall, all pages; return ids, or rows with an `id`",
    "get_call": "get_call(client, id): read one call",
    "wait_until_done": "wait_until_done(client, placed): wait until every call of what `place` returned has ended",
    "delete_record": "delete_record(client, id): delete one providercall",
    "hang_up": "hang_up(client, id): end one call",
}
"""The operations that an adapter can define. Each may be an ordinary method or an `async def`."""
FAILURES = (Exception, SystemExit, asyncio.CancelledError, RunawayClient)
"""The exceptions that count as a failed operation. Command-line clients raise SystemExit."""
_HERE = str(Path(__file__).parent)


class Adapter(Protocol):
    """What a downstream class defines in addition to its operations."""

    transport: Transport

    def make_client(self, base_url: str, token: str) -> Any: ...


class ConformanceAdapter(Adapter, Protocol):
    """An adapter for the conformance suite."""

    max_request_timeout: float

    def classify_error(self, error: BaseException) -> object: ...


class OperationResult(NamedTuple):
    """The result of one operation: a value or an error, and its duration by the client's own clock."""

    value: Any = None
    error: BaseException | None = None
    seconds: float = 0.0

    def __str__(self) -> str:
        if self.error is None:
            return "returned"
        text = " ".join(str(self.error).split())[:200]
        return f"raised {type(self.error).__name__}{f': {text}' if text else ''}{_where(self.error)}"


class ClientDriver:
    """Calls the operations of one client. Created by `open_client`."""

    def __init__(self, adapter: Adapter, harness: Harness, loop: LoopRunner, client: Any) -> None:
        self.harness = harness
        self.client = client
        """The client that the adapter made."""
        self._adapter = adapter
        self._loop = loop

    def try_call(self, operation: str, *arguments: Any) -> OperationResult:
        """Call an operation and return its result, whether it succeeds or fails."""
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
        """Call an operation and return its value. Raises ClientRuleBroken if the operation fails."""
        result = self.try_call(operation, *arguments)
        if result.error is not None:
            raise ClientRuleBroken(f"{operation} {result}") from result.error
        return result.value


@contextmanager
def open_client(adapter: Adapter, harness: Harness, token: str) -> Iterator[ClientDriver]:
    """Yield a driver for the adapter's client, and close the client afterwards.

    A client that is a context manager is entered, as by a `with` statement.
    """
    with ExitStack() as stack:
        loop = LoopRunner()
        stack.callback(loop.close)
        with _setup_errors("creating", token):
            made = loop.run(adapter.make_client(harness.base_url, token))
            if inspect.isgenerator(made) or inspect.isasyncgen(made):
                raise TypeError(
                    "make_client yields; decorate it with @contextlib.contextmanager or @asynccontextmanager"
                )
            client, close = _entered(loop, made)
        stack.callback(_close, loop, close, token)
        yield ClientDriver(adapter, harness, loop, client)


def _entered(loop: LoopRunner, made: Any) -> tuple[Any, Callable[[], Any]]:
    """Return the client that `make_client` made, entered if necessary, and the function that closes it."""
    kind = type(made)
    if hasattr(kind, "__aenter__"):
        return loop.run(made.__aenter__()), lambda: made.__aexit__(None, None, None)
    if hasattr(kind, "__enter__"):
        return made.__enter__(), lambda: made.__exit__(None, None, None)
    return made, getattr(made, "aclose", getattr(made, "close", lambda: None))


def _close(loop: LoopRunner, close: Callable[[], Any], token: str) -> None:
    with _setup_errors("closing", token):
        loop.run(close())


@contextmanager
def _setup_errors(action: str, token: str) -> Iterator[None]:
    """Turn an exception of the author's code into a ClientSetupError with its traceback.

    pytest's own traceback would show the arguments of functions, and so the token.
    """
    try:
        yield
    except FAILURES as error:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(_HERE)]
        lines = [*traceback.format_list(frames), *traceback.format_exception_only(type(error), error)]
        raise ClientSetupError(f"{action} the client failed\n{''.join(lines)}".rstrip().replace(token, MASK)) from error


class LoopRunner:
    """One event loop for the lifetime of a client: many async clients belong to the loop on which they were created."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self, value: Any) -> Any:
        """Return the value, awaited if it is awaitable."""
        if not inspect.isawaitable(value):
            return value
        if self._loop is None:
            self._loop = asyncio.new_event_loop()

        async def awaited() -> Any:
            return await value

        return self._loop.run_until_complete(awaited())

    def collect(self, rows: Any) -> list[Any]:
        """Return the rows of an iterable or an async iterable."""
        if not hasattr(rows, "__aiter__"):
            return list(rows)

        async def collect() -> list[Any]:
            return [row async for row in rows]

        found: list[Any] = self.run(collect())
        return found

    def close(self) -> None:
        """Close the loop as `asyncio.run` does: cancel its tasks first."""
        loop = self._loop
        if loop is None:
            return
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        if tasks:
            loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def is_positive_seconds(seconds: object) -> bool:
    """Return whether an adapter's timeout is a finite, positive number."""
    return isinstance(seconds, int | float) and 0 < seconds < math.inf


def ids_of(rows: Iterable[Any]) -> list[str]:
    """Return the ids of what `list_records` returned: rows of JSON, objects with an `id`, or the ids themselves.

    Raises ClientRuleBroken if a row of JSON has no `id`.
    """
    return [str(_id(row) if isinstance(row, Mapping) else getattr(row, "id", row)) for row in rows]


def _id(row: Mapping[str, Any]) -> Any:
    if "id" not in row:
        keys = ", ".join(map(str, row)) or "none"
        raise ClientRuleBroken(f"list_records returned a row without an `id`; its keys: {keys}")
    return row["id"]


def _where(error: BaseException) -> str:
    """Return the file and line that raised an error."""
    frames = traceback.extract_tb(error.__traceback__)
    return f" ({frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno})" if frames else ""
