"""The day's close: signed once, opened again with a trace, and never changed by what comes later."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.clock import VIETNAM, bank_day, business_day, now
from models import Payment
from tests import builders
from tests.integration.api.conftest import Caller, Place, Sign

YESTERDAY = (now() - timedelta(days=1)).astimezone(VIETNAM).replace(hour=12)
LATE = YESTERDAY.replace(hour=22)
"""When banks book for the next day."""
DAY = business_day(YESTERDAY).isoformat()
GROUPS = ("stalls", "rows", "channels")


@pytest.fixture
def manager(as_: Sign, bac_ha: Place) -> Caller:
    return as_(bac_ha.manager)


@pytest.fixture
def path(bac_ha: Place, session: Session) -> str:
    """A day on which one request was paid in full."""
    request = builders.make_payment_request(session, bac_ha.stall)
    builders.make_payment(session, request, request.amount, YESTERDAY)
    return f"/markets/{bac_ha.market.id}/close/{DAY}"


def pay(session: Session, place: Place, amount: int) -> None:
    builders.make_payment(session, builders.make_payment_request(session, place.stall), amount, YESTERDAY)


def test_open_day_says_what_came(manager: Caller, path: str, bac_ha: Place) -> None:
    day = manager.get(path).json
    figures = day["figures"]
    assert (day["status"], day["version"], day["signed"], day["acts"]) == ("open", 0, None, [])
    assert (figures["came"], figures["matched"], figures["open_count"], figures["payments"]) == (
        50_000,
        50_000,
        0,
        1,
    )
    assert [row["key"] for row in figures["stalls"]] == [str(bac_ha.stall.id)]
    assert sum(row["cashless"] for row in figures["channels"]) == 50_000


def test_signed_day_keeps_its_figures_and_shows_what_came_after(
    manager: Caller, path: str, bac_ha: Place, session: Session
) -> None:
    assert manager.post(path, json={}).json["status"] == "signed"
    assert manager.post(path, json={}).json["version"] == 1, "signing twice is once"
    pay(session, bac_ha, 50_000)
    day = manager.get(path).json
    assert (day["signed"]["came"], day["figures"]["came"]) == (50_000, 100_000)
    assert day["difference"] == {"payments": 1, "came": 50_000, "matched": 50_000}
    assert manager.post(path, json={}).status_code == 409


def test_day_is_opened_again_for_a_reason_and_signed_anew(
    manager: Caller, path: str, bac_ha: Place, session: Session
) -> None:
    manager.post(path, json={})
    pay(session, bac_ha, 50_000)
    refused = manager.post(f"{path}/reopen", json={"reason": "  "})
    assert refused.status_code == 422
    assert "reason" in refused.json["errors"]
    assert manager.post(f"{path}/reopen", json={"reason": "Tìm thấy một khoản"}).json["status"] == "reopened"
    assert manager.post(f"{path}/reopen", json={"reason": "lần nữa"}).status_code == 409
    day = manager.post(path, json={}).json
    assert (day["signed"]["came"], day["difference"]) == (100_000, {})
    assert [(act["version"], act["act"]) for act in day["acts"]] == [
        (3, "signed"),
        (2, "reopened"),
        (1, "signed"),
    ]


def test_day_with_open_money_is_signed_with_a_note_only(
    manager: Caller, path: str, bac_ha: Place, session: Session
) -> None:
    pay(session, bac_ha, 20_000)
    pay(session, bac_ha, 60_000)
    figures = manager.get(path).json["figures"]
    assert (figures["came"], figures["matched"], figures["open_count"]) == (130_000, 120_000, 1)
    refused = manager.post(path, json={})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["note"])
    assert manager.post(path, json={"note": "Khách trả thừa, mai trả lại"}).json["status"] == "signed"


def test_what_moved_between_stalls_after_the_signature_is_shown_for_each(
    manager: Caller, path: str, bac_ha: Place, session: Session
) -> None:
    """The day's sums are what they were, so only the stalls tell."""
    other = builders.make_stall(session, bac_ha.market)
    manager.post(path, json={})
    payment = session.scalars(select(Payment).where(Payment.business_day == YESTERDAY.date())).one()
    payment.stall_id = other.id
    session.commit()
    day = manager.get(path).json
    assert day["difference"] == {}
    assert {stall["key"]: stall["changes"] for stall in day["changed_stalls"]} == {
        str(bac_ha.stall.id): {"cashless": -50_000, "payments": -1},
        str(other.id): {"cashless": 50_000, "payments": 1},
    }
    assert all(stall["label"] for stall in day["changed_stalls"])
    assert manager.post(path, json={}).status_code == 409


def test_cash_that_is_noted_after_the_signature_is_shown(
    as_: Sign, manager: Caller, path: str, bac_ha: Place
) -> None:
    manager.post(path, json={})
    noted = {"amount": 500_000, "occurred_at": YESTERDAY.isoformat()}
    assert (
        as_(bac_ha.stallholder).post(f"/stalls/{bac_ha.stall.id}/cash-notes", json=noted).status_code == 201
    )
    day = manager.get(path).json
    assert day["difference"] == {"cash": 500_000}
    assert [(stall["key"], stall["changes"]) for stall in day["changed_stalls"]] == [
        (str(bac_ha.stall.id), {"cash": 500_000})
    ]


def test_what_the_bank_books_on_the_next_day_is_told_by_stall_row_and_channel(
    manager: Caller, path: str, bac_ha: Place, session: Session
) -> None:
    stall = builders.make_stall(session, bac_ha.market, row="B")
    for place, amount in ((stall, 20_000), (bac_ha.stall, 30_000)):
        request = builders.make_payment_request(session, place, amount=amount)
        builders.make_payment(session, request, amount, LATE)
    figures = manager.get(path).json["figures"]
    assert (figures["came"], figures["next_bank_day"]) == (100_000, 50_000)
    told = {group: {row["key"]: row["next_bank_day"] for row in figures[group]} for group in GROUPS}
    assert told["stalls"] == {str(stall.id): 20_000, str(bac_ha.stall.id): 30_000}
    assert told["rows"] == {"B": 20_000, bac_ha.stall.row or "": 30_000}
    assert sum(told["channels"].values()) == 50_000
    assert manager.post(path, json={}).json["signed"]["stalls"][0].keys() >= {"next_bank_day"}


def test_signature_of_before_is_compared_by_what_it_tells(
    manager: Caller, path: str, session: Session
) -> None:
    """Earlier ones did not tell by stall what the bank books a day later."""
    session.execute(
        update(Payment)
        .where(Payment.business_day == YESTERDAY.date())
        .values(occurred_at=LATE, bank_day=bank_day(LATE))
    )
    session.commit()
    manager.post(path, json={})
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(text("UPDATE day_closes SET figures = figures #- '{stalls,0,next_bank_day}'"))
    session.commit()
    day = manager.get(path).json
    assert (day["figures"]["next_bank_day"], day["difference"], day["changed_stalls"]) == (50_000, {}, [])


def test_day_to_come_is_not_signed(manager: Caller, bac_ha: Place) -> None:
    tomorrow = business_day(now()) + timedelta(days=1)
    refused = manager.post(f"/markets/{bac_ha.market.id}/close/{tomorrow}", json={})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["day"])
    assert manager.get(f"/markets/{bac_ha.market.id}/close/today").status_code == 404


def test_others_learn_nothing(as_: Sign, path: str, bac_ha: Place, sa_pa: Place) -> None:
    assert as_(sa_pa.manager).get(path).status_code == 404
    assert as_(sa_pa.manager).post(path, json={}).status_code == 404
    assert as_(bac_ha.clerk).get(path).status_code == 403
    assert as_(bac_ha.stallholder).post(path, json={}).status_code == 403


def test_signature_cannot_be_changed(manager: Caller, path: str, session: Session) -> None:
    manager.post(path, json={})
    with pytest.raises(IntegrityError, match="append-only"):
        session.execute(text("UPDATE day_closes SET note = 'khác'"))
