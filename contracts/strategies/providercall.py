"""Bodies for POST /providercalls: good ones, and bad ones that each break one rule (providers.md 3)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from hypothesis import strategies as st

from ..editions import EDITIONS
from ..go_uuids import NIL
from ..rule import Rule
from ..rules import RULES
from ..rules import calls as call_rules
from ..rules import providercalls as rules
from ..rules.gateway import body_is_json
from . import action, address
from .action import OPTIONS
from .address import ADDRESS_TYPES, DIALLED, GROUPED
from .json_values import joined, merged, objects

Body = dict[str, Any]

_EVERYWHERE = tuple(type for type in OPTIONS if all(type not in one.unsupported_actions for one in EDITIONS.values()))
_DROPPED = tuple(type for type in ADDRESS_TYPES if type not in (*DIALLED, *GROUPED))
_SILENT = st.lists(address.of_types(*_DROPPED), max_size=1)
_SHOWN = ("auto", "no", "")
_CALLERS = st.one_of(
    objects({"source": address.of_types("tel")}, {"anonymous": st.sampled_from(_SHOWN)}),
    objects({"source": address.of_types()}, {"anonymous": st.sampled_from(_SHOWN)}),
    # Only who has a number can be withheld.
    objects({"source": address.of_types("tel"), "anonymous": st.just("yes")}),
)
_ACTIONS = st.lists(action.of_types(*_EVERYWHERE), min_size=1, max_size=3)
_UNKNOWN = st.uuids(version=4).map(str)
_GONE = st.none()
"""Null is as good as left out."""


@st.composite
def providercall_bodies(
    draw: st.DrawFn, provider_id: str, *, flow_ids: Collection[str] = (), agent_ids: Collection[str] = ()
) -> Body:
    """Requests that every edition accepts from a super-admin, and that place at least one call or groupcall.

    The provider exists; the flows are the super-admin's own customer's; of the agents each has an address. Without
    flows there are inline actions, or nothing to follow. Destinations that are dropped in silence come last.
    """
    return draw(_requests(provider_id, tuple(flow_ids), tuple(agent_ids)))


@cache
def _requests(provider_id: str, flow_ids: Sequence[str], agent_ids: Sequence[str]) -> st.SearchStrategy[Body]:
    reached = address.of_types(*DIALLED) | _targets("agent", agent_ids)
    destinations = joined(st.lists(reached, min_size=1, max_size=3), _SILENT)
    followed = {"flow_id": st.sampled_from(flow_ids)} if flow_ids else {}
    body = objects({"destinations": destinations}, {**followed, "actions": _ACTIONS})
    return merged(objects({"provider_id": st.just(provider_id)}), _CALLERS, body)


def _targets(type: str, targets: Sequence[str]) -> st.SearchStrategy[Any]:
    """Addresses of one type, with one of these targets."""
    return objects({"type": st.just(type), "target": st.sampled_from(list(targets))}) if targets else st.nothing()


@dataclass(frozen=True, slots=True)
class InvalidBody:
    """A body that breaks one rule. Of the rule's answers in the catalogue those that refuse say where it holds."""

    body: Any
    rule_id: str
    """The id of the rule."""
    description: str

    def refused_in(self, edition: str) -> bool:
        """Whether an edition, by its name, refuses the request."""
        return RULES[self.rule_id].answers[edition].refuses


@dataclass(frozen=True, slots=True)
class _Mistake:
    """One way to go wrong: these fields instead of a good request's, and some not at all."""

    rule: Rule
    why: str
    fields: Mapping[str, st.SearchStrategy[Any]]
    without: tuple[str, ...] = ()


@st.composite
def invalid_providercall_bodies(
    draw: st.DrawFn, provider_id: str, *, deleted_provider_id: str | None = None, rules: Collection[str] = ()
) -> InvalidBody:
    """Requests of which each breaks one rule, and is refused for it by every edition that has the rule.

    The provider exists, the other one has been deleted; without one nobody asks for it. `rules` has the ids of the
    rules to break; all of INVALID unless told. But for the one mistake the requests are good ones.
    """
    return draw(_invalid(provider_id, deleted_provider_id, tuple(rules)))


@cache
def _invalid(
    provider_id: str, deleted_provider_id: str | None, wanted: Sequence[str]
) -> st.SearchStrategy[InvalidBody]:
    good = _requests(provider_id, (), ())
    mistakes = [*MISTAKES, *_deleted(deleted_provider_id)]
    found = [_with(one, good) for one in mistakes if not wanted or one.rule.id in wanted]
    if not wanted or body_is_json.id in wanted:
        found.append(st.builds(InvalidBody, _NO_OBJECT, st.just(body_is_json.id), st.just("the body is no object")))
    return st.one_of(found)


def _with(mistake: _Mistake, good: st.SearchStrategy[Body]) -> st.SearchStrategy[InvalidBody]:
    request = merged(good, objects(mistake.fields)).map(partial(_without, mistake.without))
    return st.builds(InvalidBody, request, st.just(mistake.rule.id), st.just(mistake.why))


def _without(keys: tuple[str, ...], request: Body) -> Body:
    return {key: value for key, value in request.items() if key not in keys}


def _deleted(provider_id: str | None) -> Iterator[_Mistake]:
    if provider_id is not None:
        why = "the provider has been deleted"
        yield _Mistake(rules.provider_not_deleted, why, {"provider_id": st.just(provider_id)})


def _but(*kinds: type) -> st.SearchStrategy[Any]:
    """Values of JSON of any type but these. Null is of all types."""
    return st.sampled_from([one for one in _VALUES if type(one) not in kinds])


_VALUES: tuple[Any, ...] = ("nope", 7, 1.5, True, [7], {"type": 7})
_NO_OBJECT = st.sampled_from(["nope", 7, True, [], [{}]])
_NO_UUIDS = st.sampled_from(["", "nope", NIL[:-1], NIL[:-1] + "g", "{" + NIL.replace("-", "") + "}", f"urn:id:{NIL}"])
_NO_NUMBERS = ("+1", "1", "+7", "+1" + "5" * 17)
_PLACES = ("flow_id",)
"""What decides over inline actions, and goes where those are wrong."""
_TEL_ONLY = st.lists(address.of_types("tel"), min_size=1, max_size=2)


def _among(wrong: st.SearchStrategy[Any], good: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """Lists that hold something wrong, behind what is good."""
    return joined(st.lists(good, max_size=1), st.lists(wrong, min_size=1, max_size=1))


_BAD_ANONYMOUS = objects(
    {
        "type": st.sampled_from(["connect", "call"]),
        "option": objects({"anonymous": st.sampled_from(["perhaps", "YES", " "])}),
    }
)
_BAD_TYPE = objects({"type": st.sampled_from(["no_such_action", "Talk", "talk ", ""])})
_GOOD_ACTION = action.of_types("answer", "talk")

MISTAKES: tuple[_Mistake, ...] = (
    _Mistake(body_is_json, "provider_id is no UUID", {"provider_id": _but(str) | _NO_UUIDS}),
    _Mistake(body_is_json, "flow_id is no UUID", {"flow_id": _but(str) | _NO_UUIDS}),
    _Mistake(body_is_json, "source is no address", {"source": _but()}),
    _Mistake(body_is_json, "destinations is no list of addresses", {"destinations": _but()}),
    _Mistake(body_is_json, "actions is no list of actions", {"actions": _but()}),
    _Mistake(body_is_json, "anonymous is no text", {"anonymous": _but(str)}),
    _Mistake(rules.provider_id_given, "there is no provider_id", {}, ("provider_id",)),
    _Mistake(rules.provider_id_given, "provider_id is null or nil", {"provider_id": _GONE | st.just(NIL)}),
    _Mistake(rules.destinations_given, "there are no destinations", {}, ("destinations",)),
    _Mistake(rules.destinations_given, "destinations is null or empty", {"destinations": _GONE | st.just([])}),
    _Mistake(rules.provider_exists, "there is no such provider", {"provider_id": _UNKNOWN}),
    _Mistake(rules.action_types_known, "an action has no type", {"actions": _among(_BAD_TYPE, _GOOD_ACTION)}, _PLACES),
    _Mistake(
        rules.action_anonymous_known,
        "an action's `anonymous` is none",
        {"actions": _among(_BAD_ANONYMOUS, _GOOD_ACTION)},
        _PLACES,
    ),
    _Mistake(rules.source_given, "there is no source", {}, ("source", "anonymous")),
    _Mistake(
        rules.at_least_one_call_placed,
        "nobody can be called",
        {"destinations": st.lists(address.of_types(*_DROPPED), min_size=1, max_size=2)},
    ),
    _Mistake(
        call_rules.number_parses,
        "the destination is no phone number",
        {"destinations": st.lists(_targets("tel", _NO_NUMBERS), min_size=1, max_size=2)},
    ),
    _Mistake(
        call_rules.agent_exists,
        "there is no such agent",
        {"destinations": st.lists(address.of_types("agent"), min_size=1, max_size=2)},
    ),
    _Mistake(rules.flow_usable, "there is no such flow", {"flow_id": _UNKNOWN}),
    _Mistake(
        rules.anonymous_needs_number,
        "the caller is withheld, and has no number",
        {
            "anonymous": st.just("yes"),
            "source": address.of_types("sip", "extension", ""),
            "destinations": _TEL_ONLY,
        },
    ),
)
BREAKABLE_RULES: tuple[str, ...] = tuple(sorted({one.rule.id for one in (*MISTAKES, *_deleted(""))}))
"""The ids of the rules that a request can break by itself."""
