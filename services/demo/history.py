"""Three months of payments for the demo, settled by the same service as real ones."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from core.clock import VIETNAM, business_day, now
from core.ids import new_id
from core.reference_codes import ReferenceKind
from gateways.ports import Transfer
from models import (
    Market,
    OutboxEvent,
    Payment,
    PaymentRequest,
    PaymentStatus,
    ReconciliationException,
    Stall,
)
from services.matching import ChannelTransfer
from services.payments import settle_transfers
from services.references import unused_references

DAYS = 92
SETTLED_AT_ONCE = 1_000
USUAL_AMOUNTS = (10, 15, 20, 25, 30, 35, 45, 50, 60, 70, 80, 90, 120, 150, 180, 240, 320, 450)
"""In thousands of đồng, the small ones more often."""
EMPTY_DAY_SHARE = 0.15


@dataclass(frozen=True)
class Sale:
    """A payment request of the past and what was paid for it."""

    request_id: UUID
    stall: Stall
    moment: datetime
    amount: int
    paid: tuple[int, ...]


def seed_history(session: Session, markets: Sequence[Market], created_by: UUID) -> None:
    """Sales at every stall with a collector on every market day of the last three months, up to yesterday."""
    _open_before(session, markets)
    chance = random.Random(1034)
    sales = [sale for market in markets for sale in _sales(session, market, chance)]
    for start in range(0, len(sales), SETTLED_AT_ONCE):
        _store(session, sales[start : start + SETTLED_AT_ONCE], created_by, chance)
    _let_wait(session)
    _forget_events(session)


def _open_before(session: Session, markets: Sequence[Market]) -> None:
    """What took money for three months has been there as long."""
    stalls = update(Stall).where(Stall.market_id.in_([market.id for market in markets]))
    session.execute(stalls.values(created_at=now() - timedelta(days=DAYS + 1)), execution_options=_NO_SYNC)


def _sales(session: Session, market: Market, chance: random.Random) -> Iterator[Sale]:
    stalls = session.scalars(select(Stall).where(Stall.market_id == market.id).order_by(Stall.number)).all()
    today = business_day(now())
    per_day = 6 if market.weekdays else 1.2
    for stall in stalls:
        if stall.channel.market_id is None:
            continue
        custom = chance.uniform(0.3, 1.6)
        for day in _market_days(market, today):
            if chance.random() > EMPTY_DAY_SHARE:
                for _ in range(round(chance.expovariate(1 / (per_day * custom)))):
                    yield _sale(stall, day, chance)


def _market_days(market: Market, today: date) -> list[date]:
    days = (today - timedelta(days=back) for back in range(DAYS, 0, -1))
    return [day for day in days if not market.weekdays or day.weekday() in market.weekdays]


def _sale(stall: Stall, day: date, chance: random.Random) -> Sale:
    local = datetime(day.year, day.month, day.day, 5, tzinfo=VIETNAM)
    moment = local + timedelta(seconds=chance.betavariate(2, 3) * 12 * 3600)
    amount = USUAL_AMOUNTS[min(int(chance.expovariate(0.22)), len(USUAL_AMOUNTS) - 1)] * 1_000
    luck = chance.random()
    paid: tuple[int, ...] = (amount,)
    if luck < 0.004:
        paid = (amount, amount)
    elif luck < 0.008:
        paid = (amount - 5_000,) if amount > 5_000 else (amount,)
    elif luck < 0.012:
        paid = (amount + 10_000,)
    return Sale(new_id(), stall, moment.astimezone(UTC), amount, paid)


def _store(session: Session, sales: Sequence[Sale], created_by: UUID, chance: random.Random) -> None:
    references = unused_references(session, ReferenceKind.PAYMENT_REQUEST, len(sales))
    rows = [
        {
            "id": sale.request_id,
            "reference": reference,
            "stall_id": sale.stall.id,
            "market_id": sale.stall.market_id,
            "channel_id": sale.stall.channel_id,
            "amount": sale.amount,
            "status": PaymentStatus.AWAITING_PAYMENT,
            "created_at": sale.moment,
            "expires_at": sale.moment + timedelta(minutes=30),
            "created_by": created_by,
        }
        for sale, reference in zip(sales, references, strict=True)
    ]
    inserted = insert(PaymentRequest).returning(PaymentRequest.id, PaymentRequest.order_code)
    codes = {row.id: row.order_code for row in session.execute(inserted, rows)}
    transfers = [
        _transfer(sale, codes[sale.request_id], part, amount, chance)
        for sale in sales
        for part, amount in enumerate(sale.paid)
    ]
    settle_transfers(session, transfers, cause="demo")


def _transfer(sale: Sale, order_code: int, part: int, amount: int, chance: random.Random) -> ChannelTransfer:
    transfer = Transfer(
        order_code=order_code,
        account_number=f"DEMO{sale.stall.number}",
        reference=f"FT{chance.randrange(10**12):012d}",
        amount=amount,
        occurred_at=sale.moment + timedelta(seconds=40 + 90 * part),
        memo="",
    )
    return ChannelTransfer(sale.stall.channel_id, transfer)


def _let_wait(session: Session) -> None:
    """What does not add up has waited since its money came."""
    came = select(Payment.occurred_at).where(Payment.id == ReconciliationException.payment_id)
    waiting = update(ReconciliationException).where(ReconciliationException.payment_id.is_not(None))
    session.execute(waiting.values(created_at=came.scalar_subquery()), execution_options=_NO_SYNC)


def _forget_events(session: Session) -> None:
    """The past is told to nobody: its events count as delivered, and old requests are polled no more."""
    session.execute(update(OutboxEvent).values(relayed_at=func.now()), execution_options=_NO_SYNC)
    session.execute(
        update(PaymentRequest).values(next_poll_at=None).where(text("created_at < now()")),
        execution_options=_NO_SYNC,
    )


_NO_SYNC = {"synchronize_session": False}
