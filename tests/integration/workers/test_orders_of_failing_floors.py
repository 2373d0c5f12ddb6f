"""Orders of a floor that is down, throttles or shuts us out wait, and go on when it is back."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateways.errors import GatewayError, GatewayThrottled, GatewayUnavailable
from gateways.marketplaces.sessions import LeaveRevoked
from models import FloorAccount, FloorCursor, Listing, Order, OrderStatus, StrayOrder, StrayReason, StrayState
from services import floor_accounts, orders
from services.floor_accounts import SHUT
from services.floor_orders import READINGS
from tests.builders import anybody, floor_order, make_approved_listing
from tests.integration.workers.harness import carry, pass_time
from tests.integration.workers.test_failing_floors import wake
from tests.integration.workers.test_floor_orders import Desk
from workers import floors, runtime
from workers.jobs import maintenance


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    made = Desk()
    monkeypatch.setattr(floors, "order_desk", lambda _: made)
    monkeypatch.setattr(maintenance, "floors_with_orders", lambda: ["vendure"])
    return made


@pytest.fixture
def listing(session: Session, disconnect: Callable[..., None]) -> Listing:
    """Its floor is spoken to of orders only."""
    made = make_approved_listing(session, stock=10)
    disconnect("vendure")
    return made


def only_order(session: Session) -> Order:
    session.rollback()
    session.expire_all()
    return session.scalars(select(Order)).one()


def poll(session: Session) -> None:
    maintenance.ask_floors_for_orders()
    carry()
    session.rollback()
    session.expire_all()


@pytest.mark.parametrize(
    ("trouble", "code"), [(LeaveRevoked("revoked"), SHUT.code), (GatewayThrottled("429", 90), "unavailable")]
)
def test_orders_wait_for_a_floor_that_is_left_alone_and_go_on_when_it_is_back(
    session: Session, desk: Desk, listing: Listing, trouble: GatewayError, code: str
) -> None:
    desk.orders = [floor_order((listing, 4))]
    poll(session)
    orders.confirm_order(session, anybody(session), only_order(session).id)
    session.commit()
    desk.answers = [trouble]
    carry()
    waiting = only_order(session)
    assert (waiting.problems[0]["code"], waiting.floor_refused) == (code, False)
    assert waiting.next_attempt_at
    asked = len(desk.asked)
    desk.orders.append(floor_order((listing, 1)))
    pass_time(session, 60)
    poll(session)
    assert (len(desk.told), len(desk.asked)) == (1, asked), "nobody calls meanwhile"
    floor_accounts.connect(session, "vendure")
    session.commit()
    carry()
    poll(session)
    first, second = session.scalars(select(Order).order_by(Order.placed_at)).all()
    known = {one.external_id: (one.floor_status, one.problems) for one in (first, second)}
    assert known[waiting.external_id] == (OrderStatus.CONFIRMED, [])
    assert [words[0] for words in desk.told] == ["confirm", "confirm"]


def test_an_order_that_cannot_be_read_is_kept_aside_and_keeps_no_other_out(
    session: Session, desk: Desk, listing: Listing
) -> None:
    """A floor may be at fault for a moment, so that it is asked a few times."""
    desk.orders = [floor_order((listing, 4)), floor_order((listing, 1)), floor_order((listing, 2))]
    desk.unread = [desk.orders[0].external_id]
    for _ in range(READINGS + 1):
        poll(session)
        pass_time(session, 600)
    assert desk.asked == [*[None] * (READINGS + 1), "2", "3"]
    assert len(session.scalars(select(Order)).all()) == 2
    stray = session.scalars(select(StrayOrder)).one()
    assert (stray.external_id, stray.reason) == (desk.unread[0], StrayReason.UNREADABLE)
    assert stray.state is StrayState.WAITING
    account = session.get(FloorAccount, "vendure")
    assert account is None or account.failures == 0, "nothing else waits for it"


def test_a_page_of_which_nothing_can_be_read_is_no_orders_fault(
    session: Session, desk: Desk, listing: Listing
) -> None:
    desk.orders = [floor_order((listing, 4)), floor_order((listing, 1))]
    desk.unread = [order.external_id for order in desk.orders]
    for _ in range(READINGS + 3):
        poll(session)
        pass_time(session, 600)
    assert set(desk.asked) == {None}
    assert session.scalars(select(FloorCursor.problem)).one()
    desk.unread = []
    poll(session)
    assert len(session.scalars(select(Order)).all()) == 2
    assert session.scalars(select(FloorCursor.problem)).one() is None
    assert session.scalars(select(StrayOrder)).all() == []


def test_a_floor_that_never_answers_is_told_without_end(
    session: Session, desk: Desk, listing: Listing
) -> None:
    desk.orders = [floor_order((listing, 4))]
    poll(session)
    orders.confirm_order(session, anybody(session), only_order(session).id)
    session.commit()
    desk.answers = [GatewayUnavailable("HTTP 500") for _ in range(runtime.MOST_ATTEMPTS + 2)]
    for _ in range(runtime.MOST_ATTEMPTS + 2):
        carry()
        pass_time(session, 1_200)
        wake(session)
    assert only_order(session).next_attempt_at
    carry()
    assert only_order(session).floor_status is OrderStatus.CONFIRMED
