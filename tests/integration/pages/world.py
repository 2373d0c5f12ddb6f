"""A small market with everybody in it, for tests that go from page to page."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import business_day, now
from core.ids import new_id
from core.periods import month_of
from models import (
    CollectionChannel,
    DateFormat,
    FeeInvoice,
    FeeKind,
    FeePayment,
    Household,
    Listing,
    Lot,
    Market,
    Order,
    Payment,
    PaymentRequest,
    Photo,
    Product,
    ReconciliationException,
    Resolution,
    ResolutionAction,
    Seller,
    Stall,
    Statement,
    StatementMapping,
    StrayOrder,
    User,
)
from services import fee_payments, fee_tariffs, fees, resolutions
from services.resolution_plans import Wish
from services.statements import mappings, uploading
from tests import builders
from tests.integration.shop.conftest import store_photo


@dataclass(frozen=True)
class World:
    """One of each, and `others`: the same people of another place."""

    household: Household
    seller: Seller
    market: Market
    stall: Stall
    request: PaymentRequest
    payment: Payment
    product: Product
    photo: Photo
    lot: Lot
    listing: Listing
    order: Order
    stray: StrayOrder
    fee: FeeInvoice
    cash: FeePayment
    exception: ReconciliationException
    resolution: Resolution
    statement: Statement
    unmapped: Statement
    mapping: StatementMapping
    channel: CollectionChannel
    people: dict[str, User]
    others: dict[str, User]

    def fill(self, path: str) -> str:
        return path.format(
            household=self.household.id,
            seller=self.seller.id,
            province=builders.LAO_CAI,
            market=self.market.id,
            collector=self.channel.kind,
            stall=self.stall.id,
            account=self.people["seller"].id,
            request=self.request.id,
            payment=self.payment.id,
            product=self.product.id,
            photo=self.photo.id,
            lot=self.lot.id,
            listing=self.listing.id,
            order=self.order.id,
            stray=self.stray.id,
            fee=self.fee.id,
            cash=self.cash.id,
            exception=self.exception.id,
            resolution=self.resolution.id,
            statement=self.statement.id,
            unmapped=self.unmapped.id,
            mapping=self.mapping.id,
            floor="postmart",
            tree_floor="shopee",
            goods="tea",
            channel=self.channel.id,
            direct=self.stall.channel_id,
        )


def make_world(session: Session) -> World:
    household = builders.make_household(session)
    seller = builders.make_seller(session, household_id=household.id)
    market = builders.make_market(session)
    stall = builders.make_stall(session, market, seller)
    product = builders.make_product(session, seller)
    listing = builders.make_listing(session, product)
    fee, cash = _fee(session, market)
    exception, resolution = _exception(session, market)
    unmapped, mapping = _described(session, stall)
    elsewhere = builders.make_market(session, commune_code=builders.SA_PA)
    other_stall = builders.make_stall(
        session, elsewhere, builders.make_seller(session, commune_code=builders.SA_PA)
    )
    return World(
        household=household,
        seller=seller,
        market=market,
        stall=stall,
        request=builders.make_payment_request(session, stall),
        payment=builders.make_payment(session, builders.make_payment_request(session, stall)),
        product=product,
        photo=store_photo(session, product),
        lot=builders.make_lot(session, product),
        listing=listing,
        order=builders.make_order(session, listing),
        stray=builders.make_stray(session),
        fee=fee,
        cash=cash,
        exception=exception,
        resolution=resolution,
        statement=_statement(session, stall),
        unmapped=unmapped,
        mapping=mapping,
        channel=builders.make_payos_channel(session, market),
        people={
            "clerk": builders.make_clerk(session),
            "stallholder": builders.make_stallholder(session, stall),
            "seller": builders.make_seller_account(session, seller),
            "manager": builders.make_manager(session, market),
            "officer": builders.make_officer(session),
            "administrator": builders.make_administrator(session),
        },
        others={
            "clerk": builders.make_clerk(session, builders.SA_PA),
            "stallholder": builders.make_stallholder(session, other_stall),
            "seller": builders.make_seller_account(session, other_stall.seller),
            "manager": builders.make_manager(session, elsewhere),
            "officer": builders.make_officer(session, "01"),
        },
    )


def _fee(session: Session, market: Market) -> tuple[FeeInvoice, FeePayment]:
    """This month's fee of the market's stall, a part of it paid in cash."""
    actor, today = builders.anybody(session), business_day(now())
    rate = {"kind": FeeKind.STALL_MONTH, "rate": 90_000, "valid_from": today.replace(day=1)}
    fee_tariffs.set_tariff(session, actor, market_id=market.id, **rate)
    fees.issue_invoices(session, actor, market.id, month_of(today))
    fee = session.scalars(select(FeeInvoice).where(FeeInvoice.market_id == market.id)).one()
    fee_payments.note_cash(session, actor, fee.id, id=new_id(), amount=30_000)
    session.commit()
    return fee, session.scalars(select(FeePayment).where(FeePayment.invoice_id == fee.id)).one()


def _exception(session: Session, market: Market) -> tuple[ReconciliationException, Resolution]:
    """Money that nothing asked for, and what was decided about it."""
    orphan = builders.make_orphan(session, builders.make_payos_channel(session, market))
    query = select(ReconciliationException).where(ReconciliationException.payment_id == orphan.id)
    exception, wish = session.scalars(query).one(), Wish(ResolutionAction.IGNORE)
    resolution = resolutions.resolve(session, builders.anybody(session), exception.id, wish, "Đã hỏi khách")
    session.commit()
    return exception, resolution


def _described(session: Session, stall: Stall) -> tuple[Statement, StatementMapping]:
    """A file that waits for its description, and the description of another."""
    actor = builders.anybody(session)
    stored = []
    for header in ("Posting day;Movement;Story", "Day of posting;Movement;Story"):
        statement, _ = uploading.upload_statement(
            session,
            actor,
            content=f"{header}\n02-11-2026;1000;mua rau\n".encode(),
            file_name="la.csv",
            payout_account_id=stall.payout_account_id,
        )
        stored.append(statement)
    said = {"header_row": 1, "date_at": 0, "amount_at": 1, "memo_at": 2, "date_format": DateFormat.DAY_FIRST}
    mapping, _ = mappings.save_mapping(session, actor, stored[0].id, name="La", decimal=".", **said)
    session.commit()
    return stored[1], mapping


def _statement(session: Session, stall: Stall) -> Statement:
    """Of the stall's account, not yet read."""
    content = b"Ngay GD;Ma GD;So tien;Dien giai\n02-11-2026;FT1;+1000;mua rau\n"
    statement, _ = uploading.upload_statement(
        session,
        builders.anybody(session),
        content=content,
        file_name="sao-ke.csv",
        payout_account_id=stall.payout_account_id,
    )
    session.commit()
    return statement
