"""Where money comes, for tests that need no more of it; a module with a stall of its own says so."""

import pytest
from sqlalchemy.orm import Session

from models import CollectionChannel, Market, PaymentRequest, Stall
from services.access import Actor
from tests.builders import make_market, make_payment_request, make_payos_channel, make_stall
from tests.integration.services.desk import manager_of


@pytest.fixture
def market(session: Session) -> Market:
    return make_market(session)


@pytest.fixture
def channel(session: Session, market: Market) -> CollectionChannel:
    return make_payos_channel(session, market)


@pytest.fixture
def stall(session: Session, market: Market) -> Stall:
    """Paid directly into its own account."""
    return make_stall(session, market)


@pytest.fixture
def request_(session: Session, stall: Stall) -> PaymentRequest:
    """For 50.000 đồng, half an hour from now."""
    return make_payment_request(session, stall)


@pytest.fixture
def manager(session: Session, market: Market) -> Actor:
    return manager_of(session, market)
