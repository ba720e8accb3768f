"""The immutable values in records: addresses, actions, and what is known of a call in advance.

Annotations are evaluated, see records.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple, NoReturn, TypeVar, overload

from ...contracts.formats.go_uuids import NIL
from ...contracts.light_imports import dataclass

T = TypeVar("T")
_SHORT = 16
"""The length up to which copying a tuple is faster than sharing its items."""


class Growing(Sequence[T]):
    """A tuple that shares its items with the shorter ones that it was extended from.

    Each event of a call or a flow keeps the fields as they were then. Copying a long tuple for each item that is added
    would take quadratic time, and memory.
    """

    __slots__ = ("_items", "_length")

    def __init__(self, items: list[T]) -> None:
        self._items = items
        self._length = len(items)

    def extended(self, item: T) -> "Growing[T]":
        """Return the same with one more item."""
        items = self._items
        if len(items) > self._length:
            # What follows belongs to another extension, such as one before a snapshot was restored.
            items = items[: self._length]
        items.append(item)
        return Growing(items)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[T]:
        return islice(self._items, self._length)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[T, ...]: ...
    def __getitem__(self, index: int | slice) -> T | tuple[T, ...]:
        places = range(self._length)[index]
        return self._items[places] if isinstance(places, int) else tuple(map(self._items.__getitem__, places))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (Growing, tuple)) or len(self) != len(other):
            return False
        return tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))


def extended(items: Sequence[T], item: T) -> Sequence[T]:
    """Return a tuple with one more item."""
    if len(items) < _SHORT:
        return (*items, item)
    return (items if isinstance(items, Growing) else Growing([*items])).extended(item)


class SharedMap(dict[str, Any]):
    """A mapping that records of all fakes share. Changing it raises TypeError; a copy is an ordinary dictionary."""

    def __reduce__(self) -> tuple[type[dict[str, Any]], tuple[dict[str, Any]]]:
        return dict, ({**self},)

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("this mapping is shared by all records that have not set it; assign a new one to the field")

    __setitem__ = __delitem__ = __ior__ = update = setdefault = pop = popitem = clear = _refuse


EMPTY_MAP: Mapping[str, Any] = SharedMap()
"""An empty mapping that records share."""


def empty_map() -> Mapping[str, Any]:
    """Return EMPTY_MAP, as the default of a dataclass field."""
    return EMPTY_MAP


def customer_metadata() -> Mapping[str, Any]:
    """Return the metadata of a customer that has set none, as the default of a dataclass field."""
    return _NO_RTP_DEBUG


_NO_RTP_DEBUG: Mapping[str, Any] = SharedMap(rtp_debug=False)
START_ID = "00000000-0000-0000-0000-000000000001"
FINISH_ID = "00000000-0000-0000-0000-000000000002"


class Address(NamedTuple):
    """A source or destination (calls.md 4)."""

    type: str = ""
    target: str = ""
    target_name: str = ""
    name: str = ""
    detail: str = ""


NO_ADDRESS = Address()


class Action(NamedTuple):
    """One step of a flow (flows.md 2.1)."""

    id: str
    next_id: str = NIL
    type: str = ""
    option: Mapping[str, Any] = EMPTY_MAP
    tm_execute: datetime | None = None

    def __repr__(self) -> str:
        # Options contain URLs and bodies for other services, with their credentials.
        return f"<Action {self.type} {self.id}>"


START = Action(START_ID)
"""The current action of an activeflow before its first one."""
FINISH = Action(FINISH_ID)
"""The current action of an activeflow after its last one."""
NO_ACTION = Action(NIL)
"""The action of a call without an activeflow (calls.md 1.1)."""


class Frame(NamedTuple):
    """A list of actions in execution. `return_to` is the action of the list below that pushed this one."""

    actions: tuple[Action, ...]
    return_to: str = NIL


class CallBehaviour(NamedTuple):
    """What carrier and callee do on one call. Times are seconds after the INVITE; None means never.

    `hangs_up_after` counts from the answer. `sip` is the final response: 200 for an answer, None for no response.
    `machine` means that an answering machine answers. The callee sends `digits` when the flow asks for some. With
    `never_runs_flow` VoIPbin never starts the flow, and the call continues.
    """

    sip: int | None = 200
    after: float = 6.0
    rings_after: float | None = 2.0
    hangs_up_after: float | None = None
    machine: bool = False
    digits: str = ""
    never_runs_flow: bool = False

    def __str__(self) -> str:
        parts = [] if self.rings_after is None else [f"rings after {self.rings_after:g} s"]
        if self.sip is None:
            return ", ".join([*parts, "is never answered"])
        by = " by an answering machine" if self.machine else ""
        parts.append(f"is answered{by}" if self.sip == 200 else f"is rejected with {self.sip}")
        parts[-1] += f" after {self.after:g} s"
        if self.hangs_up_after is not None:
            parts.append(f"is hung up {self.hangs_up_after:g} s later")
        if self.digits:
            parts.append(f"sends the digits {self.digits}")
        if self.never_runs_flow:
            parts.append("never ends")
        return ", ".join(parts)


class Invite(NamedTuple):
    """An INVITE: the request URI, the caller as From shows it, and the headers that VoIPbin adds."""

    uri: str
    from_name: str
    from_number: str
    headers: Mapping[str, str]

    def __repr__(self) -> str:
        # A provider's own headers may contain its credentials.
        return f"<Invite {self.uri}, headers {', '.join(self.headers)}>"


class ScheduledEvent(NamedTuple):
    """One event that is due on a call.

    `reason` is the hangup_reason of an event that ends the call, `sip` the carrier's response that does. `digits` are
    those that the callee sends.
    """

    due: datetime
    kind: str
    reason: str = ""
    sip: int = 0
    digits: str = ""


class Attempt(NamedTuple):
    """An earlier attempt to reach a callee, after whose failure the call was dialled by its next route.

    `sip` is the carrier's response that ended it; 0 is VoIPbin's dial timeout.
    """

    dialled: datetime
    ended: datetime
    provider_id: str
    invite: Invite
    sip: int


@dataclass(slots=True)
class DialRequest:
    """What to dial. With a `provider_id`, tel destinations go through that provider."""

    source: Address
    flow_id: str
    anonymous: str
    provider_id: str = NIL
    metadata: Mapping[str, Any] = field(default_factory=empty_map)
    master_call_id: str = NIL
    variables: Mapping[str, str] = field(default_factory=empty_map)
    early_execution: bool = False
