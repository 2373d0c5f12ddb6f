"""People who give the same money back at the same moment: the database lets no more go than came."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.errors import BusinessError
from core.ids import new_id
from models import (
    ExceptionKind,
    Market,
    Payment,
    ReconciliationException,
    Refund,
    RefundSource,
    RefundStatus,
    Resolution,
    ResolutionAction,
    ResolutionStatus,
)
from services import resolutions
from services.access import Actor
from services.resolution_plans import Wish
from tests.builders import make_market, make_orphan, make_payos_channel
from tests.integration.services.desk import TYPED, exception_of, manager_of, tell_payer

AT_ONCE = 12


@pytest.fixture
def payment(session: Session) -> Payment:
    """70.000 đồng that nothing asked for."""
    return make_orphan(session, make_payos_channel(session, make_market(session)))


@pytest.fixture
def manager(session: Session, payment: Payment) -> Actor:
    market = exception_of(session, payment).market_id
    return manager_of(session, session.get_one(Market, market))


def live(session: Session) -> tuple[int, int]:
    session.rollback()
    query = select(func.count(), func.coalesce(func.sum(Refund.amount), 0)).where(
        Refund.status != RefundStatus.REJECTED
    )
    count, total = session.execute(query).one()
    return count, int(total)


def test_one_of_many_at_the_desk_gives_it_back(
    session: Session, engine: Engine, payment: Payment, manager: Actor
) -> None:
    tell_payer(session, payment)
    exception_id = exception_of(session, payment).id
    session.rollback()

    def give_back(_: int) -> str:
        with Session(engine) as own:
            try:
                resolutions.resolve(own, manager, exception_id, Wish(ResolutionAction.REFUND), "Trả nhầm")
                own.commit()
            except BusinessError as refusal:
                return type(refusal).__name__
            return "done"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(give_back, range(AT_ONCE)))
    assert sorted(outcomes) == sorted(["done"] + ["Conflict"] * (AT_ONCE - 1))
    assert live(session) == (1, 70_000)


def test_database_alone_holds_the_line(
    session: Session, engine: Engine, payment: Payment, manager: Actor
) -> None:
    """Past the services: everybody inserts 20.000 of the 70.000 by an exception of the own."""
    others = set(ExceptionKind) - {ExceptionKind.ORPHAN, ExceptionKind.MAYBE_SAME}
    exceptions = [_another_exception(session, payment, kind) for kind in sorted(others)]
    session.commit()
    wanted = len(exceptions)

    def insert(exception: ReconciliationException) -> str:
        with Session(engine) as own:
            own.add(_refund(own, exception, manager, 20_000))
            try:
                own.commit()
            except DBAPIError as error:
                return str(error.orig.diag.constraint_name)  # type: ignore[union-attr]
            return "stored"

    with ThreadPoolExecutor(wanted) as pool:
        outcomes = list(pool.map(insert, exceptions))
    assert sorted(outcomes) == ["ck_refunds_no_more_than_came"] * (wanted - 3) + ["stored"] * 3
    assert live(session) == (3, 60_000)


def _another_exception(session: Session, payment: Payment, kind: ExceptionKind) -> ReconciliationException:
    exception = ReconciliationException(
        id=new_id(), market_id=payment.market_id, kind=kind, payment_id=payment.id, amount=payment.amount
    )
    session.add(exception)
    return exception


def _refund(session: Session, exception: ReconciliationException, manager: Actor, amount: int) -> Refund:
    resolution = Resolution(
        id=new_id(),
        exception_id=exception.id,
        action=ResolutionAction.REFUND,
        status=ResolutionStatus.DONE,
        reason="Trả nhầm",
        amount=amount,
        needs_approval=False,
        decided_by=manager.user_id,
    )
    session.add(resolution)
    session.flush()
    return Refund(
        resolution_id=resolution.id,
        payment_id=exception.payment_id,
        source=RefundSource.SUSPENSE,
        amount=amount,
        status=RefundStatus.WAITING,
        idempotency_key=str(resolution.id),
        **TYPED,
    )
