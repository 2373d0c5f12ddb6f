"""What floors paid out: stored once, shared out to the sellers, kept aside where it cannot be, and in the revenue book
in the place of what the order said."""

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.clock import business_day, now
from core.revenue_books import BookForm, RevenueBook
from core.revenue_pdf import revenue_pdf
from core.revenue_xlsx import revenue_xlsx
from gateways.ports import OrderStatus as Told
from gateways.settlements import SettledAmounts, SettlementKind, SettlementPage
from models import (
    FloorCursor,
    FloorSettlement,
    Listing,
    Order,
    PollSubject,
    SettlementProblem,
    SettlementShare,
    Stall,
)
from services.access import Actor, actor_of
from services.floor_orders import take_orders
from services.queries.revenue_books import open_revenue_book
from services.queries.settlements import (
    LATE,
    add_up,
    count_owed,
    list_aside,
    list_owed,
    list_shares,
    sum_by_floor,
)
from services.settlements import take_settlements
from tests import builders
from tests.builders import anybody, floor_order, page_of, settle, settlement

THIS_MONTH = f"{business_day(now()):%Y-%m}"


@pytest.fixture
def stall(session: Session) -> Stall:
    return builders.make_stall(session)


@pytest.fixture
def listing(session: Session, stall: Stall) -> Listing:
    product = builders.make_product(session, stall.seller)
    return builders.make_approved_listing(session, product, stock=50, price=50_000)


@pytest.fixture
def holder(session: Session, stall: Stall) -> Actor:
    return actor_of(builders.make_stallholder(session, stall))


def delivered(session: Session, listing: Listing, quantity: int = 2, **facts: object) -> Order:
    facts = {"status": Told.DELIVERED, "paid": True, **facts}
    return builders.make_order(session, listing, quantity, marketplace="shopee", **facts)


def shares(session: Session) -> list[SettlementShare]:
    session.expire_all()
    return list(session.scalars(select(SettlementShare).order_by(SettlementShare.settled_at)))


def book(session: Session, holder: Actor, stall: Stall, form: BookForm = BookForm.PERCENTAGE) -> RevenueBook:
    session.expire_all()
    return open_revenue_book(session, holder, stall.seller_id, form=form).book


# Stored


def test_an_order_knows_what_its_floor_paid(session: Session, listing: Listing) -> None:
    order = delivered(session, listing)
    settle(session, settlement(order))
    found = session.get_one(Order, order.id)
    (share,) = found.settlements
    assert (share.gross, share.fees, share.withheld, share.net) == (100_000, 5_000, 1_500, 93_500)
    assert (share.vat, share.pit, share.settlement.problem) == (1_000, 500, None)
    cursor = session.get_one(FloorCursor, ("shopee", PollSubject.SETTLEMENTS))
    assert cursor.cursor == "1"


def test_the_same_page_twice_changes_nothing(session: Session, listing: Listing) -> None:
    told = settlement(delivered(session, listing))
    page = SettlementPage((told, told), "7", False)
    assert take_settlements(session, "shopee", page) == 1
    session.commit()
    assert take_settlements(session, "shopee", page) == 0
    session.commit()
    assert (len(shares(session)), session.scalar(select(func.count(FloorSettlement.id)))) == (1, 1)


def test_one_number_on_two_floors_is_two_settlements(session: Session, listing: Listing) -> None:
    told = settlement(delivered(session, listing))
    settle(session, told)
    settle(session, told, marketplace="tiktok")
    assert session.scalar(select(func.count(FloorSettlement.id))) == 2
    assert len(shares(session)) == 1, "the order is Shopee's"


def test_two_readers_at_once_store_everything_once(
    engine: Engine, session: Session, listing: Listing
) -> None:
    told = tuple(settlement(delivered(session, listing, 1)) for _ in range(5))

    def read(_: int) -> None:
        with Session(engine) as own:
            take_settlements(own, "shopee", SettlementPage(told, "1", False))
            own.commit()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(read, range(4)))
    assert len(shares(session)) == 5


def test_what_was_told_first_stays(session: Session, listing: Listing) -> None:
    told = settlement(delivered(session, listing))
    settle(session, told)
    settle(session, replace(told, amounts=SettledAmounts(1, 0, 0, 1)))
    assert [share.net for share in shares(session)] == [93_500]


def test_an_order_that_comes_to_be_known_later_gets_its_share(session: Session, listing: Listing) -> None:
    early = floor_order((listing, 2), status=Told.DELIVERED)
    settle(session, replace(settlement(gross=100_000), order_id=early.external_id))
    assert shares(session) == []
    take_orders(session, "shopee", page_of(early))
    session.commit()
    assert [share.net for share in shares(session)] == [93_500]


def test_orders_and_settlements_that_are_read_at_once_find_each_other(
    engine: Engine, session: Session, listing: Listing
) -> None:
    early = [floor_order((listing, 1), status=Told.DELIVERED) for _ in range(8)]
    told = [replace(settlement(gross=50_000), order_id=order.external_id) for order in early]

    def orders(at: int) -> None:
        with Session(engine) as own:
            take_orders(own, "shopee", page_of(early[at]))
            own.commit()

    def settlements(at: int) -> None:
        with Session(engine) as own:
            take_settlements(own, "shopee", SettlementPage((told[at],), str(at), False))
            own.commit()

    with ThreadPoolExecutor(4) as pool:
        for at in range(8):
            both = [pool.submit(orders, at), pool.submit(settlements, at)]
            [one.result() for one in both]
    assert len(shares(session)) == 8


def test_sellers_of_one_order_share_it_to_the_last_dong(session: Session, listing: Listing) -> None:
    others = builders.make_approved_listing(session, stock=9, price=33_333)
    told = floor_order((listing, 1), (others, 2), status=Told.DELIVERED)
    take_orders(session, "shopee", page_of(told))
    session.commit()
    settle(session, replace(settlement(gross=116_666), order_id=told.external_id))
    own, other = shares(session)
    for name in ("gross", "fees", "withheld", "vat", "pit", "net"):
        whole = getattr(session.scalars(select(FloorSettlement)).one(), name)
        assert getattr(own, name) + getattr(other, name) == whole
    assert {own.gross, other.gross} == {50_000, 66_666}


def test_goods_that_are_nobodys_here_take_their_share_with_them(session: Session, listing: Listing) -> None:
    told = floor_order((listing, 1), status=Told.DELIVERED)
    foreign = replace(told.lines[0], sku="OF-SOMEBODY", price=150_000)
    mixed = replace(told, lines=(*told.lines, foreign), total=200_000)
    take_orders(session, "shopee", page_of(mixed))
    session.commit()
    settle(session, replace(settlement(gross=200_000), order_id=told.external_id))
    (share,) = shares(session)
    assert (share.gross, share.net) == (50_000, 46_750)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"currency": "USD"}, SettlementProblem.FOREIGN_CURRENCY),
        ({"currency": ""}, SettlementProblem.FOREIGN_CURRENCY),
        ({"amounts": None}, SettlementProblem.NOT_WHOLE),
        ({"amounts": SettledAmounts(100_000, 5_000, 1_500, 93_501)}, SettlementProblem.SUMS),
        ({"amounts": SettledAmounts(100_000, 5_000, 1_500, 93_500, 1_000, 400)}, SettlementProblem.SUMS),
    ],
)
def test_what_cannot_be_is_kept_aside_and_counts_nowhere(
    session: Session,
    listing: Listing,
    stall: Stall,
    holder: Actor,
    changes: dict[str, object],
    problem: SettlementProblem,
) -> None:
    order = delivered(session, listing, withheld=777)
    told = settlement(order, **changes)
    settle(session, told)
    (kept,) = list_aside(session, holder, THIS_MONTH)
    assert (kept.problem, kept.order_number, shares(session)) == (problem, order.external_id, [])
    assert sum_by_floor(session, holder, THIS_MONTH) == []
    assert book(session, holder, stall).total.withheld == 777
    settle(session, replace(settlement(order), external_id=told.external_id))
    assert [share.net for share in shares(session)] == [93_500], "the floor has mended it"
    assert list_aside(session, holder, THIS_MONTH) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"external_id": " "},
        {"external_id": "a\0"},
        {"settled_at": now().replace(tzinfo=None)},
        {"amounts": SettledAmounts(10**14, 0, 0, 10**14)},
    ],
)
def test_what_no_table_holds_keeps_nothing_else_out(
    session: Session, listing: Listing, changes: dict[str, object]
) -> None:
    good, bad = (settlement(delivered(session, listing, 1)) for _ in range(2))
    settle(session, replace(bad, **changes), good)
    assert [row.external_id for row in session.scalars(select(FloorSettlement))] == [good.external_id]


def test_a_settlement_of_somebody_elses_order_is_kept_for_administrators(
    session: Session, listing: Listing, holder: Actor
) -> None:
    settle(session, replace(settlement(), order_id="NOT-OURS"), settlement())
    assert shares(session) == []
    assert list_aside(session, holder, THIS_MONTH) == []
    seen = list_aside(session, anybody(session), THIS_MONTH)
    assert {one.order_number for one in seen} == {"NOT-OURS", None}
    assert {one.problem for one in seen} == {None}


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("UPDATE floor_settlements SET net = net + 1", "ck_floor_settlements_adds_up"),
        ("UPDATE floor_settlements SET currency = 'USD'", "ck_floor_settlements_adds_up"),
        ("UPDATE floor_settlements SET vat = vat + 1", "ck_floor_settlements_taxes_are_withheld"),
        (
            "UPDATE floor_settlements SET net = NULL, problem = 'sums'",
            "ck_floor_settlements_amounts_together",
        ),
        (
            "UPDATE floor_settlements SET gross = 99999999999999, problem = 'sums'",
            "ck_floor_settlements_within_reason",
        ),
        ("UPDATE floor_settlements SET kind = 'gift'", "ck_floor_settlements_kind_known"),
        ("UPDATE settlement_shares SET fees = fees + 1", "ck_settlement_shares_adds_up"),
        ("UPDATE orders SET floor_total = total - 1", "ck_orders_total_within_floors"),
    ],
)
def test_the_database_refuses_sums_that_do_not_add_up(
    session: Session, listing: Listing, change: str, rule: str
) -> None:
    settle(session, settlement(delivered(session, listing)))
    with pytest.raises(DBAPIError, match=rule):
        session.execute(text(change))


# In the revenue book


def test_the_book_takes_the_tax_that_was_settled_and_never_both(
    session: Session, listing: Listing, stall: Stall, holder: Actor
) -> None:
    paid, open_ = delivered(session, listing, withheld=1_400), delivered(session, listing, withheld=900)
    assert book(session, holder, stall).total.withheld == 2_300
    settle(session, settlement(paid))
    for form in BookForm:
        written = book(session, holder, stall, form)
        (day,) = written.days
        assert (day.ordered, day.withheld, day.orders) == (200_000, 1_500 + 900, 2)
        rows = load_workbook(io.BytesIO(revenue_xlsx(written))).worksheets[0].values
        assert [row[-1] for row in rows if row[0] and row[1] and row[1].startswith("Bán hàng")] == [2_400]
        assert revenue_pdf(written).startswith(b"%PDF")
    settle(session, settlement(open_, amounts=SettledAmounts(100_000, 6_500, 0, 93_500, 0, 0)))
    assert book(session, holder, stall).total.withheld == 1_500, (
        "the settlement says that nothing was withheld"
    )


def test_tax_that_is_given_back_later_is_in_the_same_sum(
    session: Session, listing: Listing, stall: Stall, holder: Actor
) -> None:
    order = delivered(session, listing)
    back = settlement(
        order,
        kind=SettlementKind.ADJUSTMENT,
        amounts=SettledAmounts(-40_000, 0, -600, -39_400, -400, -200),
    )
    settle(session, back)
    assert book(session, holder, stall).total.withheld == 0, (
        "an adjustment alone says nothing of the order's tax"
    )
    settle(session, settlement(order))
    assert book(session, holder, stall).total.withheld == 900
    whole = add_up(session.get_one(Order, order.id).settlements)
    assert whole
    assert (whole.net, whole.withheld, whole.vat, whole.pit) == (54_100, 900, 600, 300)


def test_an_order_that_comes_back_takes_its_settled_tax_out_again(
    session: Session, listing: Listing, stall: Stall, holder: Actor
) -> None:
    told = floor_order((listing, 2), status=Told.DELIVERED, withheld=1_400)
    take_orders(session, "shopee", page_of(told))
    session.commit()
    order = session.scalars(select(Order)).one()
    settle(session, settlement(order))
    session.execute(text("UPDATE orders SET earned_on = earned_on - 1"))
    session.commit()
    take_orders(session, "shopee", page_of(replace(told, status=Told.CANCELLED)))
    session.commit()
    today = business_day(now())
    years = {today.year, (today - timedelta(days=1)).year}
    lines = [
        day
        for year in years
        for day in open_revenue_book(session, holder, stall.seller_id, year, BookForm.NOT_TAXED).book.days
    ]
    assert [(day.ordered, day.withheld) for day in lines] == [(100_000, 1_500), (-100_000, -1_500)]


# Looked at


def test_a_month_is_summed_by_floor_within_ones_sight(
    session: Session, listing: Listing, holder: Actor
) -> None:
    others = builders.make_approved_listing(session, stock=9)
    order, theirs = delivered(session, listing), delivered(session, others)
    elsewhere = builders.make_order(session, listing, 1, marketplace="tiktok", status=Told.DELIVERED)
    last_month = now().replace(day=1) - timedelta(days=3)
    settle(session, settlement(order), settlement(theirs), settlement(order, settled_at=last_month))
    settle(session, settlement(elsewhere), marketplace="tiktok")
    sums = {one.marketplace: (one.count, one.sums.net) for one in sum_by_floor(session, holder, THIS_MONTH)}
    assert sums == {"shopee": (1, 93_500), "tiktok": (1, 46_750)}
    listed = list_shares(session, holder, THIS_MONTH)
    assert {share.order.seller_id for share in listed.items} == {order.seller_id}
    only = list_shares(session, holder, THIS_MONTH, marketplace="tiktok").items
    assert [share.order_id for share in only] == [elsewhere.id]
    first = list_shares(session, holder, THIS_MONTH, limit=1)
    second = list_shares(session, holder, THIS_MONTH, limit=1, cursor=first.next_cursor)
    assert {first.items[0].id, second.items[0].id} == {share.id for share in listed.items}
    assert len(list_shares(session, anybody(session), THIS_MONTH).items) == 3


def test_orders_that_are_long_delivered_and_not_settled_are_owed(
    session: Session, listing: Listing, holder: Actor
) -> None:
    settled, owed, fresh, before = (delivered(session, listing, 1) for _ in range(4))
    other_floor = builders.make_order(session, listing, 1, marketplace="vendure", status=Told.DELIVERED)
    settle(session, settlement(settled))
    ages = {settled: 20, owed: 20, fresh: LATE.days - 1, before: 120, other_floor: 20}
    for order, days in ages.items():
        order.closed_at = now() - timedelta(days=days)
    session.commit()
    assert [order.id for order in list_owed(session, holder)] == [owed.id]
    assert count_owed(session, holder) == 1
    assert list_owed(session, holder, seller_id=builders.make_seller(session).id) == []
    settle(session, replace(settlement(owed), kind=SettlementKind.ADJUSTMENT))
    assert [order.id for order in list_owed(session, holder)] == [owed.id], "an adjustment pays no order"
