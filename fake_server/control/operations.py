"""What the control API can do: one function for each operation, with its path, what it takes and what it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import TypeAdapter

from ..seed_files import Seed, add_script, apply_seed
from ..transports.faults import Fault
from ..world.session_totals import SessionTotals, report
from . import models, views
from .errors import BadRequest, NotFound

if TYPE_CHECKING:
    from ..calls.carriers import Carrier
    from ..world.records import Call, Provider
    from .api import ControlApi

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A whole number in the query, and the least that it can be."""

    name: str
    default: int
    least: int
    says: str


@dataclass(frozen=True, slots=True)
class ControlOperation:
    """One thing that can be done: `does(control, *ids in the path, what it takes, **query)` gives what is answered."""

    method: str
    path: str
    handler: Callable[..., Any]
    request_model: type[Any] | None
    response_type: TypeAdapter[Any]
    query: tuple[Parameter, ...]

    @property
    def summary(self) -> str:
        """What it is for, in one line."""
        return str(self.handler.__doc__)


_LAST_YEAR: Final = 9000
"""Behind it the longest advance, and all that is timed, still fits into a date."""
OPERATIONS: Final[list[ControlOperation]] = []
"""All of them, in the order in which they are told of."""
_AFTER: Final = Parameter("after", 0, 0, "the number of the request behind which to begin")
_LIMIT: Final = Parameter("limit", 200, 1, "how many at most")


def operation(
    method: str, path: str, *, takes: type[Any] | None = None, gives: Any = None, query: tuple[Parameter, ...] = ()
) -> Callable[[F], F]:
    """Make a function an operation."""

    def add(does: F) -> F:
        OPERATIONS.append(ControlOperation(method, path, does, takes, TypeAdapter(gives), query))
        return does

    return add


# the world


@operation("GET", "/world", gives=models.Info)
def get_info(control: ControlApi) -> models.Info:
    """Who may ask, with credentials, and the ids of the providers and flows."""
    return views.info(control.fake, control.planted)


@operation("POST", "/reset", gives=models.Info)
def reset(control: ControlApi) -> models.Info:
    """Make everything as it was at the beginning; the same credentials and ids are valid again."""
    control.reset()
    return get_info(control)


@operation("POST", "/seed", takes=Seed, gives=models.SeededResources)
def add_seed(control: ControlApi, seed: Seed) -> models.SeededResources:
    """Add customers, agents, providers, flows and carriers' scripts, all of them or none."""
    apply_seed(control.scratch_copy(), seed)
    planted = apply_seed(control.fake, seed)
    control.planted = control.planted.merged_with(planted)
    return views.planted(planted)


@operation("GET", "/snapshots", gives=list[models.Snapshot])
def list_snapshots(control: ControlApi) -> list[models.Snapshot]:
    """The moments that can be restored."""
    return control.snapshots.all()


@operation("POST", "/snapshots", gives=models.Snapshot)
def take_snapshot(control: ControlApi) -> models.Snapshot:
    """Keep everything as it is now: records, journal, time and faults."""
    return control.snapshots.take()


@operation("POST", "/snapshots/{id}/restore", gives=models.Clock)
def restore_snapshot(control: ControlApi, id: str) -> models.Clock:
    """Make everything as it was at that moment, as often as wanted."""
    control.snapshots.restore(id)
    return views.clock(control.fake)


@operation("DELETE", "/snapshots/{id}")
def delete_snapshot(control: ControlApi, id: str) -> None:
    """Let a snapshot go."""
    control.snapshots.delete(id)


@operation("GET", "/clock", gives=models.Clock)
def get_clock(control: ControlApi) -> models.Clock:
    """The fake's time."""
    return views.clock(control.fake)


@operation("POST", "/clock/advance", takes=models.Advance, gives=models.Clock)
def advance(control: ControlApi, by: models.Advance) -> models.Clock:
    """Let time pass, with everything that is due meanwhile."""
    if control.fake.clock.now().year > _LAST_YEAR:
        raise BadRequest(f"there is no time beyond the year {_LAST_YEAR}: reset the fake, or restore a snapshot")
    control.fake.clock.advance(by.seconds)
    return views.clock(control.fake)


# calls


@operation("GET", "/providercalls", gives=list[models.ProviderCall], query=(_LIMIT,))
def list_providercalls(control: ControlApi, *, limit: int) -> list[models.ProviderCall]:
    """The records of POST /providercalls, deleted ones too, the newest first."""
    return [views.providercall(control.fake, one) for one in control.fake.state.providercalls.page(limit, alive=False)]


@operation("GET", "/calls", gives=list[models.Call], query=(_LIMIT,))
def list_calls(control: ControlApi, *, limit: int) -> list[models.Call]:
    """The calls, the newest first."""
    return views.calls(control.fake, limit)


@operation("GET", "/calls/{id}", gives=models.CallDetail)
def get_call(control: ControlApi, id: str) -> models.CallDetail:
    """A call with its INVITE and its ladder. Looking at it here is no poll: no time passes."""
    return views.story(control.fake, _call(control, id))


@operation("POST", "/calls/{id}/ring", gives=models.CallDetail)
def ring(control: ControlApi, id: str) -> models.CallDetail:
    """Let the far side ring."""
    return _moved(control, id, "ring")


@operation("POST", "/calls/{id}/answer", gives=models.CallDetail)
def answer(control: ControlApi, id: str) -> models.CallDetail:
    """Let the far side answer."""
    return _moved(control, id, "answer")


@operation("POST", "/calls/{id}/reject", takes=models.Reject, gives=models.CallDetail)
def reject(control: ControlApi, id: str, how: models.Reject) -> models.CallDetail:
    """Let the carrier refuse the call."""
    return _moved(control, id, "reject", how.sip)


@operation("POST", "/calls/{id}/press", takes=models.Press, gives=models.CallDetail)
def press(control: ControlApi, id: str, what: models.Press) -> models.CallDetail:
    """Let the far side press digits: 0-9, A-D, # and *."""
    return _moved(control, id, "press", what.digits)


@operation("POST", "/calls/{id}/hangup", takes=models.Hangup, gives=models.CallDetail)
def hangup(control: ControlApi, id: str, how: models.Hangup) -> models.CallDetail:
    """End the call, as the far side, a timer or VoIPbin would for that reason."""
    return _moved(control, id, "hangup", how.reason)


def _call(control: ControlApi, id: str) -> Call:
    return _found(control.fake.calls, id, "call")


def _moved(control: ControlApi, id: str, move: str, *arguments: Any) -> models.CallDetail:
    call = _call(control, id)
    getattr(call, move)(*arguments)
    return views.story(control.fake, call)


# the far side, and the way to it


@operation("GET", "/carriers", gives=list[models.Carrier])
def list_carriers(control: ControlApi) -> list[models.Carrier]:
    """The providers, and what their far sides do."""
    return [views.carrier(control.fake, provider) for provider in control.fake.providers.values()]


@operation("POST", "/carriers/{provider}", takes=models.Script, gives=models.Carrier)
def add_lines(control: ControlApi, provider: str, lines: models.Script) -> models.Carrier:
    """Add lines to the script of a provider, which is given by id or name; all of them or none."""
    return _scripted(control, provider, lambda carrier: add_script(carrier, lines.root, "lines"))


@operation("PUT", "/carriers/{provider}", takes=models.Script, gives=models.Carrier)
def replace_lines(control: ControlApi, provider: str, lines: models.Script) -> models.Carrier:
    """Put a script in the place of the one that there is; without lines the carrier is healthy, and answers."""
    return _scripted(control, provider, lambda carrier: add_script(carrier.clear(), lines.root, "lines"))


def _scripted(control: ControlApi, given: str, write: Callable[[Carrier], None]) -> models.Carrier:
    provider = _provider(control, given)
    write(control.scratch_copy().carrier(provider.id))
    write(control.fake.carrier(provider))
    return views.carrier(control.fake, provider)


def _provider(control: ControlApi, given: str) -> Provider:
    named = {provider.name: provider for provider in control.fake.providers.values()}
    return _found({**named, **control.fake.providers}, given, "provider")


@operation("GET", "/faults", gives=list[models.ArmedFault])
def list_faults(control: ControlApi) -> list[models.ArmedFault]:
    """The faults that may still strike."""
    return views.faults(control.fake)


@operation("POST", "/faults", takes=models.NewFault, gives=list[models.ArmedFault])
def add_fault(control: ControlApi, new: models.NewFault) -> list[models.ArmedFault]:
    """Have something go wrong with a coming request."""
    control.fake.faults.arm(Fault.from_dict(new.root))
    return views.faults(control.fake)


@operation("DELETE", "/faults")
def clear_faults(control: ControlApi) -> None:
    """Forget the faults that may still strike."""
    control.fake.faults.clear()


# what has happened


@operation("GET", "/journal", gives=list[models.Exchange], query=(_AFTER, _LIMIT))
def get_journal(control: ControlApi, *, after: int, limit: int) -> list[models.Exchange]:
    """The requests in order, each with the rules that it met; without credentials."""
    return views.journal(control.fake, after, limit)


@operation("GET", "/rules", gives=dict[str, models.Rule])
def get_rules(control: ControlApi) -> Mapping[str, models.Rule]:
    """The catalogue of rules, and how often each was passed and has refused."""
    return get_report(control).rules


@operation("GET", "/report", gives=models.SessionReport)
def get_report(control: ControlApi) -> models.SessionReport:
    """How many requests and calls there were, and how the rules were met."""
    tally = SessionTotals()
    tally.add_fake(control.fake)
    return models.SessionReport.model_validate(report(tally))


@operation("GET", "/bill", gives=models.LedgerView, query=(_LIMIT,))
def get_ledger(control: ControlApi, *, limit: int) -> models.LedgerView:
    """What the calls cost."""
    return views.ledger(control.fake.ledger, limit)


@operation("GET", "/overview", gives=models.Overview)
def get_overview(control: ControlApi) -> models.Overview:
    """All of it at a glance, the newest of each: what the page /_fake/ui shows."""
    return views.overview(control.fake, control.snapshots.all())


def _found(known: Mapping[str, T], id: str, what: str) -> T:
    if id not in known:
        raise NotFound(f"there is no {what} {id!r} here")
    return known[id]
