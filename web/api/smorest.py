"""The ways of this API, on flask-smorest: strict JSON, problems as RFC 9457, a document that says who may call."""

import json
from http import HTTPStatus
from typing import Any

import flask_smorest
from flask import Request, Response
from marshmallow import Schema, fields
from webargs.core import missing
from webargs.flaskparser import FlaskParser, abort, is_json_request
from werkzeug.exceptions import HTTPException

from core.strict_json import unique_names
from web.auth import ANYBODY
from web.errors import answer_http_error

PROBLEM = "application/problem+json"
LARGEST_BODY = 1024 * 1024

IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same key and body give the first answer again; the key with another body is 409.",
    "schema": {"type": "string", "maxLength": 255},
}


class Problem(Schema):
    """RFC 9457. `errors` says what is wrong beside each field, in the language of Accept-Language."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    instance = fields.String()
    errors = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))


class Api(flask_smorest.Api):
    ERROR_SCHEMA = Problem

    def handle_http_exception(self, error: HTTPException) -> Response:
        return answer_http_error(error)

    def _register_responses(self) -> None:
        """Every error is a problem."""
        content = {PROBLEM: {"schema": Problem}}
        for status in HTTPStatus:
            response: dict[str, Any] = {"description": status.phrase}
            if status >= HTTPStatus.BAD_REQUEST:
                response["content"] = content
            self.spec.components.response(status.name, response, lazy=True)
        problem = {"description": "Any other problem", "content": content}
        self.spec.components.response(self.DEFAULT_ERROR_RESPONSE_NAME, problem, lazy=True)


class Parser(FlaskParser):
    """JSON that can be stored, or a 4xx that says why not."""

    def load_json(self, req: Request, schema: Schema) -> Any:
        body = req.get_data(cache=True)
        if not body:
            return missing
        if not is_json_request(req):
            abort(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        if len(body) > LARGEST_BODY:
            abort(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        try:
            return read_json(body)
        except ValueError:
            abort(HTTPStatus.BAD_REQUEST)


def read_json(body: bytes) -> Any:
    """What `body` says. Raises ValueError also for what is nested without end or cannot be written as UTF-8, and
    where a name stands twice."""
    try:
        found = json.loads(body, object_pairs_hook=unique_names)
        json.dumps(found, ensure_ascii=False).encode()
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return found


class Blueprint(flask_smorest.Blueprint):
    """A part of the API under `/api/v1`."""

    ARGUMENTS_PARSER = Parser()

    def __init__(self, name: str, import_name: str, description: str) -> None:
        super().__init__(name, import_name, url_prefix="/api/v1", description=description)
        self._prepare_doc_cbks.append(_describe)

    def creates(self, view: type[Schema]) -> Any:
        """201 for what is new, 200 for what is stored already under the client's `id`."""

        def decorate(function: Any) -> Any:
            stored = self.alt_response(200, schema=view, description="Stored already", success=True)
            return self.response(201, view)(stored(function))

        return decorate

    def _store_endpoint_docs(self, endpoint: str, obj: Any, *rest: Any, **options: Any) -> None:
        super()._store_endpoint_docs(endpoint, obj, *rest, **options)
        for info in self._docs[endpoint].values():
            if info:
                info["operation"] = {"id": endpoint, "admits": getattr(obj, "admits", frozenset())}


def _describe(doc: dict[str, Any], doc_info: dict[str, Any], method: str, **_: Any) -> dict[str, Any]:
    """What the code knows besides: the operation's name, who may call it, the key that every POST takes."""
    operation = doc_info["operation"]
    doc["operationId"] = operation["id"]
    if operation["admits"] == ANYBODY:
        doc["security"] = []
    else:
        doc["x-roles"] = sorted(operation["admits"])
    if method == "post" and operation["admits"] != ANYBODY:
        doc.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
    return doc


def stored(thing: tuple[Any, bool]) -> tuple[Any, int]:
    """What a service stored, with 201, or what it found stored already, with 200."""
    found, new = thing
    return found, HTTPStatus.CREATED if new else HTTPStatus.OK
