"""The OpenAPI 3.1 document of each edition, built from the operations, the models and the rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from . import editions
from .answer import STATUS_NAMES, Answer, Body
from .editions import Edition
from .models.responses import Envelope, NoContent, ProviderCall
from .operations.operation import Operation
from .operations.table import OPERATIONS
from .rule import Rule
from .schemas import DIALECT, components

Json = dict[str, Any]

_PARAMETERS: Mapping[str, Json] = {
    "page_size": {
        "description": "Rows per page, from 1 to 100; any other value means 100.",
        "schema": {"type": "integer"},
    },
    "page_token": {
        "description": "The next_page_token of the previous page; by default the list starts with the newest rows.",
        "schema": {"type": "string"},
    },
    "provider_id": {
        "description": "Only the records of one provider.",
        "schema": {"type": "string", "format": "uuid"},
    },
    "status": {"description": "Only the agents in this status.", "schema": {"type": "string"}},
    "tag_ids": {
        "description": "Only the agents that have one of these tags: up to 100 ids, separated by commas.",
        "schema": {"type": "string"},
    },
}
_SECURITY: Mapping[str, Json] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A token after `Bearer `, with a capital B."},
    "token": {"type": "apiKey", "in": "query", "name": "token"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "token"},
    "accesskey": {"type": "apiKey", "in": "query", "name": "accesskey"},
}
_REQUEST_ID = {"description": "The client's own id, or a generated one.", "schema": {"type": "string"}}
_RETRY_AFTER = {"description": "Seconds to wait before the next request.", "schema": {"type": "integer"}}


def openapi(edition: str = "documented") -> Json:
    """Return the OpenAPI 3.1 document of an edition: each operation with the answers of its rules.

    Each error response lists the ids of its rules in `x-rules`. Raises ValueError if the edition is unknown.
    """
    return _DocumentBuilder(editions.get_edition(edition)).build()


class _DocumentBuilder:
    """The builder of one edition's document."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        used = {model: None for one in OPERATIONS for model in (one.response_model, one.request_model)}
        models = [model for model in (*used, Envelope) if model not in (None, NoContent)]
        self.refs, self.schemas = components(models, edition)

    def build(self) -> Json:
        paths: defaultdict[str, Json] = defaultdict(dict)
        for one in OPERATIONS:
            paths[one.path][one.method.lower()] = self._operation(one)
        return {
            "openapi": "3.1.0",
            "jsonSchemaDialect": DIALECT,
            "info": {
                "title": f"VoIPbin, {self.edition.name}",
                "version": "1.0",
                "description": f"VoIPbin: {self.edition.description}.",
            },
            "servers": [{"url": "https://api.voipbin.net"}],
            "paths": dict(paths),
            "components": {"schemas": self.schemas, "securitySchemes": dict(_SECURITY)},
        }

    def _operation(self, one: Operation) -> Json:
        operation: Json = {"operationId": one.id, "tags": [one.tag], "summary": one.summary}
        parameters = [{"name": name, "in": "query", **_PARAMETERS[name]} for name in one.query]
        if "{id}" in one.path:
            id = {"type": "string", "format": "uuid"}
            parameters.insert(0, {"name": "id", "in": "path", "required": True, "schema": id})
        if parameters:
            operation["parameters"] = parameters
        if one.request_model is not None:
            body = self.refs[one.request_model]
            if one.body_constraints:
                body = {"allOf": [body, {"type": "object", **one.body_constraints}]}
            operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
        operation["security"] = [{name: []} for name in _SECURITY] if one.path.startswith("/v1.0") else []
        return {**operation, "responses": {"200": self._success(one), **dict(self._error_responses(one))}}

    def _success(self, one: Operation) -> Json:
        schema = self.refs.get(one.response_model)
        content = {"application/json": {"schema": schema}} if schema else {}
        links = {f"{other.id}": link for other, link in _links(one)}
        return {
            "description": one.response_model.__doc__ or "",
            **self._headers(200),
            **({"content": content} if content else {}),
            **({"links": links} if links else {}),
        }

    def _error_responses(self, one: Operation) -> Iterator[tuple[str, Json]]:
        by_status: defaultdict[int, list[Rule]] = defaultdict(list)
        for rule in one.rules:
            answer = rule.answers[self.edition.name]
            if answer.refuses:
                by_status[answer.status].append(rule)
        for status, rules in sorted(by_status.items()):
            content = self._content([rule.answers[self.edition.name] for rule in rules])
            yield (
                str(status),
                {
                    "description": "\n".join(f"{rule.id}: {rule.statement}" for rule in rules),
                    **self._headers(status),
                    **({"content": content} if content else {}),
                    "x-rules": [rule.id for rule in rules],
                },
            )

    def _headers(self, status: int) -> Json:
        headers = {"X-Request-Id": _REQUEST_ID} if self.edition.request_ids else {}
        if status == 429 and self.edition.sends_retry_after:
            headers["Retry-After"] = _RETRY_AFTER
        return {"headers": headers} if headers else {}

    def _content(self, answers: list[Answer]) -> Json:
        """Return the media types of answers with the same status; nothing if every body is empty."""
        content: Json = {}
        schemas = [schema for schema in (self._envelope(answers), *_unwrapped(answers)) if schema]
        if schemas:
            content["application/json"] = {"schema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas}}
        if any(one.body in (Body.TEXT, Body.ENVELOPE_AS_TEXT) for one in answers):
            content["text/plain"] = {"schema": {"type": "string"}}
        return content

    def _envelope(self, answers: list[Answer]) -> Json:
        reasons = list(dict.fromkeys(one.reason for one in answers if one.body is Body.ENVELOPE))
        if not reasons:
            return {}
        error = {"reason": {"enum": reasons}, "status": {"const": STATUS_NAMES[answers[0].status]}}
        return {"allOf": [self.refs[Envelope], {"properties": {"error": {"properties": error}}}]}


def _unwrapped(answers: list[Answer]) -> Iterator[Json]:
    """Yield the schemas of bodies without the envelope: the binder's and the rate limit's of April 2026."""
    text = {"type": "string"}
    if any(one.body is Body.BINDER for one in answers):
        yield _object({"msg": text})
    for one in answers:
        if one.body is Body.UNWRAPPED:
            yield _object({"error": {"const": one.reason}, "message": text})


def _object(properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _links(one: Operation) -> Iterator[tuple[Operation, Json]]:
    """Yield the operations on a created record, by its id, and on the calls that a providercall placed."""
    if one.method != "POST" or one.request_model is None or "id" not in one.response_model.model_fields:
        return
    yield from _by_id(one.path, "$response.body#/id")
    if one.response_model is ProviderCall:
        yield from _by_id("/v1.0/calls", "$response.body#/call_ids/0")


def _by_id(path: str, expression: str) -> Iterator[tuple[Operation, Json]]:
    for other in OPERATIONS:
        if other.path.startswith(f"{path}/{{id}}"):
            yield other, {"operationId": other.id, "parameters": {"id": expression}}
