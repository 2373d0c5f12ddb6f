"""Reminding sellers of fees by SMS: each occasion once, by day, and only those who may be written to."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, joinedload

from core.clock import VIETNAM, business_day, now
from core.errors import text
from core.money import format_dong
from core.periods import say
from models import FeeInvoice, FeeReminder, FeeStatus, ReminderStatus
from models.fees import OWED
from services import audit, sms
from services.access import Actor
from services.events import FeeReminderDue, record_all
from services.queries.markets import get_managed_market

SOON, LONG = timedelta(days=3), timedelta(days=14)
NOT_OWED = text("Phí không còn phải trả khi đến lượt gửi")


def mark_overdue(session: Session) -> int:
    """Every invoice whose last day is over; how many."""
    statement = (
        update(FeeInvoice)
        .where(FeeInvoice.status == FeeStatus.ISSUED, FeeInvoice.due_on < business_day(now()))
        .values(status=FeeStatus.OVERDUE)
        .returning(FeeInvoice.id)
        .execution_options(synchronize_session=False)
    )
    return len(session.scalars(statement).all())


def claim_due_reminders(session: Session, moment: datetime) -> int:
    """Have stallholders reminded three days before the last day, after it, and two weeks after it, and who has a day's
    ticket after its day; how many.

    Nobody is written to at night, and what was missed is not made up for once the next occasion has come.
    """
    if not sms.is_day(moment):
        return 0
    today = moment.astimezone(VIETNAM).date()
    last = case((FeeInvoice.stall_id.is_(None), today - timedelta(days=1)), else_=today + SOON)
    return _remind(session, _occasion(today), FeeInvoice.due_on <= last)


def _occasion(today: date) -> ColumnElement[str]:
    return case(
        (FeeInvoice.due_on < today - LONG, literal("long overdue")),
        (FeeInvoice.due_on < today, literal("overdue")),
        else_=literal("due soon"),
    )


def remind_now(session: Session, actor: Actor, market_id: UUID) -> int:
    """Write to everybody in arrears, once a day at most; to how many. Raises NotFound, Forbidden."""
    get_managed_market(session, actor, market_id)
    occasion = literal(f"asked {business_day(now())}")
    overdue = FeeInvoice.status == FeeStatus.OVERDUE
    count = _remind(session, occasion, FeeInvoice.market_id == market_id, overdue)
    audit.note(session, actor, "fee_reminders.asked", market_id, count=count)
    return count


def _remind(session: Session, occasion: ColumnElement[str], *which: ColumnElement[bool]) -> int:
    owed = select(
        func.gen_random_uuid(), FeeInvoice.id, occasion, literal(ReminderStatus.WAITING.value)
    ).where(FeeInvoice.status.in_(OWED), *which)
    statement = (
        upsert(FeeReminder)
        .from_select(["id", "invoice_id", "occasion", "status"], owed)
        .on_conflict_do_nothing()
        .returning(FeeReminder.id)
    )
    made = session.scalars(statement).all()
    record_all(session, [FeeReminderDue(reminder_id) for reminder_id in made])
    return len(made)


def prepare_reminder(session: Session, reminder_id: UUID) -> sms.Message | None:
    """What to send; None where it was sent, is not owed any more, or the household has not agreed to messages."""
    reminder = session.get_one(FeeReminder, reminder_id, with_for_update=True)
    if reminder.status is not ReminderStatus.WAITING:
        return None
    invoice = session.get_one(
        FeeInvoice,
        reminder.invoice_id,
        options=[
            joinedload(FeeInvoice.market),
            joinedload(FeeInvoice.stall),
            joinedload(FeeInvoice.seller),
        ],
    )
    problem = None if invoice.remaining else NOT_OWED
    problem = problem or (None if sms.may_write_to(session, invoice.seller) else sms.NOT_AGREED)
    if problem:
        sms.skip(reminder, problem)
        return None
    return sms.Message(
        reminder.id, f"fee-reminder-{reminder.id}", invoice.seller.phone, reminder_text(invoice)
    )


def reminder_text(invoice: FeeInvoice) -> str:
    """At most 160 characters of the GSM alphabet: the sum and the code, nobody's name."""
    amount = format_dong(invoice.remaining).removesuffix(" ₫")
    place = f" quay {invoice.stall.number}" if invoice.stall else ""
    rest = (
        f": phi {say(invoice.period)}{place} con {amount}d, han {invoice.due_on:%d/%m/%Y}. "
        f"Chuyen khoan ghi ma {invoice.reference}, hoac nop tai ban quan ly cho."
    )
    plain = sms.gsm(rest)
    return sms.gsm(invoice.market.name)[: sms.LONGEST - len(plain)] + plain
