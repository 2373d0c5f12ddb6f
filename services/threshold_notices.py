"""Telling sellers by SMS that the year's revenue comes near a threshold: of each threshold once a year, by day, and
only those who may be written to."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, literal, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from core.config import config
from core.money import format_number
from models import ReminderStatus, ThresholdNotice, YearRevenue
from services import sms
from services.events import ThresholdNoticeDue, record_all
from services.queries.tax_rules import EINVOICE_REVENUE, EXEMPT_REVENUE, read_tax_rules
from services.queries.thresholds import Limit, limits_of, years_watched

WORDS = {
    (EXEMPT_REVENUE, False): "sap den muc phai nop thue",
    (EXEMPT_REVENUE, True): "da vuot muc duoc mien thue",
    (EINVOICE_REVENUE, False): "sap den muc phai dung hoa don dien tu",
    (EINVOICE_REVENUE, True): "da den muc phai dung hoa don dien tu",
}
"""By the threshold, and by whether it is passed."""


def claim_notices(session: Session, moment: datetime) -> int:
    """Have those told who have come near a threshold, or past it, and were not told of it that year; how many. Who
    cannot be written to from here is told once that is mended."""
    if not sms.is_day(moment) or config().sms_base_url is None:
        return 0
    rules, made = read_tax_rules(session), list[UUID]()
    for year in years_watched():
        for limit in limits_of(rules, year):
            statement = (
                upsert(ThresholdNotice)
                .from_select(
                    ["id", "seller_id", "year", "code", "amount", "passed", "status"], _near(limit, year)
                )
                .on_conflict_do_nothing()
                .returning(ThresholdNotice.id)
            )
            made += session.scalars(statement).all()
    record_all(session, [ThresholdNoticeDue(notice_id) for notice_id in made])
    return len(made)


def _near(limit: Limit, year: int) -> Select[*tuple[Any, ...]]:
    return select(
        func.gen_random_uuid(),
        YearRevenue.seller_id,
        YearRevenue.year,
        literal(limit.code),
        literal(limit.amount),
        YearRevenue.revenue >= limit.passed_from,
        literal(ReminderStatus.WAITING.value),
    ).where(YearRevenue.year == year, YearRevenue.revenue >= limit.near_from)


def prepare_notice(session: Session, notice_id: UUID) -> sms.Message | None:
    """What to send; None where it was sent, or the household has not agreed to messages."""
    notice = session.get_one(ThresholdNotice, notice_id, with_for_update=True)
    if notice.status is not ReminderStatus.WAITING:
        return None
    if not sms.may_write_to(session, notice.seller):
        sms.skip(notice, sms.NOT_AGREED)
        return None
    return sms.Message(notice.id, f"threshold-{notice.id}", notice.seller.phone, notice_text(notice))


def notice_text(notice: ThresholdNotice) -> str:
    """At most 160 characters of the GSM alphabet: nobody's name, and no sum but the state's. Where to look is left
    out where it is too long."""
    said = (
        f"Cho Phien: doanh thu {notice.year} cua {notice.seller.code} {WORDS[notice.code, notice.passed]} "
        f"({format_number(notice.amount)}d). Xem so doanh thu"
    )
    whole = sms.gsm(f"{said}: {config().base_url}")
    return whole if len(whole) <= sms.LONGEST else said
