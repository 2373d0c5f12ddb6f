"""The OpenAPI document, and the same as pages: drawn here, so that they need no script and no other server."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, abort, current_app, jsonify, render_template

from web.auth import public

INTRODUCTION = """\
Register households, sellers, markets and stalls; ask for payments and follow them; put listings on floors.

Sign in with `POST /api/v1/tokens` and send `Authorization: Bearer …`. Amounts are whole đồng, times RFC 3339 with
offset. Lists take `limit` and `cursor`. Errors are problems of RFC 9457, in the language of `Accept-Language`
(vi, en). A POST may carry an `Idempotency-Key`; an object may carry its own `id` (UUID) and is then stored once."""

blueprint = Blueprint("docs", __name__, url_prefix="/api/v1")

METHODS = ("get", "post", "put", "patch", "delete")
SCHEMAS = "#/components/schemas/"


@blueprint.get("/openapi.json")
@public
def openapi() -> Response:
    """The document, OpenAPI 3.1."""
    return jsonify(_document())


@blueprint.get("/docs")
@public
def page() -> str:
    """All operations, in a line each."""
    parts = [{**tag, "operations": _operations(tag["name"])} for tag in _document()["tags"]]
    return render_template("api/docs.html", document=_document(), parts=parts)


@blueprint.get("/docs/<part>")
@public
def part_page(part: str) -> str:
    """One part with everything that its operations take and give."""
    tag = next((tag for tag in _document()["tags"] if tag["name"] == part), None)
    if tag is None:
        abort(HTTPStatus.NOT_FOUND)
    operations = _operations(part)
    return render_template(
        "api/part.html", part=tag, operations=operations, schemas=_schemas(operations), type_of=type_of
    )


def _document() -> dict[str, Any]:
    found: dict[str, Any] = current_app.extensions["openapi"].to_dict()
    return found


def _operations(tag: str) -> list[dict[str, Any]]:
    return [
        {
            **operation,
            "method": method.upper(),
            "path": path,
            "parameters": [*item.get("parameters", ()), *operation.get("parameters", ())],
        }
        for path, item in _document()["paths"].items()
        for method in METHODS
        if (operation := item.get(method)) and tag in operation["tags"]
    ]


def _schemas(part: Any) -> dict[str, dict[str, Any]]:
    """The schemas that `part` refers to, and those that they refer to."""
    known = _document()["components"]["schemas"]
    found: dict[str, dict[str, Any]] = {}
    waiting = list(_references(part))
    while waiting:
        name = waiting.pop(0)
        if name in known and name not in found:
            found[name] = known[name]
            waiting += _references(known[name])
    return found


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if str(part.get("$ref")).startswith(SCHEMAS):
            yield part["$ref"].removeprefix(SCHEMAS)
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from _references(inner)


def type_of(schema: dict[str, Any]) -> dict[str, str]:
    """A JSON schema in a few words: `text`, and the name of the schema it leads to, if any."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(SCHEMAS)
        return {"text": name, "schema": name}
    if "anyOf" in schema:
        return type_of(schema["anyOf"][0])
    if "enum" in schema:
        return {"text": " | ".join(str(value) for value in schema["enum"] if value is not None)}
    if "items" in schema:
        inner = type_of(schema["items"])
        return {**inner, "text": f"[{inner['text']}]"}
    types = schema.get("type", "any")
    kind = types if isinstance(types, str) else " | ".join(types)
    return {"text": f"{kind} ({schema['format']})" if "format" in schema else kind}
