"""Where money comes, for tests that need no more of it; a module with a stall of its own says so."""

import pytest
from sqlalchemy.orm import Session

from models import Market, PaymentRequest, Stall
from tests.builders import make_market, make_payment_request, make_stall


@pytest.fixture
def market(session: Session) -> Market:
    return make_market(session)


@pytest.fixture
def stall(session: Session, market: Market) -> Stall:
    """Paid directly into its own account."""
    return make_stall(session, market)


@pytest.fixture
def request_(session: Session, stall: Stall) -> PaymentRequest:
    """For 50.000 đồng, half an hour from now."""
    return make_payment_request(session, stall)
