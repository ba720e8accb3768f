"""Strategies for bodies of POST /providercalls: valid ones, and ones that break exactly one rule (providers.md 3)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from ..editions import EDITIONS
from ..fake_records import FakeRecords, fake_records
from ..formats.go_uuids import NIL
from ..models.requests import ProviderCallRequest
from ..probes import NO_NUMBER
from ..rule import Rule
from ..rules import RULES
from ..rules import providercall_placement as rules
from ..rules.gateway import body_is_json
from ..rules.telephony import call_gates
from . import action, address
from .action import OPTIONS
from .address import ADDRESS_TYPES, DIALLED, GROUPED, UNKNOWN_IDS, Address
from .json_values import arrays, draw_more, index, objects

Body = dict[str, Any]

ALL_EDITIONS = tuple(
    type for type in OPTIONS if all(type not in edition.unsupported_actions for edition in EDITIONS.values())
)
"""The action types that every edition has."""
DROPPED = tuple(type for type in ADDRESS_TYPES if type not in (*DIALLED, *GROUPED))
"""The types of destinations that become no call."""
_ACTIONS = arrays(action.of_types(*ALL_EDITIONS), 1)
# What is listed several times is more likely. The first ones are the simplest.
SOURCES = ("tel",) * len(ADDRESS_TYPES) + ADDRESS_TYPES
"""The types of a source."""
ANONYMOUS = (None,) * 4 + ("auto", "no", "", "yes")
"""The values of `anonymous`; None stands for none. Only a phone number can be withheld, so others lose `yes`."""
IGNORED = "ignored"
"""Any of the types that become no call."""
DESTINATIONS = {False: ("tel", "tel", "sip"), True: ("tel", "tel", "sip", "agent")}
"""The types of the first destination, without and with ids of agents. A further one can be ignored, too."""
INLINE_FLOWS = ((), (), ("actions",))
"""What determines the flow of a call, if there are no ids of flows."""
FLOWS = (*INLINE_FLOWS, ("flow_id",), ("flow_id", "actions"))
"""What determines the flow otherwise. The API ignores the actions if there is a flow_id."""


@st.composite
def providercall_bodies(
    draw: st.DrawFn,
    provider_id: str | None = None,
    *,
    flow_ids: Collection[str] | None = None,
    agent_ids: Collection[str] | None = None,
) -> Body:
    """Generate bodies that every edition accepts from a super-admin, and that place at least one call or groupcall.

    Without a provider, the bodies refer to the default provider, flows and agents of the fake under test, or of a fake
    with the seed 0 if there is none. A given provider must exist, the flows must belong to the super-admin's customer,
    and each agent must have an address; flows and agents then default to none.
    Without flows, the bodies have inline actions or none. Destinations that the API silently ignores come last.

    The simplest has a provider_id, a source and one destination, both of which are the phone number +12025550100.
    """
    records = fake_records() if provider_id is None else FakeRecords(provider_id)
    flows = records.flow_ids if flow_ids is None else tuple(flow_ids)
    agents = records.agent_ids if agent_ids is None else tuple(agent_ids)
    return _draw_body(draw, records.provider_id, flows, agents)


def _draw_body(draw: st.DrawFn, provider_id: str, flow_ids: Sequence[str], agent_ids: Sequence[str]) -> Body:
    source = address.draw_one(draw, draw(_SOURCES))
    anonymous = draw(_ANONYMOUS)
    destinations = _draw_destinations(draw, agent_ids)
    fields: Body = {"provider_id": provider_id, "source": source, "destinations": destinations}
    for name in draw(_FLOWS if flow_ids else _INLINE_FLOWS):
        fields[name] = draw(_ACTIONS) if name == "actions" else _draw_from(draw, flow_ids)
    if anonymous is not None and (anonymous != "yes" or source["type"] == "tel"):
        fields["anonymous"] = anonymous
    return _in_order(fields)


def _in_order(fields: Body) -> Body:
    return {name: fields[name] for name in ProviderCallRequest.model_fields if name in fields}


def _draw_destinations(draw: st.DrawFn, agent_ids: Sequence[str]) -> list[Address]:
    drawn = [draw(_destinations(agent_ids, first=True))]
    while draw_more(draw):
        drawn.append(draw(_destinations(agent_ids, first=False)))
    return sorted(drawn, key=lambda one: one["type"] in DROPPED)


# A strategy for each, so that the shrinker can change their order. Building it costs as much as an example.
@lru_cache(maxsize=64)
@st.composite
def _destinations(draw: st.DrawFn, agent_ids: Sequence[str], *, first: bool) -> Address:
    type = draw((_FIRST if first else _FURTHER)[bool(agent_ids)])
    if type == "agent":
        return address.draw_named(draw, type, _draw_from(draw, agent_ids))
    return address.draw_one(draw, draw(_DROPPED) if type == IGNORED else type)


def _draw_from(draw: st.DrawFn, values: Sequence[str]) -> str:
    """Draw one of the values, which are known only now."""
    return values[draw(index(0, len(values) - 1))]


_SOURCES = st.sampled_from(SOURCES)
_FIRST = {agents: st.sampled_from(types) for agents, types in DESTINATIONS.items()}
_FURTHER = {agents: st.sampled_from((*types, IGNORED)) for agents, types in DESTINATIONS.items()}
_DROPPED = st.sampled_from(DROPPED)
_ANONYMOUS = st.sampled_from(ANONYMOUS)
_FLOWS = st.sampled_from(FLOWS)
_INLINE_FLOWS = st.sampled_from(INLINE_FLOWS)


def _targets(type: str, targets: Sequence[str]) -> st.SearchStrategy[Any]:
    """Generate addresses of one type, with one of these targets."""
    return objects({"type": st.just(type), "target": st.sampled_from(targets)})


@dataclass(frozen=True, slots=True)
class InvalidBody:
    """A body that breaks one rule. It is refused in the editions whose answer for the rule refuses."""

    body: Any
    rule_id: str
    description: str

    def refused_in(self, edition: str) -> bool:
        """Return whether the named edition refuses the body."""
        return RULES[self.rule_id].answers[edition].refuses


@dataclass(frozen=True, slots=True)
class _Mistake:
    """One way to break a rule: replace fields of a valid body, and remove others; or replace the whole body."""

    rule: Rule
    description: str
    fields: Mapping[str, st.SearchStrategy[Any]]
    removed: tuple[str, ...] = ()
    whole: st.SearchStrategy[Any] | None = None

    def draw(self, draw: st.DrawFn, body: Body) -> InvalidBody:
        """Draw the body with the mistake."""
        changed = {**body, **{name: draw(value) for name, value in self.fields.items()}}
        kept = _in_order({name: value for name, value in changed.items() if name not in self.removed})
        return InvalidBody(kept if self.whole is None else draw(self.whole), self.rule.id, self.description)


@st.composite
def invalid_providercall_bodies(
    draw: st.DrawFn,
    provider_id: str | None = None,
    *,
    deleted_provider_id: str | None = None,
    rules: Collection[str] = (),
) -> InvalidBody:
    """Generate bodies that break exactly one rule, and that every edition with that rule refuses.

    Without a provider, the bodies refer to the default provider of the fake under test, and to a deleted one if it has
    one. A given provider must exist, and the other one must be deleted; without it, no body refers to a deleted
    provider. `rules` contains the ids of the rules to break, and defaults to BREAKABLE_RULES. Raises ValueError if no
    body can break any of them.

    The simplest are the simplest valid body with one mistake.
    """
    records = fake_records() if provider_id is None else FakeRecords(provider_id)
    deleted = deleted_provider_id or records.deleted_provider_id
    mistakes = [one for one in (*MISTAKES, *_deleted(deleted)) if not rules or one.rule.id in rules]
    if not mistakes:
        raise ValueError(_no_mistakes(rules))
    mistake = mistakes[draw(index(0, len(mistakes) - 1))]
    return mistake.draw(draw, _draw_body(draw, records.provider_id, (), ()))


def _deleted(provider_id: str | None) -> Iterator[_Mistake]:
    if provider_id is not None:
        yield _Mistake(rules.provider_not_deleted, "the provider is deleted", {"provider_id": st.just(provider_id)})


def _no_mistakes(wanted: Collection[str]) -> str:
    if rules.provider_not_deleted.id in wanted:
        return f"a body breaks {rules.provider_not_deleted.id} only with a deleted provider: pass deleted_provider_id"
    return f"no body can break {', '.join(wanted)} on its own; expected some of {', '.join(BREAKABLE_RULES)}"


_VALUES: tuple[Any, ...] = ("nope", 7, 1.5, True, [7], {"type": 7})


def _not(*kinds: type, also: Sequence[Any] = ()) -> st.SearchStrategy[Any]:
    """Generate JSON values of any type except these and null."""
    return st.sampled_from([*also, *(one for one in _VALUES if type(one) not in kinds)])


_NOT_OBJECTS = st.sampled_from(["nope", 7, True, [], [{}]])
_NOT_UUIDS = ("", "nope", NIL[:-1], NIL[:-1] + "g", "{" + NIL.replace("-", "") + "}", f"urn:id:{NIL}")
_NOT_NUMBERS = (NO_NUMBER, "1----------", "+7----------", "+44----------")
_NO_COUNTRY = ("+1202555014", "2025550143", "+1 (202) 555-0143", "+12025550143;ext=1", "911", "+49301234567")
_IGNORES_ACTIONS = ("flow_id",)
"""With this field the API ignores inline actions, so it is removed to make invalid actions count."""
_TEL_ONLY = arrays(address.of_types("tel"), 1)


def _ending_with(invalid: st.SearchStrategy[Any], valid: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """Generate lists of at most one valid item and one invalid item."""
    return st.tuples(arrays(valid), invalid).map(lambda parts: [*parts[0], parts[1]])


_INVALID_ANONYMOUS = objects(
    {
        "type": st.sampled_from(["connect", "call"]),
        "option": objects({"anonymous": st.sampled_from(["perhaps", "YES", " "])}),
    }
)
_UNKNOWN_TYPE = objects({"type": st.sampled_from(["no_such_action", "Talk", "talk ", ""])})
_VALID_ACTION = action.of_types("answer", "talk")

MISTAKES: tuple[_Mistake, ...] = (
    _Mistake(rules.provider_id_given, "provider_id is missing", {}, ("provider_id",)),
    _Mistake(rules.destinations_given, "destinations is missing", {}, ("destinations",)),
    _Mistake(rules.source_given, "source is missing", {}, ("source", "anonymous")),
    _Mistake(body_is_json, "provider_id is not a UUID", {"provider_id": _not(str, also=_NOT_UUIDS)}),
    _Mistake(body_is_json, "flow_id is not a UUID", {"flow_id": _not(str, also=_NOT_UUIDS)}),
    _Mistake(body_is_json, "source is not an address", {"source": _not()}),
    _Mistake(body_is_json, "destinations is not a list of addresses", {"destinations": _not()}),
    _Mistake(body_is_json, "actions is not a list of actions", {"actions": _not()}),
    _Mistake(body_is_json, "anonymous is not text", {"anonymous": _not(str)}),
    _Mistake(body_is_json, "the body is not an object", {}, whole=_NOT_OBJECTS),
    _Mistake(rules.provider_id_given, "provider_id is null or nil", {"provider_id": st.sampled_from([None, NIL])}),
    _Mistake(rules.destinations_given, "destinations is null or empty", {"destinations": st.sampled_from([None, []])}),
    _Mistake(rules.provider_exists, "the provider does not exist", {"provider_id": UNKNOWN_IDS}),
    _Mistake(
        rules.action_types_known,
        "an action has no valid type",
        {"actions": _ending_with(_UNKNOWN_TYPE, _VALID_ACTION)},
        _IGNORES_ACTIONS,
    ),
    _Mistake(
        rules.action_anonymous_known,
        "an action's `anonymous` is invalid",
        {"actions": _ending_with(_INVALID_ANONYMOUS, _VALID_ACTION)},
        _IGNORES_ACTIONS,
    ),
    _Mistake(
        rules.at_least_one_call_placed,
        "no destination can be dialled",
        {"destinations": arrays(address.of_types(*DROPPED), 1)},
    ),
    _Mistake(
        call_gates.number_parses,
        "the destination is not a phone number",
        {"destinations": arrays(_targets("tel", _NOT_NUMBERS), 1)},
    ),
    _Mistake(
        call_gates.number_has_country,
        "no country has such a number",
        {"destinations": arrays(_targets("tel", _NO_COUNTRY), 1)},
    ),
    _Mistake(
        call_gates.agent_exists,
        "the agent does not exist",
        {"destinations": arrays(address.of_types("agent"), 1)},
    ),
    _Mistake(rules.flow_usable, "the flow does not exist", {"flow_id": UNKNOWN_IDS}),
    _Mistake(
        rules.anonymous_needs_number,
        "the caller is withheld but has no number",
        {
            "anonymous": st.just("yes"),
            "source": address.of_types("sip", "extension", ""),
            "destinations": _TEL_ONLY,
        },
    ),
)
"""The mistakes: those that make fewer choices first."""
BREAKABLE_RULES: tuple[str, ...] = tuple(sorted({one.rule.id for one in (*MISTAKES, *_deleted(""))}))
"""The ids of the rules that a body can break on its own."""
