"""Differences within a market's tolerance: what counts as paid although it did not come is booked, never lost.

What came over is booked with its payment (`services.matching`); what came short is booked here and there by the
request, so that taking a payment back leaves it alone and taking the request's being paid back undoes it.
"""

from sqlalchemy.orm import Session

from core.clock import business_day, now
from models import AccountKind, PaymentRequest
from models.payment_states import shortfall
from services.journal import Account, book
from services.matching import short_booking


def book_short(session: Session, request: PaymentRequest, key: str, before: int, after: int) -> None:
    """What has to be booked today because no longer `before` but `after` đồng are tied to a stall's request; `key`
    says by what, once for ever."""
    short = shortfall(request.amount, after, request.tolerance) - shortfall(
        request.amount, before, request.tolerance
    )
    if short and request.stall:
        seller = Account(request.market_id, AccountKind.SELLER, request.stall.seller_id)
        book(session, [short_booking(key, seller, short, business_day(now()), request.stall_id)])
