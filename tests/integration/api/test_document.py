"""The OpenAPI document: it says what the code does."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from sqlalchemy.orm import Session

from tests import builders
from tests.integration.api.conftest import BASE, Caller, Place, Sign
from tests.integration.api.test_roles import CALLS, ids_of
from web.auth import ANYBODY, policy_of

LARGEST_PAGE = 100_000


@pytest.fixture
def document(nobody: Caller) -> dict[str, Any]:
    answer = nobody.get("/openapi.json")
    assert answer.content_type == "application/json"
    found: dict[str, Any] = answer.json
    return found


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in item.keys() - {"parameters"}:
            yield method, path, item[method]


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from (value for key, value in part.items() if key == "$ref")
        for value in part.values():
            yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)


def test_it_names_every_call_and_no_other(app: Flask, document: dict[str, Any]) -> None:
    routes = {
        (method.lower(), re.sub(r"<(?:\w+(?:\(.*?\))?:)?(\w+)>", r"{\1}", rule.rule), rule.endpoint)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(BASE) and not rule.endpoint.startswith("docs.")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert {(method, path) for method, path, _ in _operations(document)} == {route[:2] for route in routes}
    for method, path, endpoint in routes:
        operation = document["paths"][path][method]
        admits = policy_of(app, endpoint, method.upper()).admits
        assert operation.get("x-roles") == (None if admits == ANYBODY else sorted(admits)), path
        assert (operation.get("security") == []) is (admits == ANYBODY)
        assert operation["summary"], path


def test_it_is_well_formed(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    for reference in _references(document):
        part: Any = document
        for name in reference.removeprefix("#/").split("/"):
            part = part[name]
    for name, schema in document["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert schema["type"] == "object", name
    names = [operation["operationId"] for _, _, operation in _operations(document)]
    assert len(names) == len(set(names))


def test_every_operation_says_how_it_fails(document: dict[str, Any]) -> None:
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    assert document["components"]["responses"]["DEFAULT_ERROR"]["content"] == {
        "application/problem+json": problem
    }
    for method, path, operation in _operations(document):
        assert "default" in operation["responses"], path
        keys = [part for part in operation.get("parameters", ()) if part["name"] == "Idempotency-Key"]
        assert len(keys) == (method == "post" and path != f"{BASE}/tokens"), path


def test_amounts_are_integers(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["PaymentRequestInput"]["properties"]["amount"]["type"] == "integer"
    assert schemas["ListingInput"]["properties"]["price"]["type"] == "integer"


def test_answers_are_as_the_document_says(
    document: dict[str, Any], as_: Sign, bac_ha: Place, sa_pa: Place, session: Session
) -> None:
    caller = as_(builders.make_administrator(session))
    caller.post(f"/listings/{bac_ha.listing.id}/approve")
    checked = 0
    for method, template in CALLS:
        name = re.sub(r"\{(\w+)\}", r"{\1_id}", template)
        answers = document["paths"].get(f"{BASE}{name}", {}).get(method.lower(), {}).get("responses", {})
        schema = answers.get("200", {}).get("content", {}).get("application/json", {}).get("schema")
        if method != "GET" or not schema:
            continue
        answer = caller.get(template.format(**ids_of(bac_ha)), query_string={"q": _words(template)})
        Draft202012Validator({**schema, "components": _closed(document["components"])}).validate(answer.json)
        checked += 1
    assert checked >= 20


def _words(template: str) -> str:
    return "sa pa" if "units" in template else ""


def _closed(components: dict[str, Any]) -> dict[str, Any]:
    """The schemas, with every field required and no other allowed: an answer has all that is written."""
    return {
        "schemas": {
            name: {**schema, "required": list(schema["properties"]), "additionalProperties": False}
            if name.endswith(("View", "Page"))
            else schema
            for name, schema in components["schemas"].items()
        }
    }


def test_pages_show_every_operation_and_all_that_it_takes_and_gives(
    document: dict[str, Any], nobody: Caller
) -> None:
    overview = nobody.get("/docs")
    pages = {tag["name"]: nobody.get(f"/docs/{tag['name']}") for tag in document["tags"]}
    for _, path, operation in _operations(document):
        page = pages[operation["tags"][0]].text
        assert path in overview.text
        assert f'id="{operation["operationId"]}"' in page
        for reference in _references(operation):
            if "/schemas/" in reference:
                assert f'id="schema-{reference.rpartition("/")[2]}"' in page, path
    for page in (overview, *pages.values()):
        assert page.content_type == "text/html; charset=utf-8"
        assert len(page.data) < LARGEST_PAGE
        assert "<script" not in page.text
        assert "style=" not in page.text
        assert re.findall(r'(?:src|href)="(?!#|/)', page.text) == []
        targets = set(re.findall(r'href="#([^"]+)"', page.text))
        assert targets <= set(re.findall(r'id="([^"]+)"', page.text))
    assert nobody.get("/docs/nothing").status_code == 404
