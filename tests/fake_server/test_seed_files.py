"""Seed files: their resources are added to the fake, and mistakes are explained."""

from __future__ import annotations

import inspect
import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_providercalls.contracts.formats.go_uuids import NIL
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.contracts.identity import Permission
from pytest_providercalls.contracts.rules.routing.routes import DEFAULT_CUSTOMER
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.calls.carriers import Carrier
from pytest_providercalls.fake_server.seed_files import InvalidSeed, SeededResources, apply_seed, load
from pytest_providercalls.fake_server.world.resources.numbers import ADDED

SEED = """
customers:
  - name: acme
    numbers: ["+12025550111"]
    extensions: {"2000": ["sip:2000@192.0.2.7"], "2001": []}
    balance: 12.5
    destination_whitelist: [us, "no"]
    codecs: PCMA
agents:
  - username: alice
    customer: acme
    password: open sesame
    tag_ids: [6f9b1e9e-1f4e-4c52-9d0a-3c8f6a0f7a11]
    addresses: [{type: tel, target: "+12025550112"}]
  - {username: root, customer: platform, permission: super_admin}
providers:
  - {name: flaky, hostname: sip.flaky.example, tech_headers: {X-Trunk: "7"}}
  - {name: gone, hostname: sip.gone.example, deleted: true}
routes:
  - {provider: flaky}
  - {provider: carrier, customer: acme, target: "+1", priority: 2, name: own}
numbers:
  - {number: "+12025550113", customer: acme, name: sales, call_flow: hello, default_source: true}
  - {number: "+899100000001", type: virtual, detail: d}
recordings:
  - {customer: acme}
  - {status: stopping, duration: 2.5, deleted: true}
flows:
  - name: hello
    customer: acme
    actions: [{type: answer}, {type: talk, option: {text: Hello}}]
carriers:
  carrier:
    - busy: {destination: "+12025550143"}
    - answers: {after: 3}
  flaky:
    - allows_sources: {sources: ["+12025550100"]}
    - unreachable
"""


def apply(tmp_path: Path, text: str, name: str = "seed.yaml") -> tuple[FakeVoipbin, SeededResources]:
    path = tmp_path / name
    path.write_text(text)
    fake = FakeVoipbin()
    return fake, apply_seed(fake, load(path))


def test_all_resources_are_added(tmp_path: Path) -> None:
    fake, seeded = apply(tmp_path, SEED)
    alice = fake.state.agents[seeded.identities["alice"].id]
    acme = fake.state.customers[alice.customer_id]
    assert (acme.name, acme.balance_credit) == ("acme", 12_500_000)
    assert acme.numbers == {"+12025550111", "+12025550113"}
    assert (acme.destination_whitelist, acme.codecs) == ({"us", "no"}, "PCMA")
    flaky, own = [*fake.routes.values()][1:]
    assert (flaky.customer_id, flaky.provider_id, flaky.target) == (
        DEFAULT_CUSTOMER,
        seeded.providers["flaky"].id,
        "all",
    )
    assert (own.customer_id, own.provider_id, own.target, own.priority) == (acme.id, fake.provider.id, "+1", 2)
    assert (alice.permission, alice.password) == (Permission.CUSTOMER_ADMIN, "open sesame")
    assert acme.extensions == {"2000": ("sip:2000@192.0.2.7",), "2001": ()}
    assert alice.tag_ids == ("6f9b1e9e-1f4e-4c52-9d0a-3c8f6a0f7a11",)
    assert alice.addresses[0].target == "+12025550112"
    assert seeded.identities["root"].permission == Permission.SUPER_ADMIN
    assert seeded.providers["flaky"].tech_headers == {"X-Trunk": "7"}
    assert seeded.providers["gone"].tm_delete is not None
    flow = fake.flows[seeded.flows["hello"]]
    assert (flow.customer_id, [action.type for action in flow.actions]) == (acme.id, ["answer", "talk"])


def test_numbers_and_recordings_are_added(tmp_path: Path) -> None:
    fake, seeded = apply(tmp_path, SEED)
    acme = fake.state.customers[fake.state.agents[seeded.identities["alice"].id].customer_id]
    sales, virtual = ADDED.of(fake.state).values()
    assert (sales.number, sales.name, sales.call_flow_id) == ("+12025550113", "sales", seeded.flows["hello"])
    assert acme.default_outgoing_source_number_id == sales.id
    assert (virtual.type, virtual.detail, virtual.call_flow_id) == ("virtual", "d", NIL)
    by_status = {one.status: one for one in fake.recordings.values()}
    assert (by_status["ended"].customer_id, by_status["ended"].tm_delete) == (acme.id, None)
    assert by_status["stopping"].tm_delete is not None


def test_carrier_scripts_are_used(tmp_path: Path) -> None:
    fake, seeded = apply(tmp_path, SEED)
    numbers = [(fake.provider.id, "+12025550143"), (fake.provider.id, "+12025550144")]
    numbers.append((seeded.providers["flaky"].id, "+12025550145"))
    for provider, number in numbers:
        body = {
            "provider_id": provider,
            "source": {"type": "tel", "target": "+12025550100"},
            "destinations": [{"type": "tel", "target": number}],
        }
        token = seeded.identities["root"].token
        fake.handle(Request("POST", f"/v1.0/providercalls?token={token}", body=json.dumps(body).encode()))
    fake.clock.advance(120)
    assert [call.hangup_reason for call in fake.calls.values()] == ["busy", "normal", "failed"]
    assert seeded.providers["flaky"].health_status == "unhealthy"


def test_an_agent_logs_in_with_the_password_from_the_file(tmp_path: Path) -> None:
    fake, _ = apply(tmp_path, SEED)
    body = json.dumps({"username": "alice", "password": "open sesame"}).encode()
    assert fake.handle(Request("POST", "/auth/login", body=body)).status == 200


def test_json_and_yaml_are_equivalent(tmp_path: Path) -> None:
    yaml = pytest.importorskip("yaml")
    _, from_yaml = apply(tmp_path, SEED)
    _, from_json = apply(tmp_path, json.dumps(yaml.safe_load(SEED)), "seed.json")
    assert from_json == from_yaml


@pytest.mark.parametrize("text", ["", "{}", "carriers: {carrier: []}"])
def test_an_empty_seed_is_valid(tmp_path: Path, text: str) -> None:
    fake, _ = apply(tmp_path, text)
    assert len(fake.providers) == 1


MISTAKES = {
    "customers: [{name: a, numbrs: []}]": "customers[0]: unknown key 'numbrs' (did you mean 'numbers'?); expected",
    "customers: [{name: a, numbers: [+12025550111]}]": "customers[0].numbers[0]: 12025550111 is not a string; put",
    "customers: [{name: a, destination_whitelist: [no]}]": "[0]: False is not a string; put it in quotes",
    "customers: [{name: a, destination_whitelist: [xx]}]": "unknown country 'xx'",
    "customers: [{name: a, plan_type: fre}]": "customers[0].plan_type: invalid value 'fre' (did you mean 'free'?)",
    "customers: [{name: a}, {name: a}]": "customers: duplicate names: a",
    "numbers: [{number: '+1', call_flow: x}]": "numbers[0]: unknown flow 'x'",
    "recordings: [{customer: x}]": "recordings[0]: unknown customer 'x'",
    "recordings: [{status: end}]": "recordings[0].status: invalid value 'end' (did you mean 'ended'?)",
    "customers: 7": "customers: should be a list",
    "agents: [{customer: platform}]": "agents[0].username: is missing",
    "agents: [{username: a, customer: platfrm}]": "agents.a: unknown customer 'platfrm' (did you mean 'platform'?)",
    "routes: [{provider: b}]": "routes[0]: unknown provider 'b'; expected one of carrier",
    "routes: [{provider: carrier, customer: b}]": "routes[0]: unknown customer 'b'; expected one of customer, platform",
    "flows: [{name: a, actions: [{type: tlak}]}]": "flows[0].actions[0].type: unknown action 'tlak' (did you mean",
    "flows: [{name: a, customer: b}]": "flows.a: unknown customer 'b'; expected one of customer, platform",
    "carriers: {carier: [busy]}": "carriers.carier: unknown provider 'carier' (did you mean 'carrier'?)",
    "carriers: {carrier: [bsy]}": "carriers.carrier[0]: unknown script line 'bsy' (did you mean 'busy'?); expected",
    "carriers: {carrier: [{busy: {dest: x}}]}": "carriers.carrier[0]: unknown key 'dest'; expected one of destination",
    "carriers: {carrier: [{answers: {after: soon}}]}": "carriers.carrier[0].after: ",
    "carriers: {carrier: [{busy: , answers: }]}": "carriers.carrier[0]: invalid script line {",
    "carriers: {carrier: [busy, answers]}": "carriers.carrier[1].answers: this line (every call) can never match",
    "carriers: {carrier: [{rejects: {sip: 200}}]}": "carriers.carrier[0].rejects: a carrier cannot reject with 200",
    "- 1": "the file: should be a mapping",
    "a: [": "cannot be read",
}


@pytest.mark.parametrize(("text", "message"), MISTAKES.items())
def test_a_mistake_is_explained_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InvalidSeed) as caught:
        apply(tmp_path, text)
    assert message in str(caught.value)


def test_all_mistakes_are_listed_at_once(tmp_path: Path) -> None:
    with pytest.raises(InvalidSeed) as caught:
        apply(tmp_path, "customers: [{}]\nagents: [{}]\nproviders: [{}]")
    assert [line.strip() for line in str(caught.value).splitlines()[1:]] == [
        "customers[0].name: is missing",
        "agents[0].username: is missing",
        "providers[0].name: is missing",
        "providers[0].hostname: is missing",
    ]


def test_yaml_without_pyyaml_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(InvalidSeed, match=r"pip install 'pytest-providercalls\[yaml\]', or use JSON"):
        apply(tmp_path, "")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda some: st.lists(some, max_size=3) | st.dictionaries(st.text(max_size=5), some, max_size=3),
    max_leaves=6,
)
SECTIONS = st.sampled_from(["customers", "agents", "providers", "flows", "carriers", "name"])


@given(sent=st.dictionaries(SECTIONS, JSON | st.lists(st.dictionaries(SECTIONS, JSON, max_size=3), max_size=3)) | JSON)
def test_any_file_is_applied_or_refused(tmp_path_factory: pytest.TempPathFactory, sent: object) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(json.dumps(sent))
    try:
        apply_seed(FakeVoipbin(), load(path))
    except InvalidSeed as error:
        assert "any.json" in str(error) or "unknown" in str(error)


def test_every_carrier_method_is_a_script_line(tmp_path: Path) -> None:
    arguments = {"allows_sources": {"sources": ["+12025550100"]}}
    for name, method in vars(Carrier).items():
        if inspect.isfunction(method) and not name.startswith("_") and name != "clear":
            apply(tmp_path, json.dumps({"carriers": {"carrier": [{name: arguments.get(name)}]}}), "seed.json")
