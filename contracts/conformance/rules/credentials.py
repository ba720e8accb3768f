"""Rules: where a client's token must not appear."""

from __future__ import annotations

import io
import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from unittest.mock import patch

from ...redaction import MASK
from ..check_context import CheckContext
from ..client_driver import ClientDriver, OperationResult
from ..client_rule import client_rule
from ..exceptions import ClientRuleBroken
from .errors import FaultyPost

_STATUSES = (400, 401, 403, 429, 503)
_STANDARD_FIELDS = vars(logging.makeLogRecord({})).keys() | {"message", "asctime"}
_FAULTS = ("drop", "reset", "truncate", "corrupt")


@client_rule(
    "CLIENT-SECRET-01",
    "gateway.md 2.3 (the token alone authenticates the super-admin, for seven days)",
    "Send the token in the Authorization header, and do not log headers. A URL with ?token= appears in every log of"
    " URLs, such as httpx's own.",
)
def logs_no_token(context: CheckContext) -> None:
    """The token does not appear in any log record, of any level or library, or in printed output."""
    with context.harness() as harness, _captured_output() as lines, context.client(harness) as client:
        context.run_all_operations(client)
        _place_with_faults(client)
        for line in lines():
            if harness.fake.super_admin.token in line:
                shown = line.strip().replace(harness.fake.super_admin.token, MASK)
                raise ClientRuleBroken(f"the token was logged or printed:\n{shown[:400]}")


@client_rule(
    "CLIENT-SECRET-02",
    "gateway.md 2.3 (the token alone authenticates the super-admin, for seven days)",
    "Raise errors that name the method, the path and the status, but neither the URL's query nor the headers.",
)
def raises_no_token(context: CheckContext) -> None:
    """The token does not appear in any exception: not in its text, arguments or traceback, nor in its causes."""
    with context.new_client() as client:
        for result in _place_with_faults(client):
            if result.error is not None and client.harness.fake.super_admin.token in _text(result.error):
                raise ClientRuleBroken(f"place {result}; the token is in that exception")


@client_rule(
    "CLIENT-SECRET-03",
    "gateway.md 2.3 (the token alone authenticates the super-admin, for seven days)",
    "Exclude the token from the repr: field(repr=False) in a dataclass, SecretStr in pydantic.",
    requires=(),
)
def shows_no_token(context: CheckContext) -> None:
    """The token does not appear in the client's repr or str, which end up in logs and in the output of failed tests."""
    with context.new_client() as client:
        for text in (repr(client.client), str(client.client)):
            if client.harness.fake.super_admin.token in text:
                shown = text.replace(client.harness.fake.super_admin.token, MASK)
                raise ClientRuleBroken(f"the token is in the client's repr or str: {shown[:300]}")


def _place_with_faults(client: ClientDriver) -> list[OperationResult]:
    """Return the results of `place` with several error responses and network faults."""
    post = FaultyPost(client)
    return [*map(post.with_status, _STATUSES), *map(post.with_fault, _FAULTS)]


def _text(error: BaseException) -> str:
    return "".join([repr(error), repr(error.args), *traceback.format_exception(error)])


def _format(record: logging.LogRecord) -> str:
    """Return a log record as text, including its `extra` fields, which structured handlers write."""
    try:
        text = logging.Formatter("%(levelname)s %(name)s: %(message)s").format(record)
    except (TypeError, ValueError):
        text = f"{record.levelname} {record.name}: {record.msg} {record.args}"
    extra = {name: value for name, value in vars(record).items() if name not in _STANDARD_FIELDS}
    return f"{text} {extra}" if extra else text


@contextmanager
def _captured_output() -> Iterator[Callable[[], list[str]]]:
    """Capture what is logged or printed inside the block, so that no test report shows it. Yield its lines' getter."""
    root, printed = logging.getLogger(), io.StringIO()
    records: list[str] = []

    def call_handlers(_logger: logging.Logger, record: logging.LogRecord) -> None:
        records.append(_format(record))

    level = root.level
    root.setLevel(logging.NOTSET)
    try:
        # A handler on the root logger would miss records of loggers that do not propagate.
        with (
            patch.object(logging.Logger, "callHandlers", call_handlers),
            redirect_stdout(printed),
            redirect_stderr(printed),
        ):
            yield lambda: [*records, *printed.getvalue().splitlines()]
    finally:
        root.setLevel(level)
