"""A stall whose seller leaves: its number is free, nothing new begins there, and nothing that is under way is lost."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Conflict, Forbidden, InvalidInput, NotFound
from core.ids import new_id
from models import AuditEntry, Market, OutboxEvent, Payment, PaymentRequest, PaymentStatus, Stall
from services.access import Actor, actor_of
from services.cash_notes import note_cash, void_cash_note
from services.markets import set_stall_channel
from services.open_stalls import StallNotOpen
from services.payment_requests import create_payment_request
from services.queries.day_closes import day_figures
from services.queries.lists import list_sellers, list_stalls
from services.queries.markets import get_managed_channel
from services.queries.reports import GroupBy, payments_report
from services.queries.shop import get_shop, list_paying_stalls
from services.queries.stalls import StallStatus, list_market_stalls, list_paid_though_closed
from services.shop_orders import ShopPayment, Wanted, place_order
from services.stall_cards import get_card, list_cards
from services.stall_closing import close_stall, number_taken, reopen_stall
from tests import builders
from tests.integration.services.closing import TODAY, YESTERDAY, closed, stood_for
from tests.integration.services.statement_files import import_rows, row, statement_file, upload
from tests.integration.shop.conftest import offer


@pytest.fixture
def manager(session: Session, market: Market) -> Actor:
    return actor_of(builders.make_manager(session, market))


@pytest.fixture
def holder(session: Session, stall: Stall) -> Actor:
    return actor_of(builders.make_stallholder(session, stall))


def told(session: Session, action: str) -> list[object]:
    events = select(OutboxEvent.payload["closed_on"]).where(OutboxEvent.type == f"{action}.v1")
    entries = select(AuditEntry).where(AuditEntry.action == action)
    assert len(session.scalars(entries).all()) == len(session.scalars(events).all())
    return list(session.scalars(events))


def test_its_number_is_given_to_the_next(
    session: Session, market: Market, stall: Stall, manager: Actor
) -> None:
    close_stall(session, manager, stall.id)
    assert number_taken(session, stall) is None
    following = builders.make_stall(session, market, number=stall.number)
    assert (stall.closed_on, following.closed_on) == (TODAY, None)
    assert number_taken(session, stall) is following
    with pytest.raises(InvalidInput) as refusal:
        builders.make_stall(session, market, number=stall.number)
    assert list(refusal.value.errors) == ["number"]


def test_closed_and_opened_again_twice_is_once(session: Session, stall: Stall, manager: Actor) -> None:
    stood_for(session, stall)
    for day in (YESTERDAY, TODAY):
        assert close_stall(session, manager, stall.id, day).closed_on == YESTERDAY
    assert told(session, "stall.closed") == [YESTERDAY.isoformat()]
    for _ in range(2):
        assert reopen_stall(session, manager, stall.id).closed_on is None
    assert told(session, "stall.reopened") == [None]
    assert create_payment_request(session, manager, stall_id=stall.id, amount=5_000)[1]


def test_it_is_not_opened_again_once_its_number_is_anothers(
    session: Session, market: Market, stall: Stall, manager: Actor
) -> None:
    closed(session, stall)
    following = builders.make_stall(session, market, number=stall.number)
    with pytest.raises(Conflict, match="đã giao cho người khác"):
        reopen_stall(session, manager, stall.id)
    session.rollback()
    closed(session, following)
    assert reopen_stall(session, manager, stall.id).closed_on is None


def test_last_day_is_one_on_which_it_was_open(session: Session, stall: Stall, manager: Actor) -> None:
    stood_for(session, stall, days=3)
    for wrong in (TODAY + timedelta(days=1), TODAY - timedelta(days=4)):
        with pytest.raises(InvalidInput) as refusal:
            close_stall(session, manager, stall.id, wrong)
        assert list(refusal.value.errors) == ["closed_on"]
    assert close_stall(session, manager, stall.id, TODAY - timedelta(days=3)).closed_on


def test_only_its_markets_manager_closes_it(session: Session, stall: Stall, holder: Actor) -> None:
    clerk = actor_of(builders.make_clerk(session))
    stranger = actor_of(builders.make_manager(session, builders.make_market(session)))
    for act in (close_stall, reopen_stall):
        for actor, refusal in ((holder, Forbidden), (clerk, Forbidden), (stranger, NotFound)):
            with pytest.raises(refusal):
                act(session, actor, stall.id)


def test_nothing_new_begins_there(session: Session, stall: Stall, manager: Actor, holder: Actor) -> None:
    asked = new_id()
    create_payment_request(session, holder, id=asked, stall_id=stall.id, amount=5_000)
    noted, _ = note_cash(session, holder, stall.id, 10_000)
    closed(session, stall)
    said = f"Quầy {stall.number} đã đóng ngày {TODAY:%d/%m/%Y}"
    for act in (
        lambda: create_payment_request(session, holder, stall_id=stall.id, amount=5_000),
        lambda: note_cash(session, holder, stall.id, 5_000),
        lambda: set_stall_channel(session, manager, stall.id, None),
        lambda: get_card(session, manager, stall.id),
    ):
        with pytest.raises(StallNotOpen) as refusal:
            act()
        assert refusal.value.detail == said
    again, new = create_payment_request(session, holder, id=asked, stall_id=stall.id, amount=5_000)
    assert (again.id, new) == (asked, False)
    assert void_cash_note(session, holder, noted.id).voided_at


def test_cash_of_its_days_that_was_noted_offline_is_taken(
    session: Session, stall: Stall, holder: Actor
) -> None:
    closed(session, stall, YESTERDAY)
    noted, _ = note_cash(session, holder, stall.id, 5_000, occurred_at=now() - timedelta(days=1))
    assert noted.business_day == YESTERDAY
    with pytest.raises(StallNotOpen):
        note_cash(session, holder, stall.id, 5_000, occurred_at=now())


def test_open_request_is_paid_and_in_the_days_figures(
    session: Session, market: Market, stall: Stall, manager: Actor, request_: PaymentRequest
) -> None:
    closed(session, stall, YESTERDAY)
    builders.make_payment(session, request_)
    session.refresh(request_)
    assert request_.status is PaymentStatus.PAID
    (shown,) = day_figures(session, manager, market.id, TODAY).stalls
    assert (shown.key, shown.cashless) == (str(stall.id), 50_000)


def test_money_by_its_old_qr_is_taken_in_and_the_market_is_told(
    session: Session, market: Market, stall: Stall, manager: Actor
) -> None:
    quiet = closed(session, builders.make_stall(session, market), YESTERDAY)
    closed(session, stall, YESTERDAY)
    following = builders.make_stall(session, market, number=stall.number)
    import_rows(session, stall, row(stall.reference, 15_000), row(stall.reference, 5_000))
    payments = session.scalars(select(Payment)).all()
    assert {payment.stall_id for payment in payments} == {stall.id}
    report = payments_report(session, manager, market.id, TODAY, TODAY, GroupBy.STALL)
    assert {row.key: row.cashless for row in report.rows} == {str(stall.id): 20_000, str(following.id): 0}
    assert report.totals.stalls_total == 1
    (found,) = list_paid_though_closed(session, manager, market.id)
    assert (found.stall.id, found.payments, found.amount, found.last_day) == (stall.id, 2, 20_000, TODAY)
    assert quiet.closed_on


def test_of_money_that_it_shares_with_an_open_stall_its_part_is_told(
    session: Session, market: Market, stall: Stall, manager: Actor, request_: PaymentRequest
) -> None:
    beside = builders.make_stall(session, market, stall.seller)
    other = builders.make_payment_request(session, beside, amount=20_000)
    closed(session, stall, YESTERDAY)
    import_rows(session, stall, row(f"{request_.reference} {other.reference}", 70_000))
    (found,) = list_paid_though_closed(session, manager, market.id)
    assert (found.stall.id, found.payments, found.amount) == (stall.id, 1, 50_000)


def test_on_its_last_day_money_is_nothing_unusual(
    session: Session, market: Market, stall: Stall, manager: Actor, request_: PaymentRequest
) -> None:
    closed(session, stall)
    builders.make_payment(session, request_)
    assert list_paid_though_closed(session, manager, market.id) == []


@pytest.mark.parametrize("group", [GroupBy.STALL, GroupBy.ROW, GroupBy.CHANNEL])
def test_reports_count_and_show_what_was_open_in_the_time(
    session: Session, market: Market, stall: Stall, manager: Actor, group: GroupBy
) -> None:
    gone = builders.make_stall(session, market, row="Dãy B")
    closed(session, gone, YESTERDAY)
    stood_for(session, stall)
    builders.make_stall(session, market, row="Dãy C")
    expected = {YESTERDAY - timedelta(days=1): 2, YESTERDAY: 2, TODAY: 2, TODAY - timedelta(days=101): 0}
    for day, count in expected.items():
        report = payments_report(session, manager, market.id, day, day, group)
        assert (report.totals.stalls_total, len(report.rows)) == (count, count), day
    whole = payments_report(session, manager, market.id, YESTERDAY, TODAY, group)
    assert (whole.totals.stalls_total, len(whole.rows)) == (3, 3)


def test_lists_show_the_open_ones_unless_asked(
    session: Session, market: Market, stall: Stall, manager: Actor
) -> None:
    closed(session, stall)
    following = builders.make_stall(session, market, number=stall.number)
    wanted = {
        StallStatus.OPEN: {following.id},
        StallStatus.CLOSED: {stall.id},
        StallStatus.ALL: {stall.id, following.id},
    }
    for status, ids in wanted.items():
        shown, _ = list_market_stalls(session, manager, market.id, status=status)
        assert {one.id for one in shown} == ids
        found = list_stalls(session, manager, market_id=market.id, status=status, q=stall.number)
        assert {one.id for one in found.items} == ids
    assert {one.id for one in list_stalls(session, manager).items} == {following.id}
    sellers = list_sellers(session, manager, market_id=market.id).items
    assert [seller.id for seller in sellers] == [following.seller_id]
    assert [card.reference for card in list_cards(session, manager, market.id)] == [following.reference]


def test_shop_goes_on_without_the_stall(session: Session, stall: Stall) -> None:
    product = builders.make_product(session, stall.seller)
    listing = offer(session, product, stock=3)
    buyer = {"name": "Đỗ Thị Khách", "phone": "+84912345678", "address": "12 phố Thử", "id": new_id()}
    closed(session, stall)
    shop = get_shop(session, stall.seller.code)
    assert (shop.stalls, list_paying_stalls(session, shop)) == ([], [])
    with pytest.raises(InvalidInput) as refusal:
        place_order(session, lines=[Wanted(listing.sku, 1)], payment=ShopPayment.TRANSFER, **buyer)
    assert list(refusal.value.errors) == ["payment"]
    order, _ = place_order(session, lines=[Wanted(listing.sku, 1)], **buyer)
    assert order.seller_id == stall.seller_id


def test_former_manager_changes_no_keys_and_what_nobody_asked_for_goes_to_the_new_market(
    session: Session, market: Market, stall: Stall, manager: Actor
) -> None:
    elsewhere = builders.make_market(session)
    own = stall.payout_account
    account = builders.payout_account(bin=own.bin, account_number=own.account_number)
    builders.make_stall(session, elsewhere, stall.seller, payout_account=account)
    assert get_managed_channel(session, manager, stall.channel_id)
    closed(session, stall)
    with pytest.raises((NotFound, Forbidden)):
        get_managed_channel(session, manager, stall.channel_id)
    told = upload(session, stall, statement_file([row("khong ro")]), by_channel=True)
    assert told.market_id == elsewhere.id
