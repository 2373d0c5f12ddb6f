"""Whatever is sent: a problem that says what is wrong, never a defect."""

from collections import defaultdict
from typing import Any

import pytest
from flask import Flask, Response
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests import builders
from tests.integration.api.conftest import BASE, Caller, Place, Sign
from tests.integration.api.test_roles import ids_of
from web.languages import choose_language
from web.security import say_when_to_come_back

NO_ID = "00000000-0000-0000-0000-000000000000"
NASTY: tuple[Any, ...] = (
    None,
    True,
    -1,
    1.5,
    10**30,
    " ",
    "x" * 10_000,
    "a\u0000b",
    "\u202e%s%(x)s{0}' --",
    "2026-01-01T00:00:00",
    [[]],
    ["x"] * 1000,
    {"x": {"": []}},
)


@pytest.fixture
def caller(as_: Sign, session: Session) -> Caller:
    return as_(builders.make_administrator(session))


def _operations(app: Flask, ids: dict[str, str], method: str) -> dict[str, dict[str, Any]]:
    """Paths of the document with real ids in them."""
    known = {f"{name}_id": value for name, value in ids.items()} | {"form": "txt"}
    places = defaultdict(lambda: NO_ID, known)
    paths = app.extensions["openapi"].to_dict()["paths"]
    return {path.format_map(places): item[method] for path, item in paths.items() if method in item}


def _takes_json(operation: dict[str, Any]) -> bool:
    """Files come as forms."""
    return "application/json" in operation.get("requestBody", {}).get("content", {})


def _assert_problem(answer: TestResponse, *statuses: int) -> None:
    assert answer.status_code in statuses, answer.text
    assert answer.content_type == "application/problem+json"
    problem = answer.json
    assert problem["status"] == answer.status_code
    assert {"type", "title", "detail"} <= problem.keys()
    assert "Traceback" not in answer.text
    assert "<html" not in answer.text.lower()


def test_nothing_that_is_no_object_is_taken(app: Flask, caller: Caller, bac_ha: Place) -> None:
    bodies: list[tuple[bytes, str, set[int]]] = [
        (b"{", "application/json", {400}),
        (b"", "application/json", {422}),
        (b"null", "application/json", {422}),
        (b"[]", "application/json", {422}),
        (b'"x"', "application/json", {422}),
        (b"7", "application/json", {422}),
        (b"{} {}", "application/json", {400}),
        (b'{"amount": 1, "amount": 45000}', "application/json", {400}),
        (b"\xff\xfe\xfd", "application/json", {400}),
        (b'{"x": "\\ud800"}', "application/json", {400}),
        (b'{"\\udfff": 1}', "application/json", {400}),
        (b'{"x": ' + b"9" * 5000 + b"}", "application/json", {400}),
        (b"[" * 100_000, "application/json", {400}),
        (b'{"x":' * 50_000, "application/json", {400}),
        (b'{"x": "' + b"y" * 1024 * 1024 + b'"}', "application/json", {413}),
        (b'{"name": "x"}', "text/plain", {415}),
        (b'{"name": "x"}', "", {415}),
        (b"name=x", "application/x-www-form-urlencoded", {415}),
        (b"<a/>", "application/xml", {415}),
    ]
    posts = _operations(app, ids_of(bac_ha), "post").items()
    with_body = {path: item for path, item in posts if _takes_json(item) and NO_ID not in path}
    assert len(with_body) >= 9
    for path, item in with_body.items():
        for body, kind, statuses in bodies:
            if not (body or item["requestBody"]["required"]):
                continue
            answer = caller.post(path, data=body, headers={"Content-Type": kind} if kind else {})
            _assert_problem(answer, *statuses)


def test_more_than_the_server_takes(caller: Caller) -> None:
    for path in ("/sellers", "/tokens"):
        answer = caller.post(path, data=b" " * (16 * 1024 * 1024 + 1), content_type="application/json")
        _assert_problem(answer, 413)


def test_no_value_of_any_field_is_a_defect(app: Flask, caller: Caller, bac_ha: Place) -> None:
    bodies = _good_bodies(bac_ha)
    schemas = app.extensions["openapi"].to_dict()["components"]["schemas"]
    for method in ("post", "patch"):
        for path, item in _operations(app, ids_of(bac_ha), method).items():
            if not _takes_json(item):
                continue
            reference = item["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            good = bodies.get(path, {})
            for name in schemas[reference.rpartition("/")[2]]["properties"]:
                app.extensions["redis"].flushdb()
                for value in NASTY:
                    answer = getattr(caller, method)(path, {**good, name: value})
                    if answer.status_code >= 400:
                        _assert_problem(answer, 401, 404, 409, 422)


def _good_bodies(place: Place) -> dict[str, dict[str, object]]:
    """So that a spoilt field meets everything that follows the schema."""
    return {
        "/api/v1/tokens": {"phone": "0912 345 678", "password": "x"},
        "/api/v1/households": {
            "head_name": "Giàng Seo Páo",
            "national_id": builders.new_national_id(),
            "phone": "0912 345 678",
            "commune_code": builders.BAC_HA,
            "consents": [],
        },
        "/api/v1/sellers": {"kind": "trader", "name": "Sùng Thị Máy", "phone": "0912 345 678"},
        "/api/v1/markets": {"name": "Chợ phiên", "commune_code": builders.BAC_HA},
        "/api/v1/stalls": {
            "market_id": str(place.market.id),
            "number": place.stall.number,
            "seller_id": str(place.seller.id),
            "payout_account": builders.payout_account(),
        },
        "/api/v1/payment-requests": {"stall_id": str(place.stall.id), "amount": 1_000},
        "/api/v1/products": {"seller_id": str(place.seller.id), "name": "Mận", "unit": "kg"},
        "/api/v1/listings": {
            "product_id": str(place.product.id),
            "price": 1_000,
            "stock": 1,
            "marketplaces": ["vendure"],
        },
    }


def test_no_value_of_any_parameter_is_a_defect(app: Flask, caller: Caller, bac_ha: Place) -> None:
    values = (
        "",
        "x",
        "-1",
        "0",
        "1.5",
        "9" * 40,
        "a\u0000b",
        "%",
        "_",
        "\\",
        "é",
        "0001-01-01",
        "9999-12-31",
        "[]",
    )
    for path, item in _operations(app, ids_of(bac_ha), "get").items():
        for parameter in item.get("parameters", ()):
            if parameter["in"] != "query":
                continue
            app.extensions["redis"].flushdb()
            for value in values:
                answer = caller.get(path, query_string={parameter["name"]: value}, buffered=False)
                if answer.status_code >= 400:
                    _assert_problem(answer, 404 if NO_ID in path and answer.status_code == 404 else 422)
                answer.close()


def test_unknown_address_method_and_object(caller: Caller) -> None:
    _assert_problem(caller.get("/nothing-here"), 404)
    _assert_problem(caller.get("/households/12"), 404)
    _assert_problem(caller.get(f"/households/{NO_ID}"), 404)
    wrong = caller.client.delete(f"{BASE}/households")
    _assert_problem(wrong, 405)
    assert "GET" in wrong.headers["Allow"]


def test_texts_are_in_the_language_that_is_asked_for(caller: Caller) -> None:
    body = {"kind": "x", "name": "x" * 121, "phone": "1", "status": "verified"}
    vietnamese = {
        "title": "Có ô chưa đúng",
        "kind": "Không có lựa chọn này",
        "name": "Nhiều nhất 120 ký tự",
        "phone": "Số điện thoại chưa đúng, ví dụ: 0912 345 678",
        "status": "Không có ô này",
    }
    english = {
        "title": "Some fields are not right",
        "kind": "There is no such choice",
        "name": "No more than 120 characters",
        "phone": "This is no valid phone number, such as 0912 345 678",
        "status": "There is no such field",
    }
    for asked, texts in {
        "": vietnamese,
        "vi-VN,vi;q=0.9,en;q=0.8": vietnamese,
        "fr": vietnamese,
        "en": english,
        "en-GB,en;q=0.9,vi;q=0.5": english,
    }.items():
        problem = caller.post("/sellers", body, headers={"Accept-Language": asked}).json
        said = {field: words[0] for field, words in problem["errors"].items()}
        assert {"title": problem["title"], **said} == texts, asked


def test_language_of_the_person_where_the_client_asks_for_none(
    as_: Sign, session: Session, nobody: Caller
) -> None:
    caller = as_(builders.make_administrator(session))
    english = as_(builders.make_user(session, builders.Role.ADMINISTRATOR, language="en"))
    assert caller.get("/households/1").json["title"] == "Không tìm thấy"
    assert english.get(f"/households/{NO_ID}").json["title"] == "Not found"
    vietnamese = english.get(f"/households/{NO_ID}", headers={"Accept-Language": "vi"})
    assert vietnamese.json["title"] == "Không tìm thấy"
    assert nobody.get("/households", headers={"Accept-Language": "en"}).json["title"] != "Hãy đăng nhập"


def test_texts_within_answers_follow_the_language_too(as_: Sign, bac_ha: Place, session: Session) -> None:
    bare = builders.make_listing(session, builders.make_product(session, bac_ha.seller, description=None))
    caller, manager = as_(bac_ha.stallholder), as_(bac_ha.manager)
    english = {"Accept-Language": "en"}

    def said(headers: dict[str, str]) -> tuple[str, str, str]:
        missing = caller.get(f"/listings/{bare.id}", headers=headers).json["missing"][0]["text"]
        path = f"/markets/{bac_ha.market.id}/reports/payments?group_by=stall"
        nowhere = manager.get(path, headers=headers).json["rows"][-1]["label"]
        accounts = manager.get("/journal/balance", headers=headers).json["accounts"]
        return missing, nowhere, next(each["name"] for each in accounts if each["kind"] == "suspense")

    assert said({}) == ("Sàn cần lời giới thiệu sản phẩm", "Chưa rõ của quầy nào", "Tiền chưa rõ của ai")
    assert not set(said(english)) & set(said({}))


def test_instance_is_the_number_in_the_log(caller: Caller) -> None:
    answer = caller.get("/households/12")
    assert answer.json["instance"] == f"urn:request:{answer.headers['X-Request-Id']}"


def test_wait_is_at_least_a_second() -> None:
    """The limiter says 0 where less than a second is left of a window."""
    for said, told in (("0", "1"), ("7", "7"), (None, "1")):
        refusal = Response(status=429, headers={"Retry-After": said} if said else {})
        assert say_when_to_come_back(refusal).headers["Retry-After"] == told


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        ("en", "en"),
        ("en-US,vi;q=0.5", "en"),
        ("vi,en;q=0.9", "vi"),
        ("fr, en-GB;q=0.3", "en"),
        ("fr", "vi"),
        ("en;q=0", "vi"),
    ],
)
def test_the_language_liked_best_is_spoken_and_caches_know(app: Flask, asked: str, spoken: str) -> None:
    with app.test_request_context(f"{BASE}/markets", headers={"Accept-Language": asked}):
        assert choose_language() == spoken
    answer = app.test_client().get(f"{BASE}/markets", headers={"Accept-Language": asked})
    assert "Accept-Language" in answer.headers["Vary"]
