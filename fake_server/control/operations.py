"""What the control API can do: one function for each operation, with its path, what it takes and what it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import TypeAdapter

from ..faults import Fault
from ..seeding import Seed, plant, script
from ..tally import Tally, report
from . import models, views
from .errors import BadRequest, NotFound

if TYPE_CHECKING:
    from ..carriers import Carrier
    from ..records import Call, Provider
    from .api import Control

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
class Operation:
    """One thing that can be done: `does(control, *ids in the path, what it takes, **query)` gives what is answered."""

    method: str
    path: str
    does: Callable[..., Any]
    takes: type[Any] | None
    gives: TypeAdapter[Any]
    query: tuple[Parameter, ...]

    @property
    def says(self) -> str:
        """What it is for, in one line."""
        return str(self.does.__doc__)


_LAST_YEAR: Final = 9000
"""Behind it the longest advance, and all that is timed, still fits into a date."""
OPERATIONS: Final[list[Operation]] = []
"""All of them, in the order in which they are told of."""
_AFTER: Final = Parameter("after", 0, 0, "the number of the request behind which to begin")
_LIMIT: Final = Parameter("limit", 200, 1, "how many at most")


def operation(
    method: str, path: str, *, takes: type[Any] | None = None, gives: Any = None, query: tuple[Parameter, ...] = ()
) -> Callable[[F], F]:
    """Make a function an operation."""

    def add(does: F) -> F:
        OPERATIONS.append(Operation(method, path, does, takes, TypeAdapter(gives), query))
        return does

    return add


# the world


@operation("GET", "/world", gives=models.World)
def show_world(control: Control) -> models.World:
    """Who may ask, with credentials, and the ids of the providers and flows."""
    return views.world(control.fake, control.planted)


@operation("POST", "/reset", gives=models.World)
def reset(control: Control) -> models.World:
    """Make everything as it was at the beginning; the same credentials and ids are valid again."""
    control.begin_again()
    return show_world(control)


@operation("POST", "/seed", takes=Seed, gives=models.Planted)
def add_seed(control: Control, seed: Seed) -> models.Planted:
    """Add customers, agents, providers, flows and carriers' scripts, all of them or none."""
    plant(control.rehearsal(), seed)
    planted = plant(control.fake, seed)
    control.planted = control.planted.with_more(planted)
    return views.planted(planted)


@operation("GET", "/snapshots", gives=list[models.Snapshot])
def list_snapshots(control: Control) -> list[models.Snapshot]:
    """The moments that can be restored."""
    return control.snapshots.taken()


@operation("POST", "/snapshots", gives=models.Snapshot)
def take_snapshot(control: Control) -> models.Snapshot:
    """Keep everything as it is now: records, journal, time and faults."""
    return control.snapshots.take()


@operation("POST", "/snapshots/{id}/restore", gives=models.Clock)
def restore_snapshot(control: Control, id: str) -> models.Clock:
    """Make everything as it was at that moment, as often as wanted."""
    control.snapshots.restore(id)
    return views.clock(control.fake)


@operation("DELETE", "/snapshots/{id}")
def forget_snapshot(control: Control, id: str) -> None:
    """Let a snapshot go."""
    control.snapshots.forget(id)


@operation("GET", "/clock", gives=models.Clock)
def show_clock(control: Control) -> models.Clock:
    """The fake's time."""
    return views.clock(control.fake)


@operation("POST", "/clock/advance", takes=models.Advance, gives=models.Clock)
def advance(control: Control, by: models.Advance) -> models.Clock:
    """Let time pass, with everything that is due meanwhile."""
    if control.fake.clock.now().year > _LAST_YEAR:
        raise BadRequest(f"there is no time beyond the year {_LAST_YEAR}: reset the fake, or restore a snapshot")
    control.fake.clock.advance(by.seconds)
    return views.clock(control.fake)


# calls


@operation("GET", "/providercalls", gives=list[models.ProviderCall], query=(_LIMIT,))
def list_providercalls(control: Control, *, limit: int) -> list[models.ProviderCall]:
    """The records of POST /providercalls, deleted ones too, the newest first."""
    return [views.providercall(control.fake, one) for one in control.fake.state.providercalls.page(limit, alive=False)]


@operation("GET", "/calls", gives=list[models.Call], query=(_LIMIT,))
def list_calls(control: Control, *, limit: int) -> list[models.Call]:
    """The calls, the newest first."""
    return views.calls(control.fake, limit)


@operation("GET", "/calls/{id}", gives=models.CallStory)
def show_call(control: Control, id: str) -> models.CallStory:
    """A call with its INVITE and its ladder. Looking at it here is no poll: no time passes."""
    return views.story(control.fake, _call(control, id))


@operation("POST", "/calls/{id}/ring", gives=models.CallStory)
def ring(control: Control, id: str) -> models.CallStory:
    """Let the far side ring."""
    return _moved(control, id, "ring")


@operation("POST", "/calls/{id}/answer", gives=models.CallStory)
def answer(control: Control, id: str) -> models.CallStory:
    """Let the far side answer."""
    return _moved(control, id, "answer")


@operation("POST", "/calls/{id}/refuse", takes=models.Refuse, gives=models.CallStory)
def refuse(control: Control, id: str, how: models.Refuse) -> models.CallStory:
    """Let the carrier refuse the call."""
    return _moved(control, id, "refuse", how.sip)


@operation("POST", "/calls/{id}/press", takes=models.Press, gives=models.CallStory)
def press(control: Control, id: str, what: models.Press) -> models.CallStory:
    """Let the far side press digits: 0-9, A-D, # and *."""
    return _moved(control, id, "press", what.digits)


@operation("POST", "/calls/{id}/hangup", takes=models.Hangup, gives=models.CallStory)
def hangup(control: Control, id: str, how: models.Hangup) -> models.CallStory:
    """End the call, as the far side, a timer or VoIPbin would for that reason."""
    return _moved(control, id, "hangup", how.reason)


def _call(control: Control, id: str) -> Call:
    return _found(control.fake.calls, id, "call")


def _moved(control: Control, id: str, move: str, *arguments: Any) -> models.CallStory:
    call = _call(control, id)
    getattr(call, move)(*arguments)
    return views.story(control.fake, call)


# the far side, and the way to it


@operation("GET", "/carriers", gives=list[models.Carrier])
def list_carriers(control: Control) -> list[models.Carrier]:
    """The providers, and what their far sides do."""
    return [views.carrier(control.fake, provider) for provider in control.fake.providers.values()]


@operation("POST", "/carriers/{provider}", takes=models.Script, gives=models.Carrier)
def add_lines(control: Control, provider: str, lines: models.Script) -> models.Carrier:
    """Add lines to the script of a provider, which is given by id or name; all of them or none."""
    return _scripted(control, provider, lambda carrier: script(carrier, lines.root, "lines"))


@operation("PUT", "/carriers/{provider}", takes=models.Script, gives=models.Carrier)
def replace_lines(control: Control, provider: str, lines: models.Script) -> models.Carrier:
    """Put a script in the place of the one that there is; without lines the carrier is healthy, and answers."""
    return _scripted(control, provider, lambda carrier: script(carrier.clear(), lines.root, "lines"))


def _scripted(control: Control, given: str, write: Callable[[Carrier], None]) -> models.Carrier:
    provider = _provider(control, given)
    write(control.rehearsal().carrier(provider.id))
    write(control.fake.carrier(provider))
    return views.carrier(control.fake, provider)


def _provider(control: Control, given: str) -> Provider:
    named = {provider.name: provider for provider in control.fake.providers.values()}
    return _found({**named, **control.fake.providers}, given, "provider")


@operation("GET", "/faults", gives=list[models.ArmedFault])
def list_faults(control: Control) -> list[models.ArmedFault]:
    """The faults that may still strike."""
    return views.faults(control.fake)


@operation("POST", "/faults", takes=models.NewFault, gives=list[models.ArmedFault])
def add_fault(control: Control, new: models.NewFault) -> list[models.ArmedFault]:
    """Have something go wrong with a coming request."""
    control.fake.faults.arm(Fault.of(new.root))
    return views.faults(control.fake)


@operation("DELETE", "/faults")
def clear_faults(control: Control) -> None:
    """Forget the faults that may still strike."""
    control.fake.faults.clear()


# what has happened


@operation("GET", "/journal", gives=list[models.Exchange], query=(_AFTER, _LIMIT))
def show_journal(control: Control, *, after: int, limit: int) -> list[models.Exchange]:
    """The requests in order, each with the rules that it met; without credentials."""
    return views.journal(control.fake, after, limit)


@operation("GET", "/rules", gives=dict[str, models.Rule])
def show_rules(control: Control) -> Mapping[str, models.Rule]:
    """The catalogue of rules, and how often each was passed and has refused."""
    return show_report(control).rules


@operation("GET", "/report", gives=models.Report)
def show_report(control: Control) -> models.Report:
    """How many requests and calls there were, and how the rules were met."""
    tally = Tally()
    tally.add_fake(control.fake)
    return models.Report.model_validate(report(tally))


@operation("GET", "/bill", gives=models.Bill, query=(_LIMIT,))
def show_bill(control: Control, *, limit: int) -> models.Bill:
    """What the calls cost."""
    return views.bill(control.fake.ledger, limit)


@operation("GET", "/overview", gives=models.Overview)
def show_overview(control: Control) -> models.Overview:
    """All of it at a glance, the newest of each: what the page /_fake/ui shows."""
    return views.overview(control.fake, control.snapshots.taken())


def _found(known: Mapping[str, T], id: str, what: str) -> T:
    if id not in known:
        raise NotFound(f"there is no {what} {id!r} here")
    return known[id]
