"""Markets and the card sheets of their stalls."""

from uuid import uuid4

import pypdfium2
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Market
from tests import builders
from tests.integration.api.conftest import Place, Sign, assert_refused

MARKET = {"name": "Chợ phiên Bắc Hà", "commune_code": builders.BAC_HA, "weekdays": [6]}


@pytest.fixture
def administrator(as_: Sign, session: Session):
    return as_(builders.make_administrator(session))


def test_administrator_opens_a_market(administrator) -> None:
    made = administrator.post("/markets", MARKET)
    assert made.status_code == 201
    assert made.json["weekdays"] == [6]
    assert administrator.get(f"/markets/{made.json['id']}").json == made.json
    assert administrator.get("/markets").json["items"] == [made.json]


def test_sent_again_with_its_id_it_is_stored_once(administrator, session: Session) -> None:
    body = {**MARKET, "id": str(uuid4())}
    assert [administrator.post("/markets", body).status_code for _ in range(2)] == [201, 200]
    assert len(session.scalars(select(Market)).all()) == 1


def test_bad_field_is_named(administrator) -> None:
    cases = [
        ("name", ""),
        ("name", None),
        ("commune_code", "15"),
        ("commune_code", 2839),
        ("weekdays", "6"),
        ("weekdays.0", [7]),
        ("weekdays.0", [-1]),
        ("weekdays.0", [True]),
        ("weekdays.0", ["6"]),
        ("weekdays.0", [1.5]),
        ("weekdays", [0] * 8),
        ("code", "CH-AAAAAA"),
    ]
    caller = administrator
    assert_refused(lambda body: caller.post("/markets", body), MARKET, cases)


def test_name_is_taken_once_in_a_commune(administrator) -> None:
    administrator.post("/markets", MARKET)
    assert list(administrator.post("/markets", MARKET).json["errors"]) == ["name"]
    assert administrator.post("/markets", {**MARKET, "commune_code": builders.SA_PA}).status_code == 201


def test_others_open_none(as_: Sign, bac_ha: Place) -> None:
    for user in (bac_ha.clerk, bac_ha.manager, bac_ha.stallholder):
        assert as_(user).post("/markets", MARKET).status_code == 403


def test_filtered_by_commune_and_name(administrator) -> None:
    here = administrator.post("/markets", MARKET).json
    there = administrator.post(
        "/markets", {**MARKET, "name": "Chợ Sa Pa", "commune_code": builders.SA_PA}
    ).json
    assert administrator.get("/markets?q=PHIÊN").json["items"] == [here]
    assert administrator.get(f"/markets?commune={builders.SA_PA}").json["items"] == [there]
    assert administrator.get(f"/markets?q={there['code']}").json["items"] == [there]


def test_sheets_hold_four_cards_each(as_: Sign, bac_ha: Place, session: Session) -> None:
    for number in range(5):
        builders.make_stall(session, bac_ha.market, number=f"B{number}", row="B")
    caller = as_(bac_ha.manager)
    path = f"/markets/{bac_ha.market.id}/cards.pdf"
    whole, row = caller.get(path), caller.get(f"{path}?row=B")
    assert whole.content_type == row.content_type == "application/pdf"
    words = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(whole.data)]
    assert len(words) == 2
    assert bac_ha.stall.reference in words[0]
    assert bac_ha.stall.reference not in "".join(
        page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(row.data)
    )
