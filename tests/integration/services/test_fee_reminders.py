"""Who is reminded of a fee, when, and by which words."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from core.clock import business_day, now
from core.periods import month_of
from models import (
    ConsentPurpose,
    FeeInvoice,
    FeeKind,
    FeeReminder,
    FeeStatus,
    OutboxEvent,
    ReminderStatus,
    Seller,
)
from services import fee_payments, fee_reminders, fee_tariffs, fees, people
from services.access import actor_of
from tests import builders

TODAY = business_day(now())
NOON = datetime(TODAY.year, TODAY.month, TODAY.day, 5, tzinfo=UTC)


def make_invoice(session, seller=None, late=0, **facts):
    """96.000 ₫ of this month, due `late` days ago."""
    market = builders.make_market(session, **facts)
    administrator = builders.anybody(session)
    tariff = {"kind": FeeKind.AREA_MONTH, "rate": 12_000, "valid_from": TODAY.replace(day=1)}
    fee_tariffs.set_tariff(session, administrator, market_id=market.id, **tariff)
    builders.make_stall(session, market, seller, area_m2=8)
    fees.issue_invoices(session, administrator, market.id, month_of(TODAY))
    invoice = session.scalars(select(FeeInvoice).where(FeeInvoice.market_id == market.id)).one()
    invoice.due_on = TODAY - timedelta(days=late)
    session.commit()
    return invoice


def sweep(session, moment=NOON):
    fee_reminders.mark_overdue(session)
    count = fee_reminders.claim_due_reminders(session, moment)
    session.commit()
    session.expire_all()
    return count


def occasions(session):
    return list(session.scalars(select(FeeReminder.occasion)))


@pytest.mark.parametrize(("late", "occasion"), [(0, []), (1, ["overdue"]), (15, ["long overdue"])])
def test_a_ticket_is_reminded_of_after_its_day(session, late, occasion):
    market, administrator = builders.make_market(session), builders.anybody(session)
    day = {"kind": FeeKind.DAY, "rate": 5_000, "valid_from": TODAY - timedelta(days=30)}
    fee_tariffs.set_tariff(session, administrator, market_id=market.id, **day)
    seller = builders.make_seller(session)
    ticket, _ = fees.issue_ticket(session, administrator, market.id, TODAY.isoformat(), seller.id)
    ticket.due_on = TODAY - timedelta(days=late)
    session.commit()
    assert sweep(session) == len(occasion)
    assert occasions(session) == occasion


def test_the_last_day_is_still_in_time(session):
    today, yesterday = make_invoice(session), make_invoice(session, late=1)
    sweep(session)
    assert (today.status, yesterday.status) == (FeeStatus.ISSUED, FeeStatus.OVERDUE)


@pytest.mark.parametrize(
    ("late", "occasion"),
    [
        (-4, []),
        (-3, ["due soon"]),
        (0, ["due soon"]),
        (1, ["overdue"]),
        (14, ["overdue"]),
        (15, ["long overdue"]),
    ],
)
def test_each_occasion_comes_once(session, late, occasion):
    make_invoice(session, late=late)
    assert sweep(session) == len(occasion)
    assert sweep(session) == 0
    assert occasions(session) == occasion
    told = select(func.count()).where(OutboxEvent.type == "fee_reminder.fallen_due.v1")
    assert session.scalar(told) == len(occasion)


@pytest.mark.parametrize("hour", [0, 13, 22])
def test_nobody_is_written_to_at_night(session, hour):
    """7 in the morning, 8 in the evening and 5 in the morning, in Vietnam."""
    make_invoice(session, late=1)
    assert sweep(session, NOON.replace(hour=hour)) == 0


def test_a_manager_reminds_once_a_day(session):
    invoice = make_invoice(session, late=1)
    fee_reminders.mark_overdue(session)
    manager = actor_of(builders.make_manager(session, invoice.market))
    assert fee_reminders.remind_now(session, manager, invoice.market_id) == 1
    assert fee_reminders.remind_now(session, manager, invoice.market_id) == 0


def reminder_of(session, invoice):
    sweep(session)
    return session.scalars(select(FeeReminder).where(FeeReminder.invoice_id == invoice.id)).one()


def test_what_was_paid_meanwhile_is_not_reminded_of(session):
    invoice = make_invoice(session, late=1)
    reminder = reminder_of(session, invoice)
    fee_payments.note_cash(session, builders.anybody(session), invoice.id)
    assert fee_reminders.prepare_reminder(session, reminder.id) is None
    assert reminder.status is ReminderStatus.SKIPPED


@pytest.mark.parametrize(
    ("answers", "written_to"),
    [([True], True), ([False], False), ([], False), ([True, False], False), ([False, True], True)],
)
def test_a_household_is_written_to_only_while_it_agrees(session, answers, written_to):
    first = [ConsentPurpose.REGISTRATION]
    household = builders.make_household(session, consents=builders.consents(*first)[:1])
    for granted in answers:
        answer = {
            "purpose": ConsentPurpose.MESSAGES,
            "granted": granted,
            "wording_version": people.CONSENT_WORDING,
        }
        people.change_household(session, builders.anybody(session), household.id, consents=[answer])
        session.commit()
    seller = builders.make_seller(session, household_id=household.id)
    reminder = reminder_of(session, make_invoice(session, seller, late=1))
    prepared = fee_reminders.prepare_reminder(session, reminder.id)
    assert bool(prepared) is written_to
    assert (reminder.status is ReminderStatus.SKIPPED) is not written_to


def test_the_text_is_short_plain_and_names_nobody(session):
    invoice = make_invoice(session, late=1, name="Chợ đầu mối nông sản và thực phẩm tươi sống {Bắc Hà} " * 2)
    reminder = reminder_of(session, invoice)
    prepared = fee_reminders.prepare_reminder(session, reminder.id)
    seller = session.get_one(Seller, invoice.seller_id)
    assert (prepared.phone, prepared.key) == (seller.phone, f"fee-reminder-{reminder.id}")
    assert len(prepared.text) == 160
    assert prepared.text.isascii()
    assert not set("{}[]~^|\\") & set(prepared.text)
    assert prepared.text.startswith("Cho dau moi")
    assert invoice.reference in prepared.text
    assert "96.000d" in prepared.text
    assert "Sung" not in prepared.text
