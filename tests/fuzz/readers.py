"""What reads foreign input, a target each: whatever it is given, it says what is wrong, and raises nothing else."""

from __future__ import annotations

import contextlib
import json
import re
import tempfile
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel
from pytest_providercalls.contracts import go_uuids, validate_exchange
from pytest_providercalls.contracts.editions import EDITIONS
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.contracts.models import requests
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.control.api import ControlApi
from pytest_providercalls.fake_server.control.operations import OPERATIONS
from pytest_providercalls.fake_server.gateway.pipeline.lists import parse_page_token
from pytest_providercalls.fake_server.seed_files import InvalidSeed, apply_seed, load
from pytest_providercalls.fake_server.transports.faults import Fault, InvalidFault
from pytest_providercalls.fake_server.wire import gojson, query
from pytest_providercalls.fake_server.world.journal import redacted

from .. import books
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
"""What the control API takes."""
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
"""What is put in the place of one token."""


def bent(choices: Choices, good: bytes) -> bytes:
    """Good text of which some tokens were lost for others, or other bytes altogether."""
    for _ in range(choices.byte() % 4):
        tokens = list(TOKEN.finditer(good)) or [re.match(b"", good)]
        token = tokens[choices.byte() * 3 % len(tokens)]
        assert token is not None
        odd = choices.pick(ODD) if choices.byte() < 200 else choices.blob()
        good = good[: token.start()] + odd + good[token.end() :]
    return good if choices.byte() < 240 else choices.blob() * (1 + choices.byte() * choices.byte())


def seed_file(data: bytes) -> None:
    """A seed file is planted, or it is told what is wrong with it; then calls take their course."""
    choices = Choices(data)
    suffix = choices.pick((".json", ".yaml"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "seed" + suffix)
        path.write_bytes(bent(choices, json.dumps(SEED).encode()))
        fake = FakeVoipbin()
        try:
            apply_seed(fake, load(path))
        except InvalidSeed as why:
            assert str(why)
            return
    _ring_all(fake)


def _ring_all(fake: FakeVoipbin) -> None:
    headers = (("Authorization", f"Bearer {fake.super_admin.token}"),)
    for id in list(fake.providers):
        body = json.dumps({**_PLACE, "provider_id": id}).encode()
        fake.handle(Request("POST", "/v1.0/providercalls", headers, body))
    fake.clock.advance(4000)
    assert all(call.status == "hangup" for call in fake.calls.values())


def control(data: bytes) -> None:
    """The control API answers JSON to whatever it is asked, and the fake is none the worse for it."""
    choices = Choices(data)
    fake = FakeVoipbin()
    side = ControlApi(fake)
    _place(fake)
    while choices.left:
        _controlled(side, choices)
    books.journalled(fake)


def _place(fake: FakeVoipbin) -> None:
    body = json.dumps({**_PLACE, "provider_id": fake.provider.id}).encode()
    fake.handle(Request("POST", "/v1.0/providercalls", (("Authorization", f"Bearer {fake.super_admin.token}"),), body))


def _controlled(side: ControlApi, choices: Choices) -> None:
    operation = choices.pick(OPERATIONS)
    path = operation.path
    for name in ("{id}", "{provider}"):
        path = path.replace(
            name, choices.pick((*list(side.fake.calls)[:2], side.fake.provider.id, "1", "carrier", "%2F"))
        )
    tail = choices.pick(("", "", "?limit=2", "?after=1", "?" + choices.text(), choices.text()))
    body = b"" if operation.request_model is None else bent(choices, json.dumps(choices.pick(BODIES)).encode())
    hosts = ("127.0.0.1:80", "localhost", "[::1]:1", choices.text())
    headers = (("Host", hosts[max(0, choices.byte() - 252)]),)
    method = operation.method if choices.byte() < 240 else choices.text()
    answer = side.respond(Request(method, f"/_fake{path}{tail}", headers, body)).response
    assert answer is not None
    assert answer.status in (200, 307, 400, 403, 404, 405, 409)
    assert answer.header("Content-Length") == str(len(answer.body))
    if answer.header("Content-Type") == "application/json":
        answer.json()


def judged(data: bytes) -> None:
    """The judge has an opinion of any exchange, and never one about nobody."""
    choices = Choices(data)
    target = choices.pick(("/v1.0/providercalls", "/v1.0/calls", "/v1.0/providers?page_size=1", "/v1.0/me"))
    target += choices.text()
    headers = (("Content-Type", choices.pick(("application/json", "text/html", ""))), ("Authorization", "Bearer t"))
    request = Request(choices.pick(("GET", "POST", "DELETE")), target, headers, bent(choices, b'{"destinations": []}'))
    status = choices.pick((200, 400, 404, 500, 301, 99))
    body = bent(choices, b'{"result":[{"id":"x","tm_create":"2026-04-21"}],"next_page_token":""}')
    for complaint in validate_exchange(request, Response(status, headers, body)):
        assert str(complaint)
        assert set(complaint.editions) <= set(EDITIONS)


def go_json(data: bytes) -> None:
    """Go's reader takes a body or says why not; both of its ways agree; what it has read can be printed."""
    choices = Choices(data)
    model = choices.pick(MODELS)
    body = bent(choices, json.dumps({**_PLACE, "provider_id": go_uuids.NIL, "name": "x", "expire": 1}).encode())
    at_once = gojson.decode_fast(body, model)
    try:
        read = gojson.decode(body, model)
    except gojson.InvalidJson as why:
        assert at_once is None, why
        return
    assert at_once is None or at_once == read
    json.loads(gojson.encode(read.model_dump(mode="python")))


def secrets(data: bytes) -> None:
    """A password that the server reads is not in the journal, however it was written."""
    choices = Choices(data)
    secret = "hunter2-and-more"
    body = bent(choices, json.dumps({"username": "a", "password": secret}).encode())
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


def words(data: bytes) -> None:
    """Queries, cookies, numbers, ids, times and faults are read as far as they can be."""
    choices = Choices(data)
    text = choices.text()
    query.parse(text)
    query.cookies(text)
    for function in (query.go_int, query.unescape_path):
        try:
            function(text)
        except query.InvalidParameter as why:
            assert why.detail
    assert go_uuids.parse_google(text) or go_uuids.google_error(text)
    go_uuids.parse_gofrs(text)
    time = parse_page_token(bent(choices, b"2026-04-21T23:15:00.123456Z").decode("latin-1"))
    assert time is None or time.utcoffset() is not None
    with contextlib.suppress(InvalidFault):
        Fault.from_dict(
            {name: _parsed(bent(choices, json.dumps(value).encode())) for name, value in BODIES[-1].items()}
        )


def _parsed(text: bytes) -> Any:
    """JSON's value, or the text where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text.decode("utf-8", "surrogateescape")


READERS: Final = (seed_file, control, judged, go_json, secrets, words)
