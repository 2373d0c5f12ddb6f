"""The text of a citizen card's QR."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import IdempotencyKey
from tests import builders
from tests.integration.api.conftest import Sign, assert_refused

CARD = "010185000123|061234567|Lù Thị Mai|02031985|Nữ|Thôn Na Hối Tày, Na Hối, Bắc Hà, Lào Cai|15082021"


def test_read_with_todays_commune(as_: Sign, session: Session) -> None:
    answer = as_(builders.make_clerk(session)).post("/national-ids/parse", {"text": CARD})
    assert answer.status_code == 200
    facts = answer.json["fields"]
    communes = facts.pop("commune_candidates")
    assert facts == {
        "national_id": "010185000123",
        "old_number": "061234567",
        "full_name": "Lù Thị Mai",
        "birth_date": "1985-03-02",
        "sex": "Nữ",
        "address": "Thôn Na Hối Tày, Na Hối, Bắc Hà, Lào Cai",
        "issue_date": "2021-08-15",
    }
    assert [(unit["code"], unit["how"]) for unit in communes] == [("02839", "whole")]
    assert answer.json["warnings"] == []


def test_doubts_are_said(as_: Sign, session: Session) -> None:
    man = CARD.replace("|Nữ|", "|Nam|")
    answer = as_(builders.make_clerk(session)).post("/national-ids/parse", {"text": man})
    assert answer.json["warnings"] == ["Số căn cước không khớp với giới tính"]


def test_what_is_no_such_text_is_refused(as_: Sign, session: Session) -> None:
    caller = as_(builders.make_clerk(session))
    cases = [("text", words) for words in ("", "hello", "|||||||", "1" * 1001, "a\u0000|b", None, 12, [CARD])]
    assert_refused(lambda body: caller.post("/national-ids/parse", body), {}, cases)


def test_nothing_of_it_is_kept(as_: Sign, session: Session) -> None:
    caller = as_(builders.make_clerk(session))
    headers = {"Idempotency-Key": "card"}
    assert caller.post("/national-ids/parse", {"text": CARD}, headers=headers).status_code == 200
    assert session.scalars(select(IdempotencyKey)).all() == []
