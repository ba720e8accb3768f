"""The fake VoIPbin: one request in, one response out, without any I/O."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..contracts.editions import get_edition
from ..contracts.http import Request, Response
from ..contracts.light_imports import Value, dataclass
from ..contracts.rule import Rule
from ..contracts.suggestions import suggestion
from .assertions import Assertions
from .calls import LIFECYCLES
from .events.dispatcher import Webhooks
from .events.event import EVENTS, Event
from .gateway import pipeline
from .gateway.request_context import RequestContext
from .gateway.services import Services
from .initial_state import InitialParts, Seeded
from .seeder import Seeder
from .transports import FAULTS
from .transports.wire_response import WireResponse
from .wire.serializers import renderer
from .world import records
from .world.clock import Clock, RealClock
from .world.credential_owner import CredentialOwner
from .world.forks import FORKS, refuse_forked_process
from .world.ids import Ids
from .world.journal import Exchange
from .world.names import find
from .world.state import State
from .world.world import World

if TYPE_CHECKING:
    from respx import MockRouter, Route

    from .calls.carriers import Carrier
    from .calls.engine import CallEngine
    from .calls.ledger import Ledger
    from .calls.routing.outbound_configs import OutboundConfig
    from .calls.routing.routes import Route as DialRoute
    from .transports.faults import Faults
    from .websockets.connection import OpenedConnection, Wire

BASE_URL = "https://api.voipbin.net/v1.0"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Snapshot(Value):
    """The complete state of a fake at one moment. Opaque: `snapshot` creates it, `restore` accepts it."""

    state: State
    journal: tuple[Exchange, ...]
    ids: object
    clock: Any
    websockets: int
    """The number of WebSockets that clients had opened."""
    seeded: Seeded


_INITIAL: dict[int, Snapshot] = {}
"""The initial state of a fake by its seed, on a clock of its own. All fakes of the seed copy what they use of it."""
_MAX_INITIAL = 16


class FakeVoipbin(Seeder, Assertions):
    """An in-process VoIPbin.

    `edition` names the documents or servers that it follows (see contracts.editions). The same `seed` and the same
    requests return the same bytes. `clock` is its time. `broken` holds the rules that this fake deliberately violates.

    `lifecycle` determines when time passes:

    * `on_poll`: the first GET of a call shows it unchanged; each further one advances the clock to the call's next
      event, as its carrier's script defines.
    * `scheduled`: carriers and callees follow the clock, and a GET changes nothing, as in production.
    * `manual`: carriers and callees do nothing by themselves; a carrier script raises InvalidScript.
    * `realtime`: the clock follows real time whenever a request arrives or `clock.sync` is called.

    In all of them a test can drive a call itself, VoIPbin's own timers run on the clock, and `clock.advance` makes
    everything happen that is due. With `rate_limits` the edition's rate limits apply, on the same clock: a test that
    does not advance it reaches them soon. With an `owner` the fake issues credentials of its own, and recognises
    those of other owners. Raises ValueError for an unknown edition, lifecycle or rule.

    A new fake has two customers: the platform's own, with `super_admin` and a healthy `provider`, and another one with
    `customer_admin`, `customer_manager` and `customer_agent`.
    """

    def __init__(
        self,
        edition: str = "documented",
        seed: int = 0,
        clock: Clock | None = None,
        *,
        lifecycle: str = "on_poll",
        broken: Collection[str | Rule] = (),
        rate_limits: bool = False,
        owner: CredentialOwner | None = None,
    ) -> None:
        if lifecycle not in LIFECYCLES:
            meant = suggestion(lifecycle, LIFECYCLES)
            raise ValueError(f"unknown lifecycle {lifecycle!r}{meant}; expected one of {', '.join(LIFECYCLES)}")
        self.lifecycle = lifecycle
        self.seed = seed
        self._forks = FORKS.count
        self.on_forked_request: Callable[[str], None] | None = None
        """Called in a forked child process, with a message, before a request to its copy of this fake is refused."""
        self.clock = clock or (RealClock() if lifecycle == "realtime" else Clock())
        """Its time. Advance it with `clock.advance(seconds)`."""
        self.lock = self.clock.lock
        self.broken = frozenset(one.id if isinstance(one, Rule) else one for one in broken)
        self._context_type, self._respond = RequestContext, pipeline.respond
        if self.broken:
            from .mutants import seams

            self.world: World = seams.MutatedWorld(get_edition(edition), seed, self.clock, self.broken)
            self._context_type, self._respond = seams.MutatedRequestContext, seams.respond
        else:
            self.world = World(get_edition(edition), seed, self.clock)
        self.edition = self.world.edition
        self.render = renderer(self.edition)
        self.webhooks = Webhooks(self.world, self.render)
        """Receivers of webhooks, and all deliveries."""
        self._services = Services(self.world, self.webhooks, self.render, lifecycle, rate_limits=rate_limits)
        self._owner = owner
        self._start = self.clock.now()
        self._has_own_clock = clock is None and lifecycle != "realtime"
        self._initialise()

    def _initialise(self) -> None:
        self.mounted = False
        initial = _INITIAL.get(self.seed) if self._has_own_clock else None
        if initial is None:
            initial = self._populated()
            if self._has_own_clock and len(_INITIAL) < _MAX_INITIAL:
                _INITIAL[self.seed] = initial
        world = self.world
        world.ids.restore(initial.ids)
        if self._owner is not None:
            # The shared initial state has no owner.
            world.ids.set_owner(self._owner)
        world.state = State(InitialParts(initial.state, world.ids), initial.state)
        self.clock.set(initial.clock)
        self._seeded = initial.seeded

    def _populated(self) -> Snapshot:
        """Return the initial state of a new fake."""
        self.world.state, self.world.ids = State(), Ids(self.seed)
        self._populate()
        # Nothing has happened yet: what the sections hold is what they begin with.
        self.state.sections.clear()
        self._seeded = Seeded(*self.state.agents, *self.state.providers)
        return self.snapshot()

    def __repr__(self) -> str:
        requests, calls = len(self.requests), len(self.calls)
        return (
            f"<FakeVoipbin edition={self.edition.name!r} lifecycle={self.lifecycle!r} seed={self.seed}:"
            f" {requests} request{'s' * (requests != 1)}, {calls} call{'s' * (calls != 1)}>"
        )

    # requests

    def handle(self, request: Request, /) -> Response:
        """Return the response to a request. Thread-safe; never raises, for any input.

        In a forked child process it raises ForkedProcessError: the process has only a copy of this fake.
        """
        # Before the lock: another thread may have held it when the process was forked.
        if FORKS.count != self._forks:
            refuse_forked_process(self.on_forked_request)
        with self.lock:
            return self._handle(self._open(request))

    def respond(self, request: Request, /) -> WireResponse:
        """Return what reaches the client of the response to a request: a fault may apply. Transports use this."""
        if FORKS.count != self._forks:
            refuse_forked_process(self.on_forked_request)
        with self.lock:
            wire_response, ctx = self._respond_or_fail(request)
            response = wire_response.response
            if response is not None and response.status == pipeline.SWITCHING_PROTOCOLS:
                from .gateway.unmodelled import refuse_websocket

                return WireResponse(refuse_websocket(ctx))
            return wire_response

    def connect(self, request: Request, wire: Wire, /) -> tuple[WireResponse, OpenedConnection | None]:
        """Return what reaches the client of the response to a handshake, and the WebSocket, if that succeeds.

        `wire` is the connection below the WebSocket. Transports that can switch protocols use this.
        """
        if FORKS.count != self._forks:
            refuse_forked_process(self.on_forked_request)
        with self.lock:
            wire_response, ctx = self._respond_or_fail(request)
            response = wire_response.response
            if response is None or response.status != pipeline.SWITCHING_PROTOCOLS:
                return wire_response, None
            return wire_response, self.websockets.opened(ctx, wire)

    def _respond_or_fail(self, request: Request) -> tuple[WireResponse, RequestContext]:
        # Most tests have no faults: the section does not even exist.
        fault = self.faults.trigger(request) if self.world.state.sections.get(FAULTS) else None
        ctx = self._open(request)
        if fault is None:
            return WireResponse(self._handle(ctx)), ctx
        from .transports.applied_faults import apply_fault

        ctx.entry.fault = fault.outcome
        return apply_fault(fault, ctx, self._handle(ctx) if fault.when == "after" else None), ctx

    def _open(self, request: Request) -> RequestContext:
        """Open the journal entry of a request."""
        if self.lifecycle == "realtime":
            self.clock.sync()
        return self._context_type(self._services, request, self.world.journal.open(self.clock.now(), request))

    def _handle(self, ctx: RequestContext) -> Response:
        response = self._respond(ctx)
        ctx.entry.record_response(response)
        return response

    @property
    def rate_limits(self) -> bool:
        """Whether the edition's rate limits apply."""
        return self._services.rate_limits

    @rate_limits.setter
    def rate_limits(self, enabled: bool) -> None:
        self._services.rate_limits = enabled

    # state, read-only

    @property
    def state(self) -> State:
        """All tables."""
        return self.world.state

    @property
    def ids(self) -> Ids:
        """The source of ids."""
        return self.world.ids

    @property
    def requests(self) -> list[Exchange]:
        """The journal: every request, in order."""
        return self.world.journal.entries

    @property
    def providers(self) -> Mapping[str, records.Provider]:
        """Every provider by id, including deleted ones."""
        return self.state.providers

    @property
    def providercalls(self) -> Mapping[str, records.ProviderCall]:
        """Every providercall by id, including deleted ones."""
        return self.state.providercalls

    @property
    def calls(self) -> Mapping[str, records.Call]:
        """Every call by id. A test can drive each: `.ring()`, `.answer()`, `.hangup(reason=...)`."""
        return self.state.calls

    @property
    def groupcalls(self) -> Mapping[str, records.Groupcall]:
        """Every groupcall by id."""
        return self.state.groupcalls

    @property
    def flows(self) -> Mapping[str, records.Flow]:
        """Every flow by id, including temporary ones."""
        return self.state.flows

    @property
    def activeflows(self) -> Mapping[str, records.Activeflow]:
        """Every activeflow by id."""
        return self.state.activeflows

    @property
    def recordings(self) -> Mapping[str, records.Recording]:
        """Every recording by id, including deleted ones."""
        return self.state.recordings

    @property
    def routes(self) -> Mapping[str, DialRoute]:
        """Every dial route by id, including deleted ones. The first is the default route through `provider`."""
        from .calls.routing.routes import routes_of

        with self.lock:
            return routes_of(self.world)

    @property
    def outbound_configs(self) -> Mapping[str, OutboundConfig]:
        """Every outbound configuration by id, including deleted ones: one for each customer."""
        from .calls.routing.outbound_configs import configs_of

        with self.lock:
            return configs_of(self.world)

    @property
    def events(self) -> Sequence[Event]:
        """The events of calls, groupcalls and activeflows, in the order in which they happened."""
        return EVENTS.of(self.state)

    @property
    def call_engine(self) -> CallEngine:
        """What makes calls progress."""
        return self._services.find_calls()

    @property
    def ledger(self) -> Ledger:
        """The cost of the calls."""
        from .calls.ledger import Ledger

        return Ledger(self.world)

    def ladder(self, call: records.Call | str) -> str:
        """Return a call's ladder as text: requests, INVITE, SIP responses, actions and hangup, each with its time.

        Raises KeyError for an unknown id.
        """
        from .calls.ladder import ladder

        return ladder(self.world, call if isinstance(call, records.Call) else find("call", self.calls, call))

    # carriers and faults

    def carrier(self, provider: records.Provider | str | None = None) -> Carrier:
        """Return the script of a provider's carrier; defaults to `provider`. Raises KeyError for an unknown id."""
        from .calls.carriers import Carrier

        id = provider.id if isinstance(provider, records.Provider) else provider or self._seeded.provider
        return Carrier(self.world, find("provider", self.providers, id), acts=self.lifecycle != "manual")

    @property
    def faults(self) -> Faults:
        """The faults between a client and VoIPbin."""
        from .transports.faults import Faults

        return Faults(self.world)

    # connection

    @property
    def base_url(self) -> str:
        """The URL of the real VoIPbin: `https://api.voipbin.net/v1.0`."""
        return BASE_URL

    def mount(self, router: MockRouter) -> Route:
        """Mount the fake on a respx router, such as the `respx_mock` fixture, as one route for VoIPbin's host."""
        from .transports.respx import mount

        self.mounted = True
        return mount(self, router)

    # snapshots

    def snapshot(self) -> Snapshot:
        """Return the present state. Records that a test holds are not part of it."""
        with self.lock:
            world = self.world
            return Snapshot(
                world.state.copy(),
                world.journal.copy(),
                world.ids.state(),
                self.clock.now(),
                self._websocket_count,
                self._seeded,
            )

    def restore(self, snapshot: Snapshot) -> None:
        """Restore a state, as often as needed. Look records up again: those that a test holds are not restored.

        WebSockets that were opened later are closed with the code 1012.

        Raises TypeError for anything but a snapshot, and InvalidScript for scripts with the lifecycle `manual`.
        """
        if not isinstance(snapshot, Snapshot):
            raise TypeError(f"{snapshot!r} is not a snapshot; expected the value that snapshot() returned")
        if self.lifecycle == "manual":
            from .calls.carriers import refuse_scripts

            refuse_scripts(snapshot.state)
        with self.lock:
            self.world.state = State(snapshot.state.copy_of, snapshot.state)
            self._seeded = snapshot.seeded
            self.world.journal.restore(snapshot.journal)
            self.world.ids.restore(snapshot.ids)
            self.clock.set(snapshot.clock)
            self._forget_websockets(snapshot.websockets, "a snapshot of the fake was restored")

    def reset(self) -> None:
        """Restore the initial state. All WebSockets are closed with the code 1012."""
        with self.lock:
            self._forget_websockets(0, "the fake was reset")
            self.clock.set(self._start)
            self.world.journal.restore(())
            self._initialise()
