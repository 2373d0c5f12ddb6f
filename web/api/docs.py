"""The OpenAPI document, and the same as a page: drawn here, so that it needs no script and no other server."""

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, render_template

from web.auth import public

INTRODUCTION = """\
Register households, sellers, markets and stalls; ask for payments and follow them; put listings on floors.

Sign in with `POST /api/v1/tokens` and send `Authorization: Bearer …`. Amounts are whole đồng, times RFC 3339 with
offset. Lists take `limit` and `cursor`. Errors are problems of RFC 9457, in the language of `Accept-Language`
(vi, en). A POST may carry an `Idempotency-Key`; an object may carry its own `id` (UUID) and is then stored once."""

blueprint = Blueprint("docs", __name__, url_prefix="/api/v1")

METHODS = ("get", "post", "patch", "put", "delete")


@blueprint.get("/openapi.json")
@public
def openapi() -> Response:
    """The document, OpenAPI 3.1."""
    return jsonify(current_app.extensions["openapi"].to_dict())


@blueprint.get("/docs")
@public
def page() -> str:
    """The document as a page."""
    document = current_app.extensions["openapi"].to_dict()
    parts = [{**tag, "operations": _operations(document, tag["name"])} for tag in document["tags"]]
    return render_template("api/docs.html", document=document, parts=parts, type_of=type_of)


def _operations(document: dict[str, Any], tag: str) -> list[dict[str, Any]]:
    return [
        {**operation, "method": method.upper(), "path": path, "parameters": _parameters(item, operation)}
        for path, item in document["paths"].items()
        for method in METHODS
        if (operation := item.get(method)) and tag in operation["tags"]
    ]


def _parameters(item: dict[str, Any], operation: dict[str, Any]) -> list[dict[str, Any]]:
    return [*item.get("parameters", ()), *operation.get("parameters", ())]


def type_of(schema: dict[str, Any]) -> dict[str, str]:
    """A JSON schema in a few words: `text`, and the name of the schema it leads to, if any."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
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
