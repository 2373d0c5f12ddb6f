"""Who is told of a threshold by SMS, when, and by which words."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.config import config
from models import ConsentPurpose, OutboxEvent, ReminderStatus, Seller, ThresholdNotice, YearRevenue
from services import sms
from services.threshold_notices import claim_notices, notice_text, prepare_notice
from tests import builders

NOON = datetime(2026, 11, 30, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock(set_clock: Callable[[datetime], None]) -> None:
    set_clock(NOON)


@pytest.fixture(autouse=True)
def _sms(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SMS_BASE_URL", "http://127.0.0.1:9")
    config.cache_clear()
    yield
    config.cache_clear()


def earned(session: Session, revenue: int, seller: Seller | None = None, year: int = 2026) -> Seller:
    seller = seller or builders.make_seller(session)
    row = session.merge(YearRevenue(seller_id=seller.id, year=year, booked=revenue, ordered=0))
    row.booked = revenue
    session.commit()
    return seller


def notices(session: Session) -> list[tuple[str, int, bool]]:
    query = select(ThresholdNotice).order_by(ThresholdNotice.year, ThresholdNotice.amount)
    return [(one.code, one.year, one.passed) for one in session.scalars(query)]


def claim(session: Session, moment: datetime = NOON) -> int:
    count = claim_notices(session, moment)
    session.commit()
    return count


def test_each_threshold_is_told_once_in_a_year(
    session: Session, set_clock: Callable[[datetime], None]
) -> None:
    seller = earned(session, 399_999_999)
    assert claim(session) == 0
    for revenue, new in (
        (400_000_000, 1),
        (300_000_000, 0),
        (600_000_000, 0),
        (800_000_000, 1),
        (2_000_000_000, 0),
    ):
        earned(session, revenue, seller)
        assert claim(session) == new, revenue
    assert notices(session) == [("exempt_revenue", 2026, False), ("einvoice_revenue", 2026, False)]
    told = select(func.count()).where(OutboxEvent.type == "threshold_notice.fallen_due.v1")
    assert session.scalar(told) == 2
    later = NOON + timedelta(days=45)
    set_clock(later)
    earned(session, 450_000_000, seller, 2027)
    assert claim(session, later) == 1
    assert claim(session, later) == 0


def test_who_is_past_one_before_anybody_looked_is_told_that(session: Session) -> None:
    earned(session, 1_000_000_000)
    assert claim(session) == 2
    assert notices(session) == [("exempt_revenue", 2026, True), ("einvoice_revenue", 2026, True)]


def test_what_is_told_of_december_in_january_is_still_told(
    session: Session, set_clock: Callable[[datetime], None]
) -> None:
    earned(session, 450_000_000)
    for moment, new in ((NOON + timedelta(days=70), 0), (NOON + timedelta(days=50), 1)):
        set_clock(moment)
        assert claim(session, moment) == new


def test_nobody_is_written_to_at_night_or_from_where_no_message_goes_out(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    earned(session, 450_000_000)
    assert claim(session, NOON.replace(hour=22)) == 0
    monkeypatch.delenv("SMS_BASE_URL")
    config.cache_clear()
    assert claim(session) == 0
    monkeypatch.setenv("SMS_BASE_URL", "http://127.0.0.1:9")
    config.cache_clear()
    assert claim(session) == 1


@pytest.mark.parametrize(
    ("agreed", "status"),
    [
        (tuple(ConsentPurpose), ReminderStatus.WAITING),
        ((ConsentPurpose.REGISTRATION,), ReminderStatus.SKIPPED),
    ],
)
def test_a_household_is_written_to_where_it_agreed(
    session: Session, agreed: tuple[ConsentPurpose, ...], status: ReminderStatus
) -> None:
    household = builders.make_household(session, consents=builders.consents(*agreed))
    earned(session, 450_000_000, builders.make_seller(session, household_id=household.id))
    claim(session)
    notice = session.scalars(select(ThresholdNotice)).one()
    prepared = prepare_notice(session, notice.id)
    assert (notice.status, bool(prepared)) == (status, status is ReminderStatus.WAITING)


@pytest.mark.parametrize("revenue", [400_000_000, 500_000_001, 800_000_000, 1_000_000_000])
@pytest.mark.parametrize(
    "url", ["https://chophien.example.vn", "https://cho-phien.tinh-lao-cai.example.vn/" + "x" * 80]
)
def test_the_text_is_short_plain_and_tells_no_sum_of_the_sellers(
    session: Session, monkeypatch: pytest.MonkeyPatch, revenue: int, url: str
) -> None:
    monkeypatch.setenv("BASE_URL", url)
    config.cache_clear()
    seller = earned(session, revenue)
    claim(session)
    for notice in session.scalars(select(ThresholdNotice)):
        said = notice_text(notice)
        assert len(said) <= sms.LONGEST
        assert said == sms.gsm(said)
        assert seller.code in said
        assert said.endswith(url if len(url) < 80 else "Xem so doanh thu")
        assert ("500.000.000d" if notice.code == "exempt_revenue" else "1.000.000.000d") in said
        assert f"{revenue:,}".replace(",", ".") + "d" not in said.replace(
            f"({notice.amount:,}".replace(",", "."), ""
        )
        assert seller.name not in said
    session.execute(update(ThresholdNotice).values(status=ReminderStatus.SENT))
    session.expire_all()
    assert prepare_notice(session, notice.id) is None
