"""Sections on the gateway, bin-api-manager: routes, credentials, permissions, errors, bodies, pages, limits."""

from __future__ import annotations

from collections.abc import Mapping

from .references import APRIL, File, Page, Section

_GIN = "https://github.com/gin-gonic/gin/blob/v1.11.0"
_GO_JSON = Page("Go, encoding/json, Unmarshal", "https://pkg.go.dev/encoding/json#Unmarshal")

SECTIONS: Mapping[str, Section] = {
    "gateway.md 1.2": Section(
        "The paths that are served: /v1.0, /auth and /ping",
        (
            File("bin-api-manager/cmd/api-manager/main.go", "225-307"),
            File("bin-api-manager/lib/service/ping.go", "13-17"),
        ),
    ),
    "gateway.md 1.3": Section(
        "An unknown path, or a known one with another method: 404, before authentication",
        (
            File("bin-api-manager/server/no_route.go", "28-36"),
            Page("gin v1.11.0, gin.go:193-217", f"{_GIN}/gin.go#L193-L217"),
        ),
    ),
    "gateway.md 1.4": Section(
        "A superfluous trailing slash: the router's redirect, before any middleware",
        (
            Page("gin v1.11.0, gin.go:693-697", f"{_GIN}/gin.go#L693-L697"),
            Page("gin v1.11.0, gin.go:748-788", f"{_GIN}/gin.go#L748-L788"),
        ),
    ),
    "gateway.md 1.5": Section(
        "Cross-origin requests",
        (
            File("bin-api-manager/cmd/api-manager/main.go", "240-247"),
            Page("gin-contrib/cors v1.7.6, config.go", "https://github.com/gin-contrib/cors/blob/v1.7.6/config.go"),
        ),
    ),
    "gateway.md 1.6": Section(
        "X-Request-Id: the client's own or a generated one; none in April 2026",
        (File("bin-api-manager/lib/middleware/request_id.go", "84-111"),),
    ),
    "gateway.md 2.1": Section(
        "Where a credential may be, in order: the first one counts",
        (
            File("bin-api-manager/lib/middleware/authenticate.go", "280-340"),
            File("bin-api-manager/lib/middleware/authenticate.go", "196-256", APRIL),
        ),
    ),
    "gateway.md 2.2": Section(
        "The responses to a missing and to an invalid credential",
        (
            File("bin-api-manager/lib/middleware/authenticate.go", "39-80"),
            File("bin-api-manager/lib/middleware/authenticate.go", "26-67", APRIL),
        ),
    ),
    "gateway.md 2.3": Section(
        "Tokens: their signature, their owner, and their lifetime of seven days",
        (
            File("bin-api-manager/pkg/servicehandler/auth.go", "51-77"),
            File("bin-api-manager/pkg/servicehandler/main.go", "113-115"),
            File("bin-api-manager/lib/middleware/authenticate.go", "122-194"),
            Page("golang-jwt v5.3.0", "https://pkg.go.dev/github.com/golang-jwt/jwt/v5@v5.3.0"),
        ),
    ),
    "gateway.md 2.4": Section(
        "Access keys: how they are created, looked up and expire",
        (
            File("bin-customer-manager/pkg/accesskeyhandler/db.go", "118-130"),
            File("bin-api-manager/pkg/servicehandler/accesskeys.go", "102-132"),
            File("bin-api-manager/lib/middleware/authenticate.go", "197-213"),
        ),
    ),
    "gateway.md 2.5": Section(
        "The kinds of identity and their permissions: agent, access key, direct, delegate",
        (File("bin-api-manager/models/auth/auth.go", "16-90"),),
    ),
    "gateway.md 2.6": Section(
        "POST /auth/login: the token and its cookie; any failure is 400 with an empty body",
        (File("bin-api-manager/lib/service/auth.go", "37-80"),),
    ),
    "gateway.md 2.7": Section(
        "GET /me: for agents only",
        (File("bin-api-manager/server/me.go", "11-39"),),
    ),
    "gateway.md 2.8": Section(
        "Frozen customers: refused since August 2026, never in April",
        (
            File("bin-api-manager/lib/middleware/authenticate.go", "218-278"),
            File("bin-api-manager/lib/middleware/authenticate.go", "150-194", APRIL),
        ),
    ),
    "gateway.md 3.3": Section(
        "Other customers' resources: a super-admin can read them by id, but not in lists, and no access keys",
        (
            File("bin-api-manager/pkg/servicehandler/etc.go", "13-27"),
            File("bin-api-manager/pkg/servicehandler/call.go", "168-203"),
            File("bin-api-manager/pkg/servicehandler/groupcall.go", "42-91"),
            File("bin-api-manager/pkg/servicehandler/flow.go", "166-200"),
            File("bin-api-manager/pkg/servicehandler/accesskeys.go", "18-33"),
        ),
    ),
    "gateway.md 3.4": Section(
        "The permissions required for access keys, and for calls, groupcalls and flows",
        (
            File("bin-api-manager/pkg/servicehandler/accesskeys.go", "38-247"),
            File("bin-api-manager/pkg/servicehandler/etc.go", "13-27"),
        ),
    ),
    "gateway.md 4.1": Section(
        "Errors in April 2026: mostly a status with an empty body, derived from error texts",
        (
            File("bin-api-manager/server/providercalls.go", "21-31", APRIL),
            File("bin-api-manager/gens/openapi_server/gen.go", "15946-15952", APRIL),
        ),
    ),
    "gateway.md 4.2": Section(
        "The error envelope, and the HTTP status of each of its statuses",
        (
            File("bin-api-manager/lib/apierror/envelope.go", "19-38"),
            File("bin-common-handler/models/errors/rpc.go", "54-77"),
            File("bin-api-manager/docsdev/source/restful_api_errors.rst"),
        ),
    ),
    "gateway.md 4.3": Section(
        "How errors of the services behind the gateway are reported; the gateway waits three seconds for them",
        (
            File("bin-api-manager/server/error_translate.go", "41-131"),
            File("bin-common-handler/pkg/requesthandler/main.go", "149-151"),
        ),
    ),
    "gateway.md 4.4": Section(
        "What the gateway itself refuses: bodies, ids, parameters",
        (
            File("bin-api-manager/server/error.go", "90-140"),
            File("bin-api-manager/server/providercalls.go", "71-214"),
        ),
    ),
    "gateway.md 4.5": Section(
        "The responses of /accesskeys, check by check; an unknown key is 400",
        (
            File("bin-api-manager/server/accesskeys.go", "61-226"),
            File("bin-api-manager/pkg/servicehandler/accesskeys.go", "38-214"),
            File("bin-customer-manager/pkg/listenhandler/v1_accesskeys.go", "122-139"),
        ),
    ),
    "gateway.md 5.1": Section(
        "How bodies are parsed: one JSON value into a Go struct; what is refused, and what is ignored",
        (
            _GO_JSON,
            Page("gin v1.11.0, context.go:790-807", f"{_GIN}/context.go#L790-L807"),
            File("bin-api-manager/server/main.go", "28-76"),
        ),
    ),
    "gateway.md 5.3": Section(
        "How query parameters are parsed, and how many rows a page has",
        (
            File("bin-api-manager/server/providercalls.go", "20-68"),
            Page(
                "oapi-codegen/runtime v1.1.2, bindparam.go:309-479",
                "https://github.com/oapi-codegen/runtime/blob/v1.1.2/bindparam.go#L309-L479",
            ),
        ),
    ),
    "gateway.md 6": Section(
        "Pages: the order of rows, and the token, which even the last page has",
        (
            File("bin-api-manager/server/main.go", "91-115"),
            File("bin-api-manager/pkg/servicehandler/providercall.go", "118-158"),
            File("bin-route-manager/pkg/dbhandler/providercall.go", "117-163"),
        ),
    ),
    "gateway.md 6.1": Section(
        "Timestamps: RFC 3339 as printed by Go, and unset timestamps",
        (
            File("bin-route-manager/models/providercall/webhook.go", "15-34"),
            File("bin-call-manager/models/call/webhook.go", "17-54"),
            Page("Go, time, Time.MarshalJSON", "https://pkg.go.dev/time#Time.MarshalJSON"),
        ),
    ),
    "gateway.md 7": Section(
        "No idempotency keys: no header is read, although the documents mention them; a repeated POST dials again",
        (
            File("bin-api-manager/server/providercalls.go", "71-148"),
            File("bin-route-manager/pkg/providercallhandler/providercall.go", "25-151"),
            File("bin-api-manager/docsdev/source/restful_api_errors.rst", "74-82"),
        ),
    ),
    "gateway.md 9": Section(
        "Rate limits per address and per customer; the documents contradict each other on Retry-After",
        (
            File("bin-api-manager/lib/middleware/ratelimit.go", "119-175"),
            File("bin-api-manager/lib/middleware/customer_ratelimit.go", "102-250"),
            File("bin-api-manager/internal/config/main.go", "120-132"),
            File("bin-api-manager/lib/middleware/ratelimit.go", "66-83", APRIL),
            File("bin-api-manager/docsdev/source/restful_api.rst", "94-95"),
            File("bin-api-manager/docsdev/source/restful_api_errors.rst", "44-46"),
        ),
    ),
}
