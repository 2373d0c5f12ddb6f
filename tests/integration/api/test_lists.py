"""Lists: paged, and each with the same number of statements however long it is."""

import base64
import json
from urllib.parse import quote

import pytest
from sqlalchemy.orm import Session

from tests import builders
from tests.integration.api.conftest import Caller, Place, Sign

LISTS = (
    "/households",
    "/sellers",
    "/markets",
    "/stalls",
    "/channels",
    "/payment-requests",
    "/payments",
    "/reconciliation/exceptions",
    "/products",
    "/listings",
)


@pytest.fixture
def caller(as_: Sign, session: Session, bac_ha: Place, sa_pa: Place) -> Caller:
    """An administrator, who sees three of everything or more."""
    seller = builders.make_seller(session, household_id=builders.make_household(session).id)
    stall = builders.make_stall(session, builders.make_market(session), seller)
    builders.make_payment(session, builders.make_payment_request(session, stall), 1)
    builders.make_payment(session, bac_ha.request)
    builders.make_listing(session, builders.make_product(session, seller))
    return as_(builders.make_administrator(session))


def _all(caller: Caller, path: str, limit: int) -> list[dict[str, object]]:
    items: list[dict[str, object]] = []
    cursor = ""
    while True:
        page = caller.get(f"{path}?limit={limit}&cursor={quote(cursor)}").json
        assert len(page["items"]) <= limit
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        cursor = page["next_cursor"]


def test_pages_together_are_the_list(caller: Caller) -> None:
    for path in LISTS:
        whole = _all(caller, path, 200)
        assert len(whole) >= 3, path
        assert _all(caller, path, 1) == _all(caller, path, 2) == whole, path
        moments = [item.get("occurred_at") or item.get("created_at") for item in whole]
        assert moments == sorted(moments, key=str, reverse=True), path


def test_page_is_not_moved_by_what_comes_meanwhile(caller: Caller, session: Session) -> None:
    before = [item["id"] for item in _all(caller, "/households", 200)]
    first = caller.get("/households?limit=1").json
    builders.make_household(session)
    second = caller.get(f"/households?limit=200&cursor={first['next_cursor']}").json
    assert [item["id"] for item in first["items"] + second["items"]] == before


def test_no_list_asks_more_for_more_rows(caller: Caller, count_statements) -> None:
    for path in LISTS:
        counts = []
        for limit in (1, 200):
            with count_statements() as statements:
                assert caller.get(f"{path}?limit={limit}").status_code == 200
            counts.append(len(statements))
        assert counts[0] == counts[1], (path, statements)


def test_list_of_a_person_with_few_rights_asks_no_more_either(
    as_: Sign, caller: Caller, bac_ha: Place, session: Session, count_statements
) -> None:
    for _ in range(3):
        builders.make_stall(session, bac_ha.market)
    manager = as_(bac_ha.manager)
    with count_statements() as one:
        manager.get("/stalls?limit=1")
    with count_statements() as many:
        assert len(manager.get("/stalls").json["items"]) == 4
    assert len(one) == len(many)


def test_cursor_that_is_none_of_ours_is_refused(caller: Caller) -> None:
    cursors = [
        "x",
        "!!!",
        "é",
        "A" * 5000,
        _cursor(["2026-01-01T00:00:00+00:00"]),
        _cursor(["2026-01-01T00:00:00", "0" * 32]),
        _cursor(["2026-01-01T00:00:00+00:00", "no-uuid"]),
        _cursor([1, 2]),
        _cursor({"a": 1, "b": 2}),
        _cursor(None),
        base64.urlsafe_b64encode(b"[" * 100_000).decode()[:8000],
    ]
    for path in LISTS:
        for cursor in cursors:
            answer = caller.get(f"{path}?cursor={quote(cursor)}")
            assert (answer.status_code, list(answer.json["errors"])) == (422, ["cursor"]), (path, cursor[:50])


def _cursor(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


def test_limit_is_from_1_to_200(caller: Caller) -> None:
    for path in LISTS:
        for limit in ("0", "-1", "201", "1e2", "ten", "9" * 5000):
            answer = caller.get(f"{path}?limit={limit}")
            assert (answer.status_code, list(answer.json["errors"])) == (422, ["limit"]), (path, limit[:9])


def test_other_filters_that_make_no_sense_are_refused(caller: Caller) -> None:
    bad = {
        "/households": ["status=happy", "from=2026-13-01", "to=0001-01-01", "q=" + "x" * 101, "q=a%00b"],
        "/sellers": ["market_id=x", "from=x", "q=%00"],
        "/markets": ["q=" + "x" * 101],
        "/stalls": ["market_id=1", "q=%00"],
        "/channels": ["market_id=x"],
        "/payment-requests": ["stall_id=x", "status=x", "to=9999-12-31"],
        "/payments": ["stall_id=x", "from=9999-12-31", "q=%00"],
        "/reconciliation/exceptions": ["kind=x", "status=x", "market_id=x"],
        "/products": ["seller_id=x", "q=%00"],
        "/listings": ["status=x", "market_id=x", "q=%00"],
    }
    for path, queries in bad.items():
        for query in queries:
            answer = caller.get(f"{path}?{query}")
            field = query.split("=")[0]
            assert (answer.status_code, list(answer.json["errors"])) == (422, [field]), (path, query)
