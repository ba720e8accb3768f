"""The OpenAPI document of each edition, built from the operations, the models and the rules.

It has the layout of the platform's own document: the server is `.../v1.0`, and the paths are below it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from . import editions
from .answer import Answer, Body
from .editions import Edition
from .models.files import File
from .models.responses import Envelope, NoContent, ProviderCall
from .openapi_schemas.components import Components
from .openapi_schemas.version_3_0 import as_3_0
from .operations.api_operations import PREFIX
from .operations.operation import Operation
from .operations.table import OPERATIONS
from .rule import Rule
from .schemas import DIALECT

Json = dict[str, Any]

_HOST = "https://api.voipbin.net"
_PARAMETERS: Mapping[str, Json] = {
    "page_size": {
        "description": "Rows per page, from 1 to 100; any other value means 100.",
        "schema": {"type": "integer"},
    },
    "page_token": {
        "description": "The next_page_token of the previous page; by default the list starts with the newest rows.",
        "schema": {"type": "string"},
    },
    "customer_id": {
        "description": "Only the records of one customer, by its id.",
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
_UUID: Json = {"type": "string", "format": "uuid"}
_PATH_PARAMETERS: Mapping[str, Json] = {
    "resource_type": {"type": "string", "enum": ["calls", "conferences", "flows", "activeflows"]},
}
"""The schemas of the path's parameters that are not ids."""
_SECURITY: Mapping[str, Json] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A token after `Bearer `, with a capital B."},
    "token": {"type": "apiKey", "in": "query", "name": "token"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "token"},
    "accesskey": {"type": "apiKey", "in": "query", "name": "accesskey"},
}
_REQUEST_ID = {"description": "The client's own id, or a generated one.", "schema": {"type": "string"}}
_LOCATION = {"description": "The URL of the file.", "schema": {"type": "string", "format": "uri"}}
_FILE: Json = {"type": "string", "format": "binary"}
_RETRY_AFTER = {"description": "Seconds to wait before the next request.", "schema": {"type": "integer"}}


def _error_object(description: str, *names: str) -> Json:
    return {
        "description": description,
        "type": "object",
        "properties": {name: {"type": "string"} for name in names},
        "required": list(names),
        "additionalProperties": False,
    }


_ERRORS: Mapping[Body, tuple[str, Json]] = {
    Body.BINDER: ("BinderError", _error_object("The error of a body that cannot be parsed.", "msg")),
    Body.MESSAGE: ("MessageError", _error_object("An error without a reason.", "message")),
    Body.UNWRAPPED: ("UnwrappedError", _error_object("An error without an envelope.", "error", "message")),
}
"""The schemas of JSON bodies without the envelope: the binder's, and those of April 2026."""
_VERSIONS: Mapping[str, Callable[[Json], Json]] = {"3.1": lambda document: document, "3.0": as_3_0}


def openapi(edition: str = "documented", version: str = "3.1") -> Json:
    """Return the OpenAPI document of an edition: each operation with the answers of its rules.

    Each error response lists the ids of its rules in `x-rules`, and their error reasons in `x-reasons`. `version` is
    the version of OpenAPI, 3.1 or 3.0. Raises ValueError if the edition or the version is unknown.
    """
    convert = _VERSIONS.get(version)
    if convert is None:
        raise ValueError(f"unknown version {version!r} of OpenAPI; expected one of {', '.join(_VERSIONS)}")
    return convert(_DocumentBuilder(editions.get_edition(edition)).build())


class _DocumentBuilder:
    """The builder of one edition's document."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        self.operations = [one for one in OPERATIONS if edition.name not in one.absent_in]
        used = {model: None for one in self.operations for model in (one.response_model, one.request_model)}
        answers = (rule.answers[edition.name] for one in self.operations for rule in one.rules)
        if any(one.refuses and one.body is Body.ENVELOPE for one in answers):
            used[Envelope] = None
        hidden = (NoContent, File)
        models = [model for model in used if model is not None and not issubclass(model, hidden)]
        self.components = Components(models, edition)

    def build(self) -> Json:
        paths: defaultdict[str, Json] = defaultdict(dict)
        for one in self.operations:
            path = paths[one.path.removeprefix(PREFIX)]
            if not one.path.startswith(PREFIX):
                path["servers"] = [{"url": _HOST}]
            path[one.method.lower()] = self._operation(one)
        return {
            "openapi": "3.1.0",
            "jsonSchemaDialect": DIALECT,
            "info": {
                "title": f"VoIPbin, {self.edition.name}",
                "version": "1.0",
                "description": f"VoIPbin: {self.edition.description}.",
            },
            "servers": [{"url": _HOST + PREFIX}],
            "paths": dict(paths),
            "components": {"schemas": self.components.schemas, "securitySchemes": dict(_SECURITY)},
        }

    def _operation(self, one: Operation) -> Json:
        operation: Json = {"operationId": one.id, "tags": [one.tag], "summary": one.summary}
        parameters = [{"name": name, "in": "query", **_PARAMETERS[name]} for name in one.query]
        parameters = [*map(_path_parameter, re.findall(r"{(\w+)}", one.path)), *parameters]
        if parameters:
            operation["parameters"] = parameters
        if one.request_model is not None:
            name = one.id[:1].upper() + one.id[1:] + "Request"
            body = self.components.request_ref(one.request_model, one.body_constraints, name)
            operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
        operation["security"] = [{name: []} for name in _SECURITY] if one.path.startswith(PREFIX) else []
        successes = {str(status): self._success(one, status) for status in one.statuses}
        return {**operation, "responses": {**successes, **dict(self._error_responses(one))}}

    def _success(self, one: Operation, status: int) -> Json:
        content = {} if issubclass(one.response_model, NoContent) else {one.media_type: {"schema": self._schema(one)}}
        links = {other.id: link for other, link in self._links(one)}
        return {
            "description": one.response_model.__doc__ or "",
            **self._headers(status),
            **({"content": content} if content else {}),
            **({"links": links} if links else {}),
        }

    def _schema(self, one: Operation) -> Json:
        if one.response_model is not File:
            return self.components.ref(one.response_model)
        return {"type": "string"} if one.media_type.startswith("text/") else _FILE

    def _error_responses(self, one: Operation) -> Iterator[tuple[str, Json]]:
        by_status: defaultdict[int, list[Rule]] = defaultdict(list)
        for rule in one.rules:
            answer = rule.answers[self.edition.name]
            if answer.refuses:
                by_status[answer.status].append(rule)
        for status, rules in sorted(by_status.items()):
            answers = [rule.answers[self.edition.name] for rule in rules]
            content, reasons = self._content(answers), list(dict.fromkeys(one.reason for one in answers if one.reason))
            yield (
                str(status),
                {
                    "description": "\n".join(f"{rule.id}: {rule.statement}" for rule in rules),
                    **self._headers(status),
                    **({"content": content} if content else {}),
                    "x-rules": [rule.id for rule in rules],
                    **({"x-reasons": reasons} if reasons else {}),
                },
            )

    def _headers(self, status: int) -> Json:
        # A response that switches protocols has none but its own.
        headers = {"X-Request-Id": _REQUEST_ID} if self.edition.request_ids and status >= 200 else {}
        if status == 429 and self.edition.sends_retry_after:
            headers["Retry-After"] = _RETRY_AFTER
        if status == HTTPStatus.TEMPORARY_REDIRECT:
            headers["Location"] = _LOCATION
        return {"headers": headers} if headers else {}

    def _content(self, answers: list[Answer]) -> Json:
        """Return the media types of answers with the same status; nothing if every body is empty."""
        content: Json = {}
        bodies = {one.body for one in answers}
        schemas = [self._error_schema(body) for body in (Body.ENVELOPE, *_ERRORS) if body in bodies]
        if schemas:
            content["application/json"] = {"schema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas}}
        if bodies & {Body.TEXT, Body.HTTP_ERROR, Body.ENVELOPE_AS_TEXT}:
            content["text/plain"] = {"schema": {"type": "string"}}
        return content

    def _error_schema(self, body: Body) -> Json:
        if body is Body.ENVELOPE:
            return self.components.ref(Envelope)
        return self.components.add(*_ERRORS[body])

    def _links(self, one: Operation) -> Iterator[tuple[Operation, Json]]:
        """Yield the operations on a created record, by its id, and on the calls that a providercall placed."""
        if one.method != "POST" or one.request_model is None or "id" not in one.response_model.model_fields:
            return
        yield from self._by_id(one.path, "$response.body#/id")
        if one.response_model is ProviderCall:
            yield from self._by_id(f"{PREFIX}/calls", "$response.body#/call_ids/0")

    def _by_id(self, path: str, expression: str) -> Iterator[tuple[Operation, Json]]:
        for other in self.operations:
            if other.path.startswith(f"{path}/{{id}}"):
                yield other, {"operationId": other.id, "parameters": {"id": expression}}


def _path_parameter(name: str) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": _PATH_PARAMETERS.get(name, _UUID)}
