"""Rules of the gateway, for each endpoint: credentials, routes, ids, bodies, request ids, login."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode

from ..answer import Answer, Body, accepted, empty_error, error
from ..formats.go_uuids import NIL
from ..http import Response
from ..probes import UNKNOWN_ID, ProbeClient, require_equal, require_success
from ..rule import Safety, rule

_NO_CREDENTIAL = error(401, "AUTHENTICATION_REQUIRED", "Authentication is required.")
_BAD_CREDENTIAL = error(401, "INVALID_CREDENTIALS", "The provided credentials are invalid.")
_LOG_IN = "Log in with POST /auth/login and send the token as ?token= or as Authorization: Bearer <token>."

_OF_AGENT = ("customer_id", "name", "detail", "ring_method", "status", "permission", "addresses", "direct_hash")


# credentials


@rule("AU-01", "gateway.md 2.2", Safety.READ, _NO_CREDENTIAL, hint=_LOG_IN)
def credential_given(api: ProbeClient) -> Response:
    """A request below /v1.0 must carry a credential."""
    return api.get("/calls", as_=None)


@rule(
    "AU-02",
    "gateway.md 2.2",
    Safety.READ,
    _BAD_CREDENTIAL,
    hint=_LOG_IN + " Send an access key as ?accesskey=, never as ?token= or in a header.",
)
def credential_valid(api: ProbeClient) -> Response:
    """A credential must be known, and neither expired nor deleted."""
    return api.get("/calls", as_=None, token="not.a.token")


@rule("AU-03", "gateway.md 2.1", Safety.READ, _BAD_CREDENTIAL, depends_on=("AU-02",))
def first_credential_wins(api: ProbeClient) -> Response:
    """Only the first credential counts, even an invalid one: cookie, query or Bearer token, cookie or query
    accesskey."""
    return api.get("/calls", headers=(("Cookie", "token=stale"),))


@rule("AU-04", "gateway.md 2.1", Safety.READ)
def accesskey_in_query(api: ProbeClient) -> Response:
    """An access key is accepted as ?accesskey=."""
    return api.get("/calls", as_=None, accesskey=api.accesskey("customer_admin"))


@rule("PC-AUTH-06", "tutorial: Place a providercall (the curl examples)", Safety.READ)
def token_in_query(api: ProbeClient) -> Response:
    """A token is accepted as ?token=."""
    return api.get("/calls", as_=None, token=api.token("super_admin"))


@rule("AU-05", "gateway.md 2.3", Safety.READ, _BAD_CREDENTIAL, hint="A token expires after seven days: log in again.")
def token_not_expired(api: ProbeClient) -> Response:
    """An expired token is refused."""
    return api.get("/calls", as_="expired")


@rule(
    "AU-06",
    "gateway.md 2.4",
    Safety.INERT,
    _BAD_CREDENTIAL,
    hint="Create another access key.",
    depends_on=("AK-DEL-01",),
)
def accesskey_not_deleted(api: ProbeClient) -> Response:
    """A deleted access key is refused."""
    key = require_success(api.post("/accesskeys", {"name": "probe", "expire": 86400}))
    require_success(api.delete(f"/accesskeys/{key['id']}"))
    return api.get("/calls", as_=None, accesskey=key["token"])


@rule(
    "AU-07",
    "gateway.md 2.1",
    Safety.READ,
    _NO_CREDENTIAL,
    hint="Write `Bearer`, with a capital B.",
    depends_on=("AU-01",),
)
def bearer_is_case_sensitive(api: ProbeClient) -> Response:
    """An Authorization header must start with `Bearer `, in this exact case."""
    header = ("Authorization", f"bearer {api.token('super_admin')}")
    return api.get("/calls", as_=None, headers=(header,))


@rule(
    "AU-08",
    "gateway.md 2.8",
    Safety.READ,
    error(403, "ACCOUNT_FROZEN", "This account is frozen. Contact support."),
    server_2026_04=accepted("the check fails open: a frozen customer is never blocked"),
)
def customer_not_frozen(api: ProbeClient) -> Response:
    """The customer must not be frozen, unless the user is a super-admin."""
    return api.get("/calls", as_="frozen_admin")


@rule(
    "PC-AUTH-02",
    "tutorial: Troubleshooting (403 Forbidden)",
    Safety.INERT,
    error(403, "PERMISSION_DENIED", "You do not have permission to access this resource."),
    server_2026_04=empty_error(400),
    server_2026_08=error(400, "INVALID_JSON_BODY", "The request body is not valid JSON.", Body.ENVELOPE_AS_TEXT),
    edition_flag="checks_tier_before_body",
    depends_on=("PC-NEW-33", "PC-TRB-01"),
)
def tier_before_body(api: ProbeClient) -> Response:
    """A customer-tier token is refused with 403; the servers parse the body first, so an invalid one returns 400."""
    return api.post("/providercalls", raw=b"{", as_="customer_admin")


# routes


@rule(
    "GW-ROUTE-01",
    "gateway.md 1.3",
    Safety.READ,
    error(404, "ROUTE_NOT_FOUND", "The requested endpoint does not exist."),
    server_2026_04=Answer(404, "", "404 page not found", Body.TEXT),
    hint="Check the path (it begins with /v1.0) and the method: a wrong method also returns 404, never 405.",
)
def route_exists(api: ProbeClient) -> Response:
    """An unknown path, or a known path with the wrong method, returns 404, even without a credential."""
    # OPTIONS without an Origin is not a preflight request, and no route has it. It could not write anything either.
    return api.call("OPTIONS", f"/providercalls/{UNKNOWN_ID}", as_=None)


@rule("GW-ROUTE-02", "gateway.md 1.4", Safety.INERT)
def trailing_slash_redirects(api: ProbeClient) -> None:
    """A superfluous trailing slash is redirected (GET 301, others 307) before authentication, to a path below
    X-Forwarded-Prefix."""
    moved = api.get("/calls/", as_=None, page_size=5)
    require_equal("the status", moved.status, 301)
    require_equal("the location", moved.header("Location"), "/v1.0/calls?page_size=5")
    require_equal("the status of a POST", api.post("/calls/", as_=None).status, 307)
    require_equal("the status of a POST below", api.post(f"/calls/{UNKNOWN_ID}/", as_=None).status, 307)
    moved = api.get("/calls/", as_=None, headers=(("X-Forwarded-Prefix", "/pre"),))
    require_equal("the location behind a proxy", moved.header("Location"), "/pre/v1.0/calls")


@rule("GW-LOGIN-03", "gateway.md 2.6", Safety.INERT)
def usernames_ignore_case(api: ProbeClient) -> None:
    """POST /auth/login ignores the case of a username and blanks at its end, and returns it as it was sent."""
    name = api.identity("customer_admin").username.swapcase() + " "
    body = {"username": name, "password": api.password("customer_admin")}
    require_equal("the username", require_success(api.post("//auth/login", body, as_=None))["username"], name)


@rule("GW-LOGIN-04", "gateway.md 2.3", Safety.INERT)
def token_names_its_agent(api: ProbeClient) -> None:
    """The claims of a token are its agent, without the password, its `expire` and its `type`; it has no id."""
    body = {"username": api.identity("super_admin").username, "password": api.password("super_admin")}
    payload = require_success(api.post("//auth/login", body, as_=None))["token"].split(".")[1]
    claims = json.loads(urlsafe_b64decode(payload + "=="))
    require_equal("the claims", sorted(claims), ["agent", "expire", "type"])
    agent = claims["agent"]
    require_equal("the agent", (agent["id"], agent["username"]), (api.identity("super_admin").id, body["username"]))
    require_equal("other fields", [name for name in _OF_AGENT if name not in agent], [])
    require_equal("a password", "password" in agent, False)


@rule("GW-PING-01", "gateway.md 1.2", Safety.READ)
def ping_answers(api: ProbeClient) -> None:
    """GET /ping, outside /v1.0, returns pong without a credential."""
    require_equal("the body", require_success(api.get("//ping", as_=None)), {"message": "pong"})


@rule("GW-CORS-01", "gateway.md 1.5", Safety.READ)
def origins_are_allowed(api: ProbeClient) -> None:
    """The response to a cross-origin request, even an error, includes Access-Control-Allow-Origin: *."""
    response = api.get("/calls", as_=None, headers=(("Origin", "https://app.example"),))
    require_equal("the header", response.header("Access-Control-Allow-Origin"), "*")


@rule("GW-CORS-02", "gateway.md 1.5", Safety.READ)
def preflight_answered(api: ProbeClient) -> None:
    """OPTIONS with an Origin returns 204 on any path and lists the allowed methods."""
    response = api.call("OPTIONS", "/calls", as_=None, headers=(("Origin", "https://app.example"),))
    require_equal("the status", response.status, 204)
    require_equal("exposed headers", response.header("Access-Control-Expose-Headers"), None)
    methods = "POST,GET,PUT,DELETE,PATCH,HEAD,OPTIONS"
    require_equal("the methods", response.header("Access-Control-Allow-Methods"), methods)


@rule("GW-REQID-01", "gateway.md 1.6", Safety.READ, edition_flag="request_ids")
def request_id_echoed(api: ProbeClient) -> None:
    """The client's X-Request-Id is returned if it is 1 to 64 characters of A-Z, a-z, 0-9, _ and -."""
    found = api.get("//ping", headers=(("X-Request-Id", "probe-1"),)).header("X-Request-Id")
    require_equal("X-Request-Id", found, "probe-1" if api.edition.request_ids else None)


@rule("GW-REQID-02", "gateway.md 1.6", Safety.READ, depends_on=("GW-REQID-01",))
def request_id_made(api: ProbeClient) -> None:
    """Without a valid one from the client, X-Request-Id is `req_` and 26 base32 characters."""
    found = api.get("//ping", headers=(("X-Request-Id", "not good!"),)).header("X-Request-Id")
    generated = bool(found and re.fullmatch("req_[A-Z2-7]{26}", found))
    require_equal("a new X-Request-Id", generated, api.edition.request_ids)


# ids and bodies


@rule(
    "GW-ID-01",
    "gateway.md 4.4",
    Safety.READ,
    error(400, "INVALID_ID", "The provided id is not a valid UUID."),
)
def id_is_uuid(api: ProbeClient) -> Response:
    """The id of a provider, call, groupcall, flow, activeflow or access key must be a UUID other than the nil UUID."""
    return api.get("/calls/nope")


@rule(
    "GW-ID-02",
    "gateway.md 4.4; providers.md 3.4",
    Safety.READ,
    error(400, "INVALID_REQUEST_PARAMETER", 'The parameter "{name}" has an invalid format.'),
    server_2026_04=error(400, "", "Invalid format for parameter {name}: {detail}", Body.BINDER),
)
def typed_id_is_uuid(api: ProbeClient) -> Response:
    """The id of a providercall must be a UUID."""
    return api.get("/providercalls/nope")


@rule(
    "GW-ID-03",
    "gateway.md 4.4; providers.md 3.4",
    Safety.READ,
    error(400, "INVALID_ID", "The provided id is not a valid UUID."),
)
def typed_id_is_not_nil(api: ProbeClient) -> Response:
    """The id of a providercall must not be the nil UUID."""
    return api.get(f"/providercalls/{NIL}")


@rule(
    "PC-NEW-33",
    "gateway.md 5.1",
    Safety.INERT,
    error(400, "INVALID_JSON_BODY", "The request body is not valid JSON.", Body.ENVELOPE_AS_TEXT),
    hint="Send one JSON object whose fields have the documented types; ids are strings.",
)
def body_is_json(api: ProbeClient) -> Response:
    """A body must be a JSON object whose known fields have the right types; the servers send the error as
    text/plain."""
    return api.post("/providercalls", {"provider_id": 7})


@rule("GW-BODY-01", "gateway.md 5.1", Safety.INERT)
def unknown_fields_ignored(api: ProbeClient) -> None:
    """Unknown fields, trailing bytes and the case of field names are ignored."""
    raw = b'{"HOSTNAME": "sip.example.invalid", "surprise": 1} and more'
    require_equal("the hostname", require_success(api.post("/providers", raw=raw))["hostname"], "sip.example.invalid")


@rule("GW-BODY-02", "gateway.md 5.1", Safety.INERT, depends_on=("GW-BODY-01", "PC-NEW-33"))
def nesting_is_limited(api: ProbeClient) -> None:
    """A body may be nested 10,000 levels deep, as far as the deep values belong to unknown fields."""
    deep, deeper = (b'{"surprise":' + b"[" * levels + b"]" * levels + b"}" for levels in (9_999, 10_000))
    require_equal("10,000 levels", api.post("/flows", raw=deep).status, 200)
    require_equal("10,001 levels", api.post("/flows", raw=deeper).status, 400)


# times and empty fields


@rule(
    "GW-TIME-01",
    "tutorial: Place a providercall (its times); gateway.md 6.1",
    Safety.INERT,
    edition_flag="documented_timestamps",
)
def times_written(api: ProbeClient) -> None:
    """Timestamps look like `2026-04-21 23:15:00.000000` (documented); the servers use RFC 3339 without trailing
    zeros."""
    documented = "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{6}"
    server = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]*[1-9])?Z"
    shape = documented if api.edition.documented_timestamps else server
    time = api.provider()["tm_create"]
    require_equal(f"the shape of {time}", bool(re.fullmatch(shape, time)), True)


@rule("GW-EMPTY-01", "calls.md 4; calls.md 1.1", Safety.INERT, edition_flag="includes_empty_fields")
def empty_fields(api: ProbeClient) -> None:
    """Empty fields are included (documented); the servers omit them where Go's omitempty applies."""
    flow = require_success(api.post("/flows", {}))
    require_equal("an empty name is shown", "name" in flow, api.edition.includes_empty_fields)


# login


@rule("GW-LOGIN-01", "gateway.md 2.6", Safety.INERT, depends_on=("PC-AUTH-06",))
def login_answers(api: ProbeClient) -> None:
    """POST /auth/login returns the username and a valid token, and sets the token as a cookie."""
    admin = api.identity("super_admin")
    body = {"username": admin.username, "password": api.password("super_admin")}
    response = api.post("//auth/login", body, as_=None)
    answer = require_success(response)
    require_equal("the username", answer["username"], admin.username)
    cookie = response.header("Set-Cookie") or ""
    require_equal("the cookie", cookie.startswith(f"token={answer['token']}; "), True)
    require_success(api.get("/calls", as_=None, token=answer["token"]))


@rule("GW-LOGIN-02", "gateway.md 2.6", Safety.INERT, empty_error(400), hint="Check the username and the password.")
def login_credentials_valid(api: ProbeClient) -> Response:
    """A login that fails for any reason returns 400 with an empty body: never 401, never the error envelope."""
    body = {"username": api.identity("super_admin").username, "password": "wrong"}
    return api.post("//auth/login", body, as_=None)
