"""Carriers: who may see them, what they hold, how they are deleted (providers.md 2)."""

from __future__ import annotations

from ..http import Response
from ..probes import UNKNOWN_ID, ProbeClient, require_equal, require_success
from ..rule import DENIED, NO_DIRECT, Safety, accepted, empty_error, error, rule

_UNKNOWN = error(404, "PROVIDER_NOT_FOUND", "The provider was not found.")
_LIST_THEM = "List the providers with GET /v1.0/providers and choose a current id."


@rule(
    "PV-AUTH-01",
    "providers.md 2.2",
    Safety.READ,
    DENIED,
    server_2026_04=empty_error(400),
    hint="Use a super-admin's token: carriers belong to the platform, not to a customer.",
)
def super_admin_only(api: ProbeClient) -> Response:
    """Providers are a platform super-admin's business."""
    return api.get("/providers", as_="customer_admin")


@rule("PV-AUTH-02", "providers.md 2.2", Safety.READ, NO_DIRECT, server_2026_04=empty_error(400))
def no_direct_access(api: ProbeClient) -> Response:
    """A direct token is refused."""
    return api.get("/providers", as_="direct")


@rule("PV-GET-02", "providers.md 2.2", Safety.READ, _UNKNOWN, server_2026_04=empty_error(400), hint=_LIST_THEM)
def exists(api: ProbeClient) -> Response:
    """A provider that is read, changed or deleted exists; GET looks it up before it checks the asker's tier."""
    return api.get(f"/providers/{UNKNOWN_ID}")


@rule(
    "PV-GET-03", "providers.md 2.2", Safety.READ, _UNKNOWN, server_2026_04=empty_error(400), depends_on=("PV-GET-02",)
)
def lookup_before_permission(api: ProbeClient) -> Response:
    """GET of an unknown provider is 404 for a customer-tier token too: the look-up comes before the permission."""
    return api.get(f"/providers/{UNKNOWN_ID}", as_="customer_admin")


@rule("PV-GET-01", "providers.md 2.4", Safety.INERT)
def deleted_still_readable(api: ProbeClient) -> None:
    """GET of a deleted provider still answers, with tm_delete set."""
    id = api.provider()["id"]
    require_success(api.delete(f"/providers/{id}"))
    require_equal("tm_delete is set", require_success(api.get(f"/providers/{id}"))["tm_delete"] is not None, True)


@rule("PV-NEW-01", "providers.md 2.2", Safety.INERT)
def every_field_optional(api: ProbeClient) -> None:
    """POST /providers takes an empty object: every field is optional and keeps what it is given."""
    empty = require_success(api.post("/providers", {}))
    require_equal("the fields", (empty["hostname"], empty["tech_headers"], empty["type"]), ("", {}, ""))
    given = api.provider(tech_prefix="9", name="carrier", tech_headers={"X-B": "2", "X-A": "1"})
    require_equal("the fields", (given["tech_prefix"], given["name"]), ("9", "carrier"))
    require_equal("the headers", given["tech_headers"], {"X-A": "1", "X-B": "2"})


@rule("PV-NEW-02", "providers.md 2.1", Safety.INERT)
def new_health_unknown(api: ProbeClient) -> None:
    """A new provider's health is `unknown`, and it has never been checked."""
    made = api.provider()
    require_equal("the health", (made["health_status"], made["health_checked_at"]), ("unknown", None))


@rule("PV-NEW-03", "providers.md 2.1", Safety.INERT, depends_on=("GW-BODY-01",))
def metadata_read_only(api: ProbeClient) -> None:
    """metadata is `{}` and cannot be set; the servers of April 2026 do not know the field."""
    made = api.provider(metadata={"mine": "yes"})
    expected: object = {} if "Provider.metadata" not in api.edition.unsupported_fields else None
    require_equal("the metadata", made.get("metadata"), expected)


@rule(
    "PV-NEW-04",
    "providers.md 2.2",
    Safety.INERT,
    error(400, "INVALID_ARGUMENT", "tech_headers values must be strings."),
)
def tech_headers_are_strings(api: ProbeClient) -> Response:
    """The values of tech_headers are strings."""
    return api.post("/providers", {"tech_headers": {"X-Count": 7}})


@rule("PV-NEW-05", "providers.md 2.1", Safety.INERT)
def not_updated_when_new(api: ProbeClient) -> None:
    """A new provider has tm_create; tm_update and tm_delete are null."""
    made = api.provider()
    require_equal("the times", (made["tm_update"], made["tm_delete"]), (None, None))


@rule("PV-PUT-01", "providers.md 2.2", Safety.INERT)
def put_replaces(api: ProbeClient) -> None:
    """PUT replaces every field: what is left out becomes empty. tm_update is set."""
    made = api.provider(name="old", tech_prefix="9")
    changed = require_success(api.put(f"/providers/{made['id']}", {"name": "new", "hostname": made["hostname"]}))
    require_equal("the fields", (changed["name"], changed["tech_prefix"]), ("new", ""))
    require_equal("tm_update is set", changed["tm_update"] is not None, True)


@rule("PV-HLT-02", "providers.md 2.1", Safety.INERT, depends_on=("GW-BODY-01", "PV-NEW-02"))
def health_read_only(api: ProbeClient) -> None:
    """The health fields cannot be set by a client."""
    made = api.provider(health_status="healthy")
    put = require_success(
        api.put(f"/providers/{made['id']}", {"hostname": made["hostname"], "health_status": "healthy"})
    )
    require_equal("the health", (made["health_status"], put["health_status"]), ("unknown", "unknown"))


@rule("PV-PUT-02", "providers.md 2.2", Safety.INERT)
def hostname_change_resets_health(api: ProbeClient) -> None:
    """A PUT that changes the hostname makes the health `unknown` again; another PUT leaves it."""
    id = api.healthy_provider()
    kept = require_success(api.get(f"/providers/{id}"))
    require_equal("the health", kept["health_status"], "healthy")
    require_equal(
        "unchanged",
        require_success(api.put(f"/providers/{id}", {"hostname": kept["hostname"]}))["health_status"],
        "healthy",
    )
    moved = require_success(api.put(f"/providers/{id}", {"hostname": "elsewhere.example.invalid"}))
    require_equal("the health", (moved["health_status"], moved["health_checked_at"]), ("unknown", None))


@rule(
    "PV-COD-02",
    "providers.md 2.3",
    Safety.INERT,
    error(400, "INVALID_CODECS", "Invalid codecs value: {why}"),
    server_2026_04=accepted("the field does not exist, and is read over"),
)
def codecs_well_formed(api: ProbeClient) -> Response:
    """codecs is at most 255 bytes, without CR, LF, parentheses and empty elements."""
    return api.post("/providers", {"hostname": "sip.example.invalid", "codecs": "PCMU,,PCMA"})


@rule("PV-COD-03", "providers.md 2.3", Safety.INERT)
def codecs_trimmed(api: ProbeClient) -> None:
    """Spaces around the codecs' commas are trimmed; the servers of April 2026 do not know the field."""
    expected = "PCMU,PCMA" if "Provider.codecs" not in api.edition.unsupported_fields else None
    require_equal("the codecs", api.provider(codecs=" PCMU , PCMA ").get("codecs"), expected)


@rule("PV-DEL-01", "providers.md 2.4", Safety.INERT)
def delete_is_soft(api: ProbeClient) -> None:
    """DELETE answers the provider with tm_delete, equal to tm_update; a second DELETE answers again, with new times."""
    path = f"/providers/{api.provider()['id']}"
    first, second = require_success(api.delete(path)), require_success(api.delete(path))
    require_equal("tm_delete", first["tm_delete"], first["tm_update"])
    require_equal("set", first["tm_delete"] is not None, True)
    require_equal("new times", first["tm_delete"] == second["tm_delete"], False)
