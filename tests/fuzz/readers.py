"""Fuzz targets for parsers of external input: each accepts the input or reports what is wrong with it."""

from __future__ import annotations

import contextlib
import json
import re
import tempfile
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel
from pytest_providercalls.contracts import validate_exchange
from pytest_providercalls.contracts.editions import EDITIONS
from pytest_providercalls.contracts.formats import go_uuids
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.contracts.models import requests
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.control.api import ControlApi
from pytest_providercalls.fake_server.control.operations import OPERATIONS
from pytest_providercalls.fake_server.seed_files import InvalidSeed, apply_seed, load
from pytest_providercalls.fake_server.transports.faults import Fault, InvalidFault
from pytest_providercalls.fake_server.wire import gojson, query
from pytest_providercalls.fake_server.wire.timestamps import parse_time
from pytest_providercalls.fake_server.world.journal import redacted

from .. import invariants
from .choices import Choices

MODELS: Final[tuple[type[BaseModel], ...]] = (
    requests.ProviderCallRequest,
    requests.FlowRequest,
    requests.ProviderRequest,
    requests.AccesskeyRequest,
    requests.LoginRequest,
    requests.CallRequest,
)
SOURCE: Final = {"type": "tel", "target": "+12025550100"}
SEED: Final = {
    "customers": [{"name": "acme", "balance": 12.5, "numbers": ["+12025550107"], "destination_whitelist": ["us"]}],
    "agents": [{"username": "alice", "customer": "acme", "addresses": [SOURCE]}],
    "providers": [{"name": "flaky", "hostname": "sip.flaky.example", "tech_headers": {"X-A": "1"}, "deleted": False}],
    "flows": [{"name": "greeting", "actions": [{"type": "talk", "option": {"text": "hello"}}]}],
    "carriers": {
        "carrier": ["busy"],
        "flaky": [
            {"allows_sources": {"sources": ["+12025550100"]}},
            {"hangs_up": {"after": 3, "destination": "+12025550143"}},
            {"answers": {"after": 3.5, "digits": "12#", "machine": True}},
        ],
    },
}
BODIES: Final[tuple[Any, ...]] = (
    SEED,
    {"seconds": 2.5},
    {"sip": 486},
    {"digits": "1#"},
    {"reason": "busy"},
    [{"answers": {"after": 3, "destination": "+12025550143"}}, "busy"],
    {"kind": "error", "status": 429, "retry_after": 3, "path": "/calls/*", "nth": 2, "times": None, "body": "x"},
)
"""Valid bodies for the control API."""
_PLACE: Final = {"source": SOURCE, "destinations": [{"type": "tel", "target": "+12025550143"}]}


TOKEN: Final = re.compile(rb'"[^"]*"|[0-9.]+|true|false|null|[\[\]{},:]')
ODD: Final = (
    *(b'"', b"[", b"]", b"{", b"}", b",", b":", b" ", b"\n", b"- ", b"#", b"&a *a ", b"!!python/object ", b"<<: "),
    *(b"null", b"true", b"NaN", b"Infinity", b"1e999", b"-1", b"0", b"1e300", b"9" * 5000, b"-0.0", b"2.5", b".nan"),
    *(b'""', b'"\\ud800"', b'"\\u0000"', "\u00e9\u2028".encode(), b'{"a":', b"[" * 9000, b'{"a":' * 3000, b'"x":1,'),
    *(
        b'"busy"',
        b'"unreachable"',
        b'"hangs_up"',
        b'"sip"',
        b"[[]]",
        b'{"a":{}}',
        b"\xef\xbb\xbf",
        b"\xff",
        b"\xed\xa0\x80",
    ),
)
"""Replacements for one token."""


def mutate(choices: Choices, valid: bytes) -> bytes:
    """Return the text with some tokens replaced, or any other bytes."""
    for _ in range(choices.byte() % 4):
        tokens = list(TOKEN.finditer(valid)) or [re.match(b"", valid)]
        token = tokens[choices.byte() * 3 % len(tokens)]
        assert token is not None
        odd = choices.pick(ODD) if choices.byte() < 200 else choices.blob()
        valid = valid[: token.start()] + odd + valid[token.end() :]
    return valid if choices.byte() < 240 else choices.blob() * (1 + choices.byte() * choices.byte())


def seed_file(data: bytes) -> None:
    """Apply a seed file or report its errors, then run calls to their end."""
    choices = Choices(data)
    suffix = choices.pick((".json", ".yaml"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "seed" + suffix)
        path.write_bytes(mutate(choices, json.dumps(SEED).encode()))
        fake = FakeVoipbin()
        try:
            apply_seed(fake, load(path))
        except InvalidSeed as error:
            assert str(error)
            return
    _call_all(fake)


def _call_all(fake: FakeVoipbin) -> None:
    headers = (("Authorization", f"Bearer {fake.super_admin.token}"),)
    for id in list(fake.providers):
        body = json.dumps({**_PLACE, "provider_id": id}).encode()
        fake.handle(Request("POST", "/v1.0/providercalls", headers, body))
    fake.clock.advance(4000)
    assert all(call.status == "hangup" for call in fake.calls.values())


def control(data: bytes) -> None:
    """The control API responds to any request, and the fake stays consistent."""
    choices = Choices(data)
    fake = FakeVoipbin()
    api = ControlApi(fake)
    _place(fake)
    while choices.left:
        _send_control_request(api, choices)
    invariants.journal(fake)


def _place(fake: FakeVoipbin) -> None:
    body = json.dumps({**_PLACE, "provider_id": fake.provider.id}).encode()
    fake.handle(Request("POST", "/v1.0/providercalls", (("Authorization", f"Bearer {fake.super_admin.token}"),), body))


def _send_control_request(api: ControlApi, choices: Choices) -> None:
    operation = choices.pick(OPERATIONS)
    path = operation.path
    for name in ("{id}", "{provider}"):
        path = path.replace(
            name, choices.pick((*list(api.fake.calls)[:2], api.fake.provider.id, "1", "carrier", "%2F"))
        )
    tail = choices.pick(("", "", "?limit=2", "?after=1", "?" + choices.text(), choices.text()))
    body = b"" if operation.request_model is None else mutate(choices, json.dumps(choices.pick(BODIES)).encode())
    hosts = ("127.0.0.1:80", "localhost", "[::1]:1", choices.text())
    headers = (("Host", hosts[max(0, choices.byte() - 252)]),)
    method = operation.method if choices.byte() < 240 else choices.text()
    response = api.respond(Request(method, f"/_fake{path}{tail}", headers, body)).response
    assert response is not None
    assert response.status in (200, 307, 400, 403, 404, 405, 409)
    assert response.header("Content-Length") == str(len(response.body))
    if response.header("Content-Type") == "application/json":
        response.json()


def exchanges(data: bytes) -> None:
    """validate_exchange accepts any exchange, and every violation has a text and known editions."""
    choices = Choices(data)
    target = choices.pick(("/v1.0/providercalls", "/v1.0/calls", "/v1.0/providers?page_size=1", "/v1.0/me"))
    target += choices.text()
    headers = (("Content-Type", choices.pick(("application/json", "text/html", ""))), ("Authorization", "Bearer t"))
    request = Request(
        choices.pick(("GET", "POST", "DELETE")), target, headers, mutate(choices, b'{"destinations": []}')
    )
    status = choices.pick((200, 400, 404, 500, 301, 99))
    body = mutate(choices, b'{"result":[{"id":"x","tm_create":"2026-04-21"}],"next_page_token":""}')
    for violation in validate_exchange(request, Response(status, headers, body)):
        assert str(violation)
        assert set(violation.editions) <= set(EDITIONS)


def go_json(data: bytes) -> None:
    """The fast and the slow decoder agree on any body, and a decoded body can be encoded."""
    choices = Choices(data)
    model = choices.pick(MODELS)
    body = mutate(choices, json.dumps({**_PLACE, "provider_id": go_uuids.NIL, "name": "x", "expire": 1}).encode())
    fast = gojson.decode_fast(body, model)
    try:
        read = gojson.decode(body, model)
    except gojson.InvalidJson as error:
        assert fast is None, error
        return
    assert fast is None or fast == read
    json.loads(gojson.encode(read.model_dump(mode="python")))


def secrets(data: bytes) -> None:
    """A password that the server can read is not in the journal, in any notation."""
    choices = Choices(data)
    secret = "hunter2-and-more"
    body = mutate(choices, json.dumps({"username": "a", "password": secret}).encode())
    try:
        read = gojson.decode(body, requests.LoginRequest)
    except gojson.InvalidJson:
        read = requests.LoginRequest()
    _, kept = redacted(Request("POST", "/auth/login", (), body))
    if read.password == secret:
        assert secret.encode() not in kept
    target = f"/v1.0/calls?{choices.text()}&{choices.pick(('token', 'accesskey', '%74oken'))}={secret}{choices.text()}"
    url, _ = redacted(Request("GET", target))
    assert not any(secret in value for name in ("token", "accesskey") for value in query.parse(url[12:]).get(name, ()))


def parsers(data: bytes) -> None:
    """Parsers of queries, cookies, numbers, ids, times and faults accept any text or report an error."""
    choices = Choices(data)
    text = choices.text()
    query.parse(text)
    query.cookies(text)
    for function in (query.go_int, query.unescape_path):
        try:
            function(text)
        except query.InvalidParameter as error:
            assert error.detail
    assert go_uuids.parse_google(text) or go_uuids.google_error(text)
    go_uuids.parse_gofrs(text)
    time = parse_time(mutate(choices, b"2026-04-21T23:15:00.123456Z").decode("latin-1"))
    assert time is None or time.utcoffset() is not None
    with contextlib.suppress(InvalidFault):
        Fault.from_dict(
            {name: _parsed(mutate(choices, json.dumps(value).encode())) for name, value in BODIES[-1].items()}
        )


def _parsed(text: bytes) -> Any:
    """Return the decoded JSON, or the text if it is not JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text.decode("utf-8", "surrogateescape")


READERS: Final = (seed_file, control, exchanges, go_json, secrets, parsers)
