"""Rules of providers (carriers): access, fields, deletion (providers.md 2)."""

from __future__ import annotations

from ..answer import DENIED, INVALID_DATA, NO_DIRECT, accepted, empty_error, error
from ..http import Response
from ..probes import UNKNOWN_ID, ProbeClient, require_equal, require_success
from ..rule import Safety, rule

_UNKNOWN = error(404, "PROVIDER_NOT_FOUND", "The provider was not found.")
_LIST_PROVIDERS = "List the providers with GET /v1.0/providers and choose a current id."


@rule(
    "PV-AUTH-01",
    "providers.md 2.2",
    Safety.READ,
    DENIED,
    server_2026_04=empty_error(400),
    hint="Use a super-admin's token: carriers belong to the platform, not to a customer.",
)
def super_admin_only(api: ProbeClient) -> Response:
    """Only platform super-admins may access providers."""
    return api.get("/providers", as_="customer_admin")


@rule("PV-AUTH-02", "providers.md 2.2", Safety.READ, NO_DIRECT, server_2026_04=empty_error(400))
def no_direct_access(api: ProbeClient) -> Response:
    """A direct token is refused."""
    return api.get("/providers", as_="direct")


@rule("PV-GET-02", "providers.md 2.2", Safety.READ, _UNKNOWN, server_2026_04=empty_error(400), hint=_LIST_PROVIDERS)
def exists(api: ProbeClient) -> Response:
    """The provider to read, change or delete must exist; GET checks this before the user's tier."""
    return api.get(f"/providers/{UNKNOWN_ID}")


@rule(
    "PV-GET-03", "providers.md 2.2", Safety.READ, _UNKNOWN, server_2026_04=empty_error(400), depends_on=("PV-GET-02",)
)
def lookup_before_permission(api: ProbeClient) -> Response:
    """GET of an unknown provider returns 404 even for a customer-tier token: the lookup comes before the permission."""
    return api.get(f"/providers/{UNKNOWN_ID}", as_="customer_admin")


@rule("PV-GET-01", "providers.md 2.4", Safety.INERT)
def deleted_still_readable(api: ProbeClient) -> None:
    """A deleted provider can still be read, with tm_delete set."""
    id = api.provider()["id"]
    require_success(api.delete(f"/providers/{id}"))
    require_equal("tm_delete is set", require_success(api.get(f"/providers/{id}"))["tm_delete"] is not None, True)


@rule("PV-NEW-01", "providers.md 2.2", Safety.INERT)
def every_field_optional(api: ProbeClient) -> None:
    """POST /providers accepts an empty object: every field is optional and keeps the value it is given."""
    empty = require_success(api.post("/providers", {}))
    require_equal("the fields", (empty["hostname"], empty["tech_headers"], empty["type"]), ("", {}, ""))
    given = api.provider(tech_prefix="9", name="carrier", tech_headers={"X-B": "2", "X-A": "1"})
    require_equal("the fields", (given["tech_prefix"], given["name"]), ("9", "carrier"))
    require_equal("the headers", given["tech_headers"], {"X-A": "1", "X-B": "2"})


@rule("PV-NEW-02", "providers.md 2.1", Safety.INERT)
def new_health_unknown(api: ProbeClient) -> None:
    """A new provider's health is `unknown`, and it has never been checked."""
    provider = api.provider()
    require_equal("the health", (provider["health_status"], provider["health_checked_at"]), ("unknown", None))


@rule("PV-NEW-03", "providers.md 2.1", Safety.INERT, depends_on=("GW-BODY-01",))
def metadata_read_only(api: ProbeClient) -> None:
    """metadata is `{}` and read-only; the servers of April 2026 do not have the field."""
    provider = api.provider(metadata={"mine": "yes"})
    expected: object = {} if "Provider.metadata" not in api.edition.unsupported_fields else None
    require_equal("the metadata", provider.get("metadata"), expected)


@rule(
    "PV-NEW-04",
    "providers.md 2.2",
    Safety.INERT,
    error(400, "INVALID_ARGUMENT", "tech_headers values must be strings."),
)
def tech_headers_are_strings(api: ProbeClient) -> Response:
    """The values of tech_headers must be strings."""
    return api.post("/providers", {"tech_headers": {"X-Count": 7}})


@rule("PV-NEW-06", "providers.md 2.1", Safety.INERT, INVALID_DATA, server_2026_04=empty_error(400))
def texts_fit(api: ProbeClient) -> Response:
    """A provider's texts have at most 255 characters, and `detail` at most 65,535 bytes."""
    require_equal("65,536 bytes of detail", api.post("/providers", {"detail": "x" * 65_536}).status, 400)
    return api.post("/providers", {"name": "x" * 256})


@rule("PV-NEW-05", "providers.md 2.1", Safety.INERT)
def not_updated_when_new(api: ProbeClient) -> None:
    """A new provider has tm_create; tm_update and tm_delete are null."""
    provider = api.provider()
    require_equal("the times", (provider["tm_update"], provider["tm_delete"]), (None, None))


@rule("PV-PUT-01", "providers.md 2.2", Safety.INERT)
def put_replaces(api: ProbeClient) -> None:
    """PUT replaces every field; omitted fields become empty. tm_update is set."""
    provider = api.provider(name="old", tech_prefix="9")
    changed = require_success(
        api.put(f"/providers/{provider['id']}", {"name": "new", "hostname": provider["hostname"]})
    )
    require_equal("the fields", (changed["name"], changed["tech_prefix"]), ("new", ""))
    require_equal("tm_update is set", changed["tm_update"] is not None, True)


@rule("PV-HLT-02", "providers.md 2.1", Safety.INERT, depends_on=("GW-BODY-01", "PV-NEW-02"))
def health_read_only(api: ProbeClient) -> None:
    """Clients cannot set the health fields."""
    provider = api.provider(health_status="healthy")
    put = require_success(
        api.put(f"/providers/{provider['id']}", {"hostname": provider["hostname"], "health_status": "healthy"})
    )
    require_equal("the health", (provider["health_status"], put["health_status"]), ("unknown", "unknown"))


@rule("PV-PUT-02", "providers.md 2.2", Safety.INERT)
def hostname_change_resets_health(api: ProbeClient) -> None:
    """A PUT that changes the hostname resets the health to `unknown`; any other PUT keeps it."""
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
    server_2026_04=accepted("the field does not exist and is ignored"),
    depends_on=("GW-BODY-01",),
)
def codecs_well_formed(api: ProbeClient) -> Response:
    """codecs must be at most 255 bytes, without CR, LF, parentheses and empty elements."""
    return api.post("/providers", {"hostname": "sip.example.invalid", "codecs": "PCMU,,PCMA"})


@rule(
    "PV-COD-03",
    "providers.md 2.3",
    Safety.INERT,
    depends_on=("GW-BODY-01",),
)
def codecs_trimmed(api: ProbeClient) -> None:
    """Spaces around the commas of codecs are trimmed; the servers of April 2026 do not have the field."""
    expected = "PCMU,PCMA" if "Provider.codecs" not in api.edition.unsupported_fields else None
    require_equal("the codecs", api.provider(codecs=" PCMU , PCMA ").get("codecs"), expected)


@rule("PV-DEL-01", "providers.md 2.4", Safety.INERT)
def delete_is_soft(api: ProbeClient) -> None:
    """DELETE returns the provider with tm_delete equal to tm_update; a second DELETE succeeds too, with new times."""
    path = f"/providers/{api.provider()['id']}"
    first, second = require_success(api.delete(path)), require_success(api.delete(path))
    require_equal("tm_delete", first["tm_delete"], first["tm_update"])
    require_equal("set", first["tm_delete"] is not None, True)
    require_equal("new times", first["tm_delete"] == second["tm_delete"], False)
