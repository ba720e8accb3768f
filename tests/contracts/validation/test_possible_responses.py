"""Every response of the fake is possible in its edition; a response that was changed is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_providercalls.contracts import Safety, check, validate_exchange
from pytest_providercalls.contracts.formats.go_uuids import NIL
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.contracts.operations.table import OPERATIONS
from pytest_providercalls.contracts.probes import DESTINATION, SOURCE, UNDIALLABLE, UNKNOWN_ID
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.gateway.pipeline import routing
from pytest_providercalls.fake_server.probe_target import FakeTarget

from .exchanges import each_edition, place


class ValidatingTarget(FakeTarget):
    """A fake whose every response is validated, against all editions and its own. Successful exchanges are kept."""

    def __init__(self, fake: FakeVoipbin) -> None:
        super().__init__(fake)
        self.successes: list[tuple[Request, Response]] = []

    def send(self, request: Request, /) -> Response:
        response = super().send(request)
        assert validate_exchange(request, response) == []
        assert validate_exchange(request, response, [self.edition]) == []
        if response.status == 200 and response.body.startswith(b"{") and request.target != "/ping":
            self.successes.append((request, response))
        return response


@each_edition
def test_responses_to_probes_are_possible(edition: str) -> None:
    target = ValidatingTarget(FakeVoipbin(edition))
    check(target, Safety.BILLABLE)
    assert len(target.successes) > 300


def test_every_operation_of_the_fake_is_known() -> None:
    routes = {(route.method, "/v1.0" + route.path) for route in routing.all_routes()}
    assert {(one.method, one.path) for one in OPERATIONS} == routes | {("POST", "/auth/login"), ("GET", "/ping")}


# generated requests, and changed responses

TARGETS = st.sampled_from(
    [DESTINATION, UNDIALLABLE, {"type": "sip", "target": "x@y.example"}, {}, {"target_name": "x"}]
)
ACTION = {"type": st.sampled_from(["answer", "talk", "hangup", "nonsense"])}
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "provider_id": st.sampled_from(["{provider}", "{provider}", NIL, UNKNOWN_ID, "nope", None, 7]),
    "flow_id": st.sampled_from([None, "{flow}", NIL, UNKNOWN_ID]),
    "source": st.sampled_from([SOURCE, {}, None, {"type": "tel"}]),
    "destinations": st.lists(TARGETS, max_size=3),
    "actions": st.lists(st.fixed_dictionaries({}, optional=ACTION), max_size=2),
    "anonymous": st.sampled_from([None, "yes", "auto", "banana", "x" * 20]),
    "name": st.sampled_from(["", "x", "tmp"]),
    "hostname": st.just("sip.example.invalid"),
    "expire": st.sampled_from([0, 86400]),
}
BODIES = st.one_of(st.fixed_dictionaries({}, optional=FIELDS).map(json.dumps), st.sampled_from(["", "{", "[]", "null"]))
QUERIES = st.sampled_from(["", "page_size=1", "page_size=0", "page_size=x", "page_token=now", "provider_id=nope"])
STEPS = st.tuples(
    st.sampled_from(routing.all_routes()),
    st.sampled_from(["{provider}", "{existing}", "{existing}", "{existing}", UNKNOWN_ID, "nope", NIL]),
    QUERIES,
    BODIES,
    st.sampled_from(["super_admin"] * 4 + ["customer_admin", "customer_agent", "direct", ""]),
)


def changed(change: Callable[[dict[str, Any]], object]) -> Callable[[Response], dict[str, Any]]:
    def replacement(response: Response) -> dict[str, Any]:
        body = response.json()
        change(body)
        return {"body": json.dumps(body).encode()}

    return replacement


CHANGES: list[Callable[[Response], dict[str, Any]]] = [
    lambda response: {"status": 201},
    lambda response: {"status": 302},
    lambda response: {"body": b""},
    lambda response: {"body": b"[" + response.body + b"]"},
    lambda response: {"status": 418},
    lambda response: {"status": 404, "body": b'{"error": "not found"}'},
    changed(lambda body: body.pop(next(iter(body)))),
    changed(lambda body: body.update(surprise=1)),
    changed(lambda body: body.update({next(iter(body)): 7})),
]


@each_edition
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEPS, max_size=12), data=st.data())
def test_responses_to_generated_requests_are_possible_and_changed_ones_are_not(
    edition: str, steps: list[Any], data: st.DataObject
) -> None:
    target = ValidatingTarget(FakeVoipbin(edition))
    flow = target.fake.add_flow().id
    call = target.fake.handle(place(target.fake)).json()["call_ids"][0]
    existing = {"calls": call, "flows": flow, "providercalls": next(iter(target.fake.providercalls))}
    for route, id, query, body, role in steps:
        resource = route.path.split("/")[1]
        names = {"provider": target.fake.provider.id, "flow": flow, "existing": existing.get(resource, NIL)}
        path = route.path.replace("{id}", id)
        for name, value in names.items():
            path, body = path.replace(f"{{{name}}}", value), body.replace(f"{{{name}}}", value)
        token = target.tokens.get(role) or (target.credentials[role].token if role else "")
        headers = (("Authorization", f"Bearer {token}"),) if token else ()
        target.send(Request(route.method, f"/v1.0{path}?{query}", headers, body.encode()))
    if target.successes:
        request, response = data.draw(st.sampled_from(target.successes))
        assert validate_exchange(request, response._replace(**data.draw(st.sampled_from(CHANGES))(response))) != []
