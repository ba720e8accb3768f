"""Carriers: who may see them, what they hold, how they are deleted (providers.md 2)."""

from __future__ import annotations

from ..http import Response
from ..probing import UNKNOWN_ID, Api, ok, same
from ..rule import DENIED, NO_DIRECT, Safety, accepts, bare, envelope, rule

_UNKNOWN = envelope(404, "PROVIDER_NOT_FOUND", "The provider was not found.")
_LIST_THEM = "List the providers with GET /v1.0/providers and choose a current id."


@rule(
    "PV-AUTH-01",
    "providers.md 2.2",
    Safety.READ,
    DENIED,
    server_2026_04=bare(400),
    fix="Use a super-admin's token: carriers belong to the platform, not to a customer.",
)
def super_admin_only(api: Api) -> Response:
    """Providers are a platform super-admin's business."""
    return api.get("/providers", as_="customer_admin")


@rule("PV-AUTH-02", "providers.md 2.2", Safety.READ, NO_DIRECT, server_2026_04=bare(400))
def no_direct_access(api: Api) -> Response:
    """A direct token is refused."""
    return api.get("/providers", as_="direct")


@rule("PV-GET-02", "providers.md 2.2", Safety.READ, _UNKNOWN, server_2026_04=bare(400), fix=_LIST_THEM)
def exists(api: Api) -> Response:
    """A provider that is read, changed or deleted exists; GET looks it up before it checks the asker's tier."""
    return api.get(f"/providers/{UNKNOWN_ID}")


@rule("PV-GET-03", "providers.md 2.2", Safety.READ, _UNKNOWN, server_2026_04=bare(400), stands_on=("PV-GET-02",))
def looked_up_before_tier(api: Api) -> Response:
    """GET of an unknown provider is 404 for a customer-tier token too: the look-up comes before the permission."""
    return api.get(f"/providers/{UNKNOWN_ID}", as_="customer_admin")


@rule("PV-GET-01", "providers.md 2.4", Safety.INERT)
def deleted_still_readable(api: Api) -> None:
    """GET of a deleted provider still answers, with tm_delete set."""
    id = api.provider()["id"]
    ok(api.delete(f"/providers/{id}"))
    same("tm_delete is set", ok(api.get(f"/providers/{id}"))["tm_delete"] is not None, True)


@rule("PV-NEW-01", "providers.md 2.2", Safety.INERT)
def every_field_optional(api: Api) -> None:
    """POST /providers takes an empty object: every field is optional and keeps what it is given."""
    empty = ok(api.post("/providers", {}))
    same("the fields", (empty["hostname"], empty["tech_headers"], empty["type"]), ("", {}, ""))
    given = api.provider(tech_prefix="9", name="carrier", tech_headers={"X-B": "2", "X-A": "1"})
    same("the fields", (given["tech_prefix"], given["name"]), ("9", "carrier"))
    same("the headers", given["tech_headers"], {"X-A": "1", "X-B": "2"})


@rule("PV-NEW-02", "providers.md 2.1", Safety.INERT)
def new_health_unknown(api: Api) -> None:
    """A new provider's health is `unknown`, and it has never been checked."""
    made = api.provider()
    same("the health", (made["health_status"], made["health_checked_at"]), ("unknown", None))


@rule("PV-NEW-03", "providers.md 2.1", Safety.INERT, stands_on=("GW-BODY-01",))
def metadata_read_only(api: Api) -> None:
    """metadata is `{}` and cannot be set; the servers of April 2026 do not know the field."""
    made = api.provider(metadata={"mine": "yes"})
    expected: object = {} if "Provider.metadata" not in api.edition.absent_fields else None
    same("the metadata", made.get("metadata"), expected)


@rule(
    "PV-NEW-04",
    "providers.md 2.2",
    Safety.INERT,
    envelope(400, "INVALID_ARGUMENT", "tech_headers values must be strings."),
)
def tech_headers_are_strings(api: Api) -> Response:
    """The values of tech_headers are strings."""
    return api.post("/providers", {"tech_headers": {"X-Count": 7}})


@rule("PV-NEW-05", "providers.md 2.1", Safety.INERT)
def not_updated_when_new(api: Api) -> None:
    """A new provider has tm_create; tm_update and tm_delete are null."""
    made = api.provider()
    same("the times", (made["tm_update"], made["tm_delete"]), (None, None))


@rule("PV-PUT-01", "providers.md 2.2", Safety.INERT)
def put_replaces(api: Api) -> None:
    """PUT replaces every field: what is left out becomes empty. tm_update is set."""
    made = api.provider(name="old", tech_prefix="9")
    changed = ok(api.put(f"/providers/{made['id']}", {"name": "new", "hostname": made["hostname"]}))
    same("the fields", (changed["name"], changed["tech_prefix"]), ("new", ""))
    same("tm_update is set", changed["tm_update"] is not None, True)


@rule("PV-HLT-02", "providers.md 2.1", Safety.INERT, stands_on=("GW-BODY-01", "PV-NEW-02"))
def health_read_only(api: Api) -> None:
    """The health fields cannot be set by a client."""
    made = api.provider(health_status="healthy")
    put = ok(api.put(f"/providers/{made['id']}", {"hostname": made["hostname"], "health_status": "healthy"}))
    same("the health", (made["health_status"], put["health_status"]), ("unknown", "unknown"))


@rule("PV-PUT-02", "providers.md 2.2", Safety.INERT)
def hostname_change_resets_health(api: Api) -> None:
    """A PUT that changes the hostname makes the health `unknown` again; another PUT leaves it."""
    id = api.healthy_provider()
    kept = ok(api.get(f"/providers/{id}"))
    same("the health", kept["health_status"], "healthy")
    same("unchanged", ok(api.put(f"/providers/{id}", {"hostname": kept["hostname"]}))["health_status"], "healthy")
    moved = ok(api.put(f"/providers/{id}", {"hostname": "elsewhere.example.invalid"}))
    same("the health", (moved["health_status"], moved["health_checked_at"]), ("unknown", None))


@rule(
    "PV-COD-02",
    "providers.md 2.3",
    Safety.INERT,
    envelope(400, "INVALID_CODECS", "Invalid codecs value: {why}"),
    server_2026_04=accepts("the field does not exist, and is read over"),
)
def codecs_well_formed(api: Api) -> Response:
    """codecs is at most 255 bytes, without CR, LF, parentheses and empty elements."""
    return api.post("/providers", {"hostname": "sip.example.invalid", "codecs": "PCMU,,PCMA"})


@rule("PV-COD-03", "providers.md 2.3", Safety.INERT)
def codecs_trimmed(api: Api) -> None:
    """Spaces around the codecs' commas are trimmed; the servers of April 2026 do not know the field."""
    expected = "PCMU,PCMA" if "Provider.codecs" not in api.edition.absent_fields else None
    same("the codecs", api.provider(codecs=" PCMU , PCMA ").get("codecs"), expected)


@rule("PV-DEL-01", "providers.md 2.4", Safety.INERT)
def delete_is_soft(api: Api) -> None:
    """DELETE answers the provider with tm_delete, equal to tm_update; a second DELETE answers again, with new times."""
    path = f"/providers/{api.provider()['id']}"
    first, second = ok(api.delete(path)), ok(api.delete(path))
    same("tm_delete", first["tm_delete"], first["tm_update"])
    same("set", first["tm_delete"] is not None, True)
    same("new times", first["tm_delete"] == second["tm_delete"], False)
