"""What a client keeps to itself."""

from __future__ import annotations

import io
import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from unittest.mock import patch

from ..client_driver import ClientDriver, OperationResult
from ..client_rule import ClientRuleBroken, client_rule
from ..rule_check import CheckContext
from .errors import Refuser

_STATUSES = (400, 401, 403, 429, 503)
_USUAL = vars(logging.makeLogRecord({})).keys() | {"message", "asctime"}
_MISHAPS = ("drop", "reset", "truncate", "corrupt")


@client_rule(
    "CLIENT-SECRET-01",
    "gateway.md 2.3 (who has the token is the super-admin, for seven days)",
    "Send the token in the header Authorization, and log no headers: a URL with ?token= is written down by whoever logs"
    " URLs, httpx among them.",
)
def logs_no_token(trial: CheckContext) -> None:
    """The token stands in no log record, of any level and of any library, and is not printed."""
    with trial.stage() as stage, _heard() as heard, trial.client(stage) as client:
        trial.run_all_operations(client)
        _mishaps(client)
        for line in heard():
            if stage.fake.super_admin.token in line:
                raise ClientRuleBroken(f"this was logged or printed:\n{line.strip()[:400]}")


@client_rule(
    "CLIENT-SECRET-02",
    "gateway.md 2.3 (who has the token is the super-admin, for seven days)",
    "Raise errors that name the method, the path and the status, and neither the URL with its query nor the headers.",
)
def raises_no_token(trial: CheckContext) -> None:
    """The token stands in no exception: not in its text, its arguments or its traceback, nor in what caused it."""
    with trial.new_client() as client:
        for outcome in _mishaps(client):
            if outcome.error is not None and client.stage.fake.super_admin.token in _text(outcome.error):
                raise ClientRuleBroken(f"place {outcome}")


@client_rule(
    "CLIENT-SECRET-03",
    "gateway.md 2.3 (who has the token is the super-admin, for seven days)",
    "Keep the token out of the repr: field(repr=False) in a dataclass, SecretStr in pydantic.",
    requires=(),
)
def shows_no_token(trial: CheckContext) -> None:
    """The token does not show in the client's repr or str: they stand in logs, and under failed tests."""
    with trial.new_client() as client:
        for text in (repr(client.client), str(client.client)):
            if client.stage.fake.super_admin.token in text:
                raise ClientRuleBroken(f"the client shows as {text[:300]}")


def _mishaps(client: ClientDriver) -> list[OperationResult]:
    """What comes of `place` as this and that goes wrong."""
    refuser = Refuser(client)
    return [*map(refuser.refused, _STATUSES), *map(refuser.struck, _MISHAPS)]


def _text(error: BaseException) -> str:
    return "".join([repr(error), repr(error.args), *traceback.format_exception(error)])


def _written(record: logging.LogRecord) -> str:
    """A log record as text, with what `extra` has put into it, which handlers for machines write down."""
    try:
        text = logging.Formatter("%(levelname)s %(name)s: %(message)s").format(record)
    except (TypeError, ValueError):
        text = f"{record.levelname} {record.name}: {record.msg} {record.args}"
    extra = {name: value for name, value in vars(record).items() if name not in _USUAL}
    return f"{text} {extra}" if extra else text


@contextmanager
def _heard() -> Iterator[Callable[[], list[str]]]:
    """Whatever is logged or printed meanwhile, and gets nowhere else: a report of the tests would show it."""
    root, printed = logging.getLogger(), io.StringIO()
    records: list[str] = []

    def call_handlers(_logger: logging.Logger, record: logging.LogRecord) -> None:
        records.append(_written(record))

    level = root.level
    root.setLevel(logging.NOTSET)
    try:
        # Not a handler of the root's: loggers that have handlers of their own may keep their records from it.
        with (
            patch.object(logging.Logger, "callHandlers", call_handlers),
            redirect_stdout(printed),
            redirect_stderr(printed),
        ):
            yield lambda: [*records, *printed.getvalue().splitlines()]
    finally:
        root.setLevel(level)
