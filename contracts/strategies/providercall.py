"""Strategies for bodies of POST /providercalls: valid ones, and ones that break exactly one rule (providers.md 3)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from hypothesis import strategies as st

from ..editions import EDITIONS
from ..go_uuids import NIL
from ..probes import NO_NUMBER
from ..rule import Rule
from ..rules import RULES, call_gates
from ..rules import providercall_placement as rules
from ..rules.gateway import body_is_json
from . import action, address
from .action import OPTIONS
from .address import ADDRESS_TYPES, DIALLED, GROUPED
from .json_values import joined, merged, objects

Body = dict[str, Any]

_ALL_EDITIONS = tuple(
    type for type in OPTIONS if all(type not in edition.unsupported_actions for edition in EDITIONS.values())
)
_DROPPED = tuple(type for type in ADDRESS_TYPES if type not in (*DIALLED, *GROUPED))
_IGNORED = st.lists(address.of_types(*_DROPPED), max_size=1)
_CALLER_ID_SHOWN = ("auto", "no", "")
_SOURCES = st.one_of(
    objects({"source": address.of_types("tel")}, {"anonymous": st.sampled_from(_CALLER_ID_SHOWN)}),
    objects({"source": address.of_types()}, {"anonymous": st.sampled_from(_CALLER_ID_SHOWN)}),
    # Only a phone number can be withheld.
    objects({"source": address.of_types("tel"), "anonymous": st.just("yes")}),
)
_ACTIONS = st.lists(action.of_types(*_ALL_EDITIONS), min_size=1, max_size=3)
_UNKNOWN_ID = st.uuids(version=4).map(str)
_NULL = st.none()
"""The API treats null like a missing field."""


@st.composite
def providercall_bodies(
    draw: st.DrawFn, provider_id: str, *, flow_ids: Collection[str] = (), agent_ids: Collection[str] = ()
) -> Body:
    """Generate bodies that every edition accepts from a super-admin, and that place at least one call or groupcall.

    The provider must exist, the flows must belong to the super-admin's customer, and each agent must have an address.
    Without flows, the bodies have inline actions or none. Destinations that the API silently ignores come last.
    """
    return draw(_bodies(provider_id, tuple(flow_ids), tuple(agent_ids)))


@cache
def _bodies(provider_id: str, flow_ids: Sequence[str], agent_ids: Sequence[str]) -> st.SearchStrategy[Body]:
    dialled = address.of_types(*DIALLED) | _targets("agent", agent_ids)
    destinations = joined(st.lists(dialled, min_size=1, max_size=3), _IGNORED)
    flow = {"flow_id": st.sampled_from(flow_ids)} if flow_ids else {}
    body = objects({"destinations": destinations}, {**flow, "actions": _ACTIONS})
    return merged(objects({"provider_id": st.just(provider_id)}), _SOURCES, body)


def _targets(type: str, targets: Sequence[str]) -> st.SearchStrategy[Any]:
    """Generate addresses of one type, with one of these targets."""
    return objects({"type": st.just(type), "target": st.sampled_from(list(targets))}) if targets else st.nothing()


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
    """One way to break a rule: replace fields of a valid body, and remove others."""

    rule: Rule
    description: str
    fields: Mapping[str, st.SearchStrategy[Any]]
    removed: tuple[str, ...] = ()


@st.composite
def invalid_providercall_bodies(
    draw: st.DrawFn, provider_id: str, *, deleted_provider_id: str | None = None, rules: Collection[str] = ()
) -> InvalidBody:
    """Generate bodies that break exactly one rule, and that every edition with that rule refuses.

    The provider must exist, and the other one must be deleted; without it, no body refers to a deleted provider.
    `rules` contains the ids of the rules to break, and defaults to BREAKABLE_RULES.
    """
    return draw(_invalid(provider_id, deleted_provider_id, tuple(rules)))


@cache
def _invalid(
    provider_id: str, deleted_provider_id: str | None, rule_ids: Sequence[str]
) -> st.SearchStrategy[InvalidBody]:
    valid = _bodies(provider_id, (), ())
    mistakes = [*MISTAKES, *_deleted(deleted_provider_id)]
    strategies = [_with(one, valid) for one in mistakes if not rule_ids or one.rule.id in rule_ids]
    if not rule_ids or body_is_json.id in rule_ids:
        not_object = st.just("the body is not an object")
        strategies.append(st.builds(InvalidBody, _NOT_OBJECTS, st.just(body_is_json.id), not_object))
    return st.one_of(strategies)


def _with(mistake: _Mistake, valid: st.SearchStrategy[Body]) -> st.SearchStrategy[InvalidBody]:
    body = merged(valid, objects(mistake.fields)).map(partial(_without, mistake.removed))
    return st.builds(InvalidBody, body, st.just(mistake.rule.id), st.just(mistake.description))


def _without(keys: tuple[str, ...], body: Body) -> Body:
    return {key: value for key, value in body.items() if key not in keys}


def _deleted(provider_id: str | None) -> Iterator[_Mistake]:
    if provider_id is not None:
        yield _Mistake(rules.provider_not_deleted, "the provider is deleted", {"provider_id": st.just(provider_id)})


def _not(*kinds: type) -> st.SearchStrategy[Any]:
    """Generate JSON values of any type except these and null."""
    return st.sampled_from([one for one in _VALUES if type(one) not in kinds])


_VALUES: tuple[Any, ...] = ("nope", 7, 1.5, True, [7], {"type": 7})
_NOT_OBJECTS = st.sampled_from(["nope", 7, True, [], [{}]])
_NOT_UUIDS = st.sampled_from(["", "nope", NIL[:-1], NIL[:-1] + "g", "{" + NIL.replace("-", "") + "}", f"urn:id:{NIL}"])
_NOT_NUMBERS = (NO_NUMBER, "1----------", "+7----------", "+44----------")
_NO_COUNTRY = ("+1202555014", "2025550143", "+1 (202) 555-0143", "+12025550143;ext=1", "911", "+49301234567")
_IGNORES_ACTIONS = ("flow_id",)
"""With this field the API ignores inline actions, so it is removed to make invalid actions count."""
_TEL_ONLY = st.lists(address.of_types("tel"), min_size=1, max_size=2)


def _ending_with(invalid: st.SearchStrategy[Any], valid: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """Generate lists of at most one valid item and one invalid item."""
    return joined(st.lists(valid, max_size=1), st.lists(invalid, min_size=1, max_size=1))


_INVALID_ANONYMOUS = objects(
    {
        "type": st.sampled_from(["connect", "call"]),
        "option": objects({"anonymous": st.sampled_from(["perhaps", "YES", " "])}),
    }
)
_UNKNOWN_TYPE = objects({"type": st.sampled_from(["no_such_action", "Talk", "talk ", ""])})
_VALID_ACTION = action.of_types("answer", "talk")

MISTAKES: tuple[_Mistake, ...] = (
    _Mistake(body_is_json, "provider_id is not a UUID", {"provider_id": _not(str) | _NOT_UUIDS}),
    _Mistake(body_is_json, "flow_id is not a UUID", {"flow_id": _not(str) | _NOT_UUIDS}),
    _Mistake(body_is_json, "source is not an address", {"source": _not()}),
    _Mistake(body_is_json, "destinations is not a list of addresses", {"destinations": _not()}),
    _Mistake(body_is_json, "actions is not a list of actions", {"actions": _not()}),
    _Mistake(body_is_json, "anonymous is not text", {"anonymous": _not(str)}),
    _Mistake(rules.provider_id_given, "provider_id is missing", {}, ("provider_id",)),
    _Mistake(rules.provider_id_given, "provider_id is null or nil", {"provider_id": _NULL | st.just(NIL)}),
    _Mistake(rules.destinations_given, "destinations is missing", {}, ("destinations",)),
    _Mistake(rules.destinations_given, "destinations is null or empty", {"destinations": _NULL | st.just([])}),
    _Mistake(rules.provider_exists, "the provider does not exist", {"provider_id": _UNKNOWN_ID}),
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
    _Mistake(rules.source_given, "source is missing", {}, ("source", "anonymous")),
    _Mistake(
        rules.at_least_one_call_placed,
        "no destination can be dialled",
        {"destinations": st.lists(address.of_types(*_DROPPED), min_size=1, max_size=2)},
    ),
    _Mistake(
        call_gates.number_parses,
        "the destination is not a phone number",
        {"destinations": st.lists(_targets("tel", _NOT_NUMBERS), min_size=1, max_size=2)},
    ),
    _Mistake(
        call_gates.number_has_country,
        "no country has such a number",
        {"destinations": st.lists(_targets("tel", _NO_COUNTRY), min_size=1, max_size=2)},
    ),
    _Mistake(
        call_gates.agent_exists,
        "the agent does not exist",
        {"destinations": st.lists(address.of_types("agent"), min_size=1, max_size=2)},
    ),
    _Mistake(rules.flow_usable, "the flow does not exist", {"flow_id": _UNKNOWN_ID}),
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
BREAKABLE_RULES: tuple[str, ...] = tuple(sorted({one.rule.id for one in (*MISTAKES, *_deleted(""))}))
"""The ids of the rules that a body can break on its own."""
