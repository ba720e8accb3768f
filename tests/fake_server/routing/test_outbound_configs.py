"""/outbound_config and /outbound_configs, tier by tier, and their effect on calls, in every edition."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_providercalls.contracts.formats.go_uuids import NIL
from pytest_providercalls.contracts.http import Response
from pytest_providercalls.contracts.probes import DESTINATION, SOURCE, UNKNOWN_ID, ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.calls.numbers import countries
from pytest_providercalls.fake_server.calls.routing.iso_countries import CODES

APRIL, AUGUST = "server-2026-04", "server-2026-08"
OWN = [("GET", "/outbound_config"), ("PUT", "/outbound_config")]
ONE = [(method, "/outbound_configs/{id}") for method in ("GET", "PUT", "DELETE")]
ALL = [("GET", "/outbound_configs"), ("POST", "/outbound_configs"), *ONE]
with_configs = pytest.mark.parametrize("fake", ["documented", AUGUST], indirect=True)
"""The editions that have outbound configurations."""


def config_id(fake: FakeVoipbin, role: str = "super_admin") -> str:
    customer = getattr(fake, role).customer_id
    return next(id for id, config in fake.outbound_configs.items() if config.customer_id == customer)


def send(api: ProbeClient, fake: FakeVoipbin, method: str, path: str, **options: Any) -> Response:
    body = {"detail": "sent"} if method in ("POST", "PUT") else None
    return api.call(method, path.replace("{id}", config_id(fake)), body, **options)


def reason(response: Response) -> tuple[int, str]:
    return response.status, response.json()["error"]["reason"]


@pytest.mark.parametrize("fake", [APRIL], indirect=True)
@pytest.mark.parametrize(("method", "path"), [*OWN, *ALL])
def test_the_servers_of_april_have_none(api: ProbeClient, fake: FakeVoipbin, method: str, path: str) -> None:
    assert send(api, fake, method, path).body == b"404 page not found"


@with_configs
@pytest.mark.parametrize(("method", "path"), OWN)
def test_tiers_of_the_own_configuration(api: ProbeClient, fake: FakeVoipbin, method: str, path: str) -> None:
    for role in ("customer_manager", "customer_agent"):
        assert reason(send(api, fake, method, path, as_=role)) == (403, "PERMISSION_DENIED")
    assert reason(send(api, fake, method, path, as_="direct")) == (403, "DIRECT_ACCESS_NOT_SUPPORTED")
    assert send(api, fake, method, path, as_=None).status == 401
    key = api.accesskey("customer_admin")
    for response in (
        send(api, fake, method, path, as_="customer_admin"),
        send(api, fake, method, path, as_=None, accesskey=key),
    ):
        assert require_success(response)["customer_id"] == fake.customer_admin.customer_id


@with_configs
@pytest.mark.parametrize(("method", "path"), ALL)
def test_tiers_of_all_configurations(api: ProbeClient, fake: FakeVoipbin, method: str, path: str) -> None:
    for role in ("customer_admin", "customer_manager", "customer_agent"):
        assert reason(send(api, fake, method, path, as_=role)) == (403, "PERMISSION_DENIED")
    assert reason(send(api, fake, method, path, as_="direct")) == (403, "DIRECT_ACCESS_NOT_SUPPORTED")
    assert send(api, fake, method, path, as_=None).status == 401
    assert {config.detail for config in fake.outbound_configs.values()} == {""}


@with_configs
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_ids(api: ProbeClient, fake: FakeVoipbin, method: str) -> None:
    body = {} if method == "PUT" else None
    for id in (UNKNOWN_ID, NIL):
        assert reason(api.call(method, f"/outbound_configs/{id}", body)) == (404, "OUTBOUND_CONFIG_NOT_FOUND")
    assert reason(api.call(method, "/outbound_configs/nope", body)) == (400, "INVALID_REQUEST_PARAMETER")
    other = config_id(fake, "customer_admin")
    shown = require_success(api.call(method, f"/outbound_configs/{other}", body))
    assert shown["customer_id"] == fake.customer_admin.customer_id


@with_configs
def test_a_configuration_shows_its_customer(api: ProbeClient, fake: FakeVoipbin) -> None:
    customer = fake.state.customers[fake.super_admin.customer_id]
    shown = require_success(api.get("/outbound_config"))
    created = fake.render.time(customer.tm_create)
    assert shown == {
        "id": config_id(fake),
        "customer_id": customer.id,
        "name": "",
        "detail": "",
        "destination_whitelist": sorted(countries.ALL),
        "codecs": "",
        "default_outgoing_source_number_id": NIL,
        "tm_create": created,
        "tm_update": created,
        "tm_delete": None,
    }
    customer.destination_whitelist, customer.codecs = frozenset({"us", "de"}), "PCMA"
    shown = require_success(api.get("/outbound_config"))
    assert (shown["destination_whitelist"], shown["codecs"]) == (["de", "us"], "PCMA")


@with_configs
def test_a_put_changes_what_is_sent(api: ProbeClient, fake: FakeVoipbin) -> None:
    own, other = "/outbound_config", f"/outbound_configs/{config_id(fake, 'customer_admin')}"
    before = require_success(api.get(own))
    changed = require_success(api.put(other, {"destination_whitelist": ["us", "GB"], "codecs": "AMR-WB", "name": "n"}))
    assert (changed["destination_whitelist"], changed["codecs"], changed["name"]) == (["us", "GB"], "AMR-WB", "n")
    assert require_success(api.put(other, {"detail": "d", "codecs": None}))["codecs"] == "AMR-WB"
    same = require_success(api.put(other, {}))
    assert (same["destination_whitelist"], same["detail"]) == (["us", "GB"], "d")
    assert same["tm_update"] != changed["tm_update"]
    assert require_success(api.put(other, {"destination_whitelist": [], "codecs": ""}))["destination_whitelist"] == []
    assert fake.state.customers[fake.customer_admin.customer_id].codecs == ""
    assert require_success(api.get(own)) == before


INVALID = [
    {"destination_whitelist": ["us", "xx"]},
    {"destination_whitelist": ["us", "US "]},
    {"destination_whitelist": ["us", ""]},
    {"destination_whitelist": [None]},
    {"codecs": "PCMU,"},
    {"codecs": "PCMU, PCMA"},
    {"codecs": "-PCMU"},
    {"codecs": "PCMU\n"},
    {"codecs": "x" * 256},
    {"name": "x" * 256},
    {"detail": "x" * 65_536},
]


@with_configs
@pytest.mark.parametrize("body", INVALID)
def test_invalid_values(api: ProbeClient, fake: FakeVoipbin, body: dict[str, object]) -> None:
    expected = (500, "INTERNAL") if fake.edition.name == AUGUST else (400, "INVALID_ARGUMENT")
    for method, path in (("PUT", "/outbound_config"), ("PUT", f"/outbound_configs/{config_id(fake)}")):
        assert reason(api.call(method, path, body)) == expected
    assert reason(api.post("/outbound_configs", body, as_="super_admin")) == expected
    config = fake.outbound_configs[config_id(fake)]
    assert (config.tm_update, config.name, config.detail) == (config.tm_create, "", "")


@with_configs
@pytest.mark.parametrize(
    "body",
    [
        {"destination_whitelist": "us"},
        {"destination_whitelist": [1]},
        {"codecs": ["PCMU"]},
        {"default_outgoing_source_number_id": "nope"},
        [],
    ],
)
def test_values_of_a_wrong_type(api: ProbeClient, fake: FakeVoipbin, body: object) -> None:
    assert reason(api.put("/outbound_config", body)) == (400, "INVALID_JSON_BODY")


@with_configs
def test_the_default_source_is_lost_with_a_warning(api: ProbeClient, fake: FakeVoipbin) -> None:
    changed = require_success(api.put("/outbound_config", {"default_outgoing_source_number_id": UNKNOWN_ID}))
    assert changed["default_outgoing_source_number_id"] == NIL
    assert "`default_outgoing_source_number_id` has no effect" in fake.requests[-1].warnings[0]


@with_configs
def test_one_for_each_customer(api: ProbeClient, fake: FakeVoipbin) -> None:
    assert reason(api.post("/outbound_configs", {})) == (409, "STATE_INVALID")
    require_success(api.delete(f"/outbound_configs/{config_id(fake)}"))
    assert reason(api.post("/outbound_configs", {})) == (409, "STATE_INVALID")
    assert reason(api.get("/outbound_config")) == (404, "RESOURCE_NOT_FOUND")
    assert reason(api.put("/outbound_config", {})) == (404, "RESOURCE_NOT_FOUND")


@with_configs
def test_a_customer_without_one_gets_one(api: ProbeClient, fake: FakeVoipbin) -> None:
    role = "unconfigured_super_admin"
    assert api.post("/providercalls", api.body(), as_=role).status == 400
    assert reason(api.get("/outbound_config", as_=role)) == (404, "RESOURCE_NOT_FOUND")
    sent = {"destination_whitelist": ["us", "vi"], "customer_id": UNKNOWN_ID}
    created = require_success(api.post("/outbound_configs", sent, as_=role))
    assert created["customer_id"] == api.identity(role).customer_id
    assert fake.outbound_configs[created["id"]].tm_create > fake.outbound_configs[config_id(fake)].tm_create
    assert require_success(api.get("/outbound_config", as_=role)) == created
    assert api.post("/providercalls", api.body(), as_=role).status == 200
    assert reason(api.post("/outbound_configs", {}, as_=role)) == (409, "STATE_INVALID")


@with_configs
def test_a_deleted_one_blocks_calls(api: ProbeClient, fake: FakeVoipbin) -> None:
    id = config_id(fake)
    before = require_success(api.get(f"/outbound_configs/{id}"))
    deleted = require_success(api.delete(f"/outbound_configs/{id}"))
    assert deleted == {**before, "tm_delete": deleted["tm_delete"]}
    for method in ("GET", "PUT", "DELETE"):
        body = {} if method == "PUT" else None
        assert reason(api.call(method, f"/outbound_configs/{id}", body)) == (404, "OUTBOUND_CONFIG_NOT_FOUND")
    assert api.post("/providercalls", api.body()).status == 400
    assert "destination_whitelist" in fake.requests[-1].notes[0]
    sip = {"type": "sip", "target": "ann@pbx.example"}
    assert api.post("/providercalls", api.body(destinations=[sip])).status == 200


@with_configs
def test_lists(api: ProbeClient, fake: FakeVoipbin) -> None:
    rows = api.first_page("/outbound_configs")
    own = [row["id"] for row in api.first_page("/outbound_configs", customer_id=fake.super_admin.customer_id)]
    if fake.edition.name == AUGUST:
        assert rows == own == []
    else:
        assert {row["id"] for row in rows} == {*fake.outbound_configs}
        assert own == [config_id(fake)]
        assert len(api.first_page("/outbound_configs", page_size=2)) == 2
    assert reason(api.get("/outbound_configs", customer_id="nope")) == (400, "INVALID_REQUEST_PARAMETER")
    assert reason(api.get("/outbound_configs", page_token="nope")) == (500, "INTERNAL")


@with_configs
def test_codecs_of_calls_to_sip_destinations(api: ProbeClient, fake: FakeVoipbin) -> None:
    require_success(api.put("/outbound_config", {"codecs": "PCMU,PCMA"}))
    sip = {"type": "sip", "target": "ann@pbx.example"}
    require_success(api.post("/calls", {"source": SOURCE, "destinations": [sip, DESTINATION]}))
    to_sip, to_tel = fake.placed()
    assert to_sip.invite is not None and to_tel.invite is not None
    assert (to_sip.metadata["codecs"], to_sip.invite.headers["VBOUT-CODECS"]) == ("PCMU,PCMA", "PCMU,PCMA")
    assert "codecs" not in to_tel.metadata and "VBOUT-CODECS" not in to_tel.invite.headers


def test_every_country_of_a_number_is_a_code() -> None:
    assert countries.ALL <= CODES


def test_ids_depend_on_seed_and_customer_only() -> None:
    used, unused = FakeVoipbin(seed=3), FakeVoipbin(seed=3)
    assert [*used.outbound_configs] == [*unused.outbound_configs]
    assert not {*used.outbound_configs} & {*FakeVoipbin(seed=4).outbound_configs}
    assert used.ids.uuid() == FakeVoipbin(seed=3).ids.uuid()
