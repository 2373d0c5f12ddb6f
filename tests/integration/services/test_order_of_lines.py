"""Lines of one direct request, in whatever order statements tell of them."""

from datetime import timedelta
from itertools import permutations

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from core.clock import now
from models import Market, PaymentRequest, PaymentStatus
from tests.builders import make_payment_request, make_stall
from tests.integration.services.statement_files import import_rows, kinds, row, timed


@pytest.mark.parametrize("order", permutations((0, 1)))
def test_one_late_part_makes_it_late(session: Session, market: Market, order: tuple[int, int]) -> None:
    stall = make_stall(session, market)
    request = make_payment_request(session, stall)
    made = now() - timedelta(hours=2)
    times = {"created_at": made, "expires_at": made + timedelta(minutes=30)}
    session.execute(update(PaymentRequest).where(PaymentRequest.id == request.id).values(times))
    session.commit()
    parts = [
        timed(row(request.reference, amount), made + timedelta(minutes=minute))
        for amount, minute in ((20_000, 5), (30_000, 60))
    ]
    for number in order:
        import_rows(session, stall, parts[number])
    assert (request.status, request.amount_paid) == (PaymentStatus.PAID_LATE, 50_000)
    assert kinds(session) == ["late"]
