"""The month in which a stall is closed is asked for whole, as the month in which it was opened; no later one is."""

import pytest
from sqlalchemy import select

from core.periods import months_back, next_month
from models import FeeInvoice, FeeStatus
from services import fee_payments, fees
from services.access import actor_of
from services.fee_reminders import remind_now
from services.open_stalls import StallNotOpen
from services.queries.fees import count_stalls, list_arrears
from services.stall_closing import close_stall, fees_called_off, reopen_stall, what_is_under_way
from tests import builders
from tests.integration.services.closing import closed, stood_for
from tests.integration.services.fees import FIRST, MONTH, TODAY, issue, make_stall, make_tariff

LAST_MONTH = months_back(TODAY, 2)[1]
LAST_DAY = FIRST.fromordinal(FIRST.toordinal() - 1)


@pytest.fixture
def manager(session, market):
    make_tariff(session, market, valid_from=FIRST.replace(year=FIRST.year - 1))
    return actor_of(builders.make_manager(session, market))


def periods(session, stall):
    query = select(FeeInvoice.period, FeeInvoice.status).where(FeeInvoice.stall_id == stall.id)
    return dict(session.execute(query).all())


def standing(session, stall):
    """The months that are asked for."""
    query = select(FeeInvoice.period).where(
        FeeInvoice.stall_id == stall.id, FeeInvoice.status != FeeStatus.CANCELLED
    )
    return list(session.scalars(query))


def test_month_of_its_last_day_is_asked_for_and_no_later_one(session, market, manager):
    gone, stays = make_stall(session, market), make_stall(session, market)
    stood_for(session, stays)
    closed(session, gone, LAST_DAY)
    for month in (LAST_MONTH, MONTH, next_month(MONTH)):
        issue(session, market, manager, month)
    assert list(periods(session, gone)) == [LAST_MONTH]
    assert len(periods(session, stays)) == 3
    assert count_stalls(session, market.id) == 1


def test_what_was_asked_ahead_is_called_off_and_what_is_owed_stays(session, market, manager):
    stall = make_stall(session, market)
    stood_for(session, stall)
    for month in (LAST_MONTH, MONTH, next_month(MONTH)):
        issue(session, market, manager, month)
    under_way = what_is_under_way(session, stall)
    assert (under_way.owed, under_way.later) == (2, 1)
    close_stall(session, manager, stall.id)
    session.commit()
    assert periods(session, stall) == {
        LAST_MONTH: FeeStatus.ISSUED,
        MONTH: FeeStatus.ISSUED,
        next_month(MONTH): FeeStatus.CANCELLED,
    }
    called_off = session.scalars(select(FeeInvoice).where(FeeInvoice.status == FeeStatus.CANCELLED)).one()
    assert called_off.cancel_reason == "Quầy đã đóng"
    with pytest.raises(StallNotOpen):
        fees.issue_anew(session, manager, called_off.id)


def test_what_was_called_off_is_asked_for_again_once_the_stall_is_open_again(session, market, manager):
    """By the usual asking, and once."""
    stall, other = make_stall(session, market), make_stall(session, market)
    following = next_month(MONTH)
    issue(session, market, manager, following)
    for _ in range(2):
        close_stall(session, manager, stall.id)
        session.commit()
        assert (issue(session, market, manager, following).issued, fees_called_off(session, stall.id)) == (
            0,
            True,
        )
        reopen_stall(session, manager, stall.id)
        session.commit()
        asked = issue(session, market, manager, following)
        assert (asked.issued, asked.existing) == (1, 1)
        assert issue(session, market, manager, following).issued == 0
        assert not fees_called_off(session, stall.id)
    assert standing(session, stall) == [following]
    assert standing(session, other) == [following]


def test_what_the_manager_cancelled_is_left_alone_also_when_the_stall_is_open_again(session, market, manager):
    stall = make_stall(session, market)
    following = next_month(MONTH)
    issue(session, market, manager, following)
    invoice = session.scalars(select(FeeInvoice)).one()
    fees.cancel_invoice(session, manager, invoice.id, "Miễn phí tháng này")
    close_stall(session, manager, stall.id)
    reopen_stall(session, manager, stall.id)
    session.commit()
    assert not fees_called_off(session, stall.id)
    assert issue(session, market, manager, following).issued == 0


def test_what_was_called_off_and_issued_anew_by_hand_is_not_doubled(session, market, manager):
    stall = make_stall(session, market)
    following = next_month(MONTH)
    issue(session, market, manager, following)
    invoice = session.scalars(select(FeeInvoice)).one()
    close_stall(session, manager, stall.id)
    reopen_stall(session, manager, stall.id)
    fees.issue_anew(session, manager, invoice.id)
    session.commit()
    assert issue(session, market, manager, following).issued == 0
    assert standing(session, stall) == [following]


def test_what_was_paid_ahead_is_left_to_the_manager(session, market, manager):
    stall = make_stall(session, market)
    issue(session, market, manager, next_month(MONTH))
    invoice = session.scalars(select(FeeInvoice)).one()
    fee_payments.note_cash(session, manager, invoice.id, 1_000)
    session.commit()
    assert what_is_under_way(session, stall).later == 0
    close_stall(session, manager, stall.id)
    assert invoice.status is not FeeStatus.CANCELLED


def test_arrears_of_a_closed_stall_stay_and_are_reminded_of(session, market, manager):
    stall = make_stall(session, market)
    stood_for(session, stall)
    issue(session, market, manager, LAST_MONTH)
    invoice = session.scalars(select(FeeInvoice)).one()
    invoice.status, invoice.due_on = FeeStatus.OVERDUE, LAST_DAY
    session.commit()
    closed(session, stall)
    assert [row.seller.id for row in list_arrears(session, manager, market.id)] == [stall.seller_id]
    assert remind_now(session, manager, market.id) == 1
