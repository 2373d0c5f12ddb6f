"""Invented people and places, made by the product's own services. Each builder commits what it made.

What a test does not name is filled in; names, phones and numbers differ from call to call.
"""

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import business_day, now
from core.ids import new_id
from gateways.ports import Buyer, FloorOrder, OrderPage, OrderStatus, Transfer
from gateways.ports import OrderLine as FloorLine
from gateways.settlements import FloorSettlement, SettledAmounts, SettlementKind, SettlementPage
from models import (
    CollectionChannel,
    ConsentPurpose,
    DatedPrice,
    Household,
    Listing,
    Lot,
    Market,
    Order,
    Payment,
    PaymentRequest,
    Product,
    Role,
    Seller,
    SellerKind,
    Stall,
    StrayOrder,
    User,
)
from services import (
    accounts,
    channels,
    dated_prices,
    listings,
    lots,
    markets,
    notice_setup,
    payment_requests,
    people,
)
from services.access import Actor, actor_of
from services.floor_orders import take_orders
from services.matching import ChannelTransfer
from services.payments import settle_transfers
from services.queries.markets import stall_payload
from services.settlements import take_settlements
from services.shop_orders import Wanted, place_order

BAC_HA, BAO_NHAI, SA_PA = "02839", "02890", "03006"
LAO_CAI = "15"
BANK = "970436"
PASSWORD = "mat khau thu nghiem"
ALL_CONSENTS = tuple(ConsentPurpose)

_numbers = itertools.count(1)


def new_phone() -> str:
    """The next invented number, E.164."""
    return f"+8498{next(_numbers):07}"


def new_national_id() -> str:
    """The next invented number of a woman born in 1985 and registered in Lào Cai."""
    return f"010185{next(_numbers):06}"


def make_user(session: Session, role: Role | None = None, place_key: str = "VN", **facts: Any) -> User:
    """A person who signs in with PASSWORD (or another `password`), in `role` at `place_key` where one is given."""
    facts = {"phone": new_phone(), "name": "Lù Thị Mai"} | facts
    if "password" in facts:
        user = accounts.create_user(session, **facts)
    else:
        user = User(password_hash=_hash_of_password(), **facts)
        session.add(user)
        session.flush()
    if role:
        accounts.grant_role(session, user, role, place_key)
    session.commit()
    return user


@cache
def _hash_of_password() -> str:
    """Made once, since hashing is meant to be slow."""
    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1).hash(PASSWORD)


def grant(session: Session, user: User, role: Role, place_key: str) -> None:
    """One more role for somebody."""
    accounts.grant_role(session, user, role, place_key)
    session.commit()


def make_administrator(session: Session) -> User:
    return make_user(session, Role.ADMINISTRATOR, name="Nguyễn Văn Quản")


def make_clerk(session: Session, commune: str = BAC_HA) -> User:
    return make_user(session, Role.CLERK, commune, name="Trần Thị Bưu")


def make_manager(session: Session, market: Market) -> User:
    return make_user(session, Role.MANAGER, str(market.id), name="Phạm Văn Chợ")


def make_stallholder(session: Session, stall: Stall) -> User:
    return make_user(session, Role.STALLHOLDER, str(stall.id), name="Vàng Thị Quầy")


def make_seller_account(session: Session, seller: Seller) -> User:
    """Who enters as the seller, without a stall."""
    return make_user(session, Role.SELLER, str(seller.id), name="Lý Thị Nương")


def make_officer(session: Session, province: str = LAO_CAI) -> User:
    return make_user(session, Role.OFFICER, province, name="Hoàng Văn Tỉnh")


def anybody(session: Session) -> Actor:
    """An administrator to make things by."""
    phone = "+84989999999"
    found = session.scalar(select(User).where(User.phone == phone))
    return actor_of(found or make_user(session, Role.ADMINISTRATOR, phone=phone))


def consents(*granted: ConsentPurpose) -> list[dict[str, object]]:
    """An answer to every purpose: yes to those named, no to the others."""
    return [
        {"purpose": purpose, "granted": purpose in granted, "wording_version": people.CONSENT_WORDING}
        for purpose in ConsentPurpose
    ]


def make_household(session: Session, actor: Actor | None = None, **facts: Any) -> Household:
    """A household of Bắc Hà that agreed to everything."""
    defaults = {
        "head_name": f"Giàng Seo {next(_numbers)}",
        "national_id": new_national_id(),
        "phone": new_phone(),
        "commune_code": BAC_HA,
        "consents": consents(*ALL_CONSENTS),
    }
    household, _ = people.register_household(session, actor or anybody(session), **defaults | facts)
    session.commit()
    return household


def make_seller(session: Session, actor: Actor | None = None, **facts: Any) -> Seller:
    """A trader of Bắc Hà, or a household's seller where `household_id` is given."""
    kind = SellerKind.HOUSEHOLD if facts.get("household_id") else SellerKind.TRADER
    defaults = {
        "kind": kind,
        "name": f"Sùng Thị {next(_numbers)}",
        "phone": new_phone(),
        "commune_code": BAC_HA,
    }
    seller, _ = people.register_seller(session, actor or anybody(session), **defaults | facts)
    session.commit()
    return seller


def make_market(session: Session, **facts: Any) -> Market:
    defaults: dict[str, Any] = {"name": f"Chợ thử {next(_numbers)}", "commune_code": BAC_HA}
    market, _ = markets.open_market(session, anybody(session), **defaults | facts)
    session.commit()
    return market


def make_payos_channel(session: Session, market: Market, **facts: Any) -> CollectionChannel:
    """A payOS account with invented keys."""
    credentials = {
        "client_id": f"client-{next(_numbers)}",
        "api_key": "an-api-key",
        "checksum_keys": ["a-checksum-key"],
    }
    defaults: dict[str, Any] = {"name": "payOS", "credentials": credentials}
    channel = channels.add_channel(session, "payos", market_id=market.id, **defaults | facts)
    session.commit()
    return channel


def make_told_channel(
    session: Session,
    stall: Stall,
    provider: str = "sepay",
    secret: str = "an-invented-secret",
    **facts: Any,
) -> CollectionChannel:
    """A stall's direct channel, of whose money a provider tells."""
    channel = notice_setup.choose_provider(
        session, anybody(session), stall.channel_id, provider=provider, secret=secret, **facts
    )
    session.commit()
    return channel


def make_stall(
    session: Session, market: Market | None = None, seller: Seller | None = None, **facts: Any
) -> Stall:
    """A stall that takes payments directly, or through `channel_id` where it is given."""
    defaults: dict[str, Any] = {"number": f"A{next(_numbers)}", "payout_account": payout_account()}
    stall, _ = markets.open_stall(
        session,
        anybody(session),
        market_id=(market or make_market(session)).id,
        seller_id=(seller or make_seller(session)).id,
        **defaults | facts,
    )
    session.commit()
    return stall


def payout_account(**facts: str) -> dict[str, str]:
    number = f"1900{next(_numbers):08}"
    return {"bin": BANK, "account_number": number, "holder_name": "SUNG THI MAY"} | facts


def payload_of(stall: Stall) -> str:
    """The text of the stall's static QR."""
    return stall_payload(stall)


def make_payment_request(session: Session, stall: Stall, **facts: Any) -> PaymentRequest:
    request, _ = payment_requests.create_payment_request(
        session, anybody(session), stall_id=stall.id, **{"amount": 50_000} | facts
    )
    session.commit()
    return request


def make_payment(
    session: Session,
    request: PaymentRequest,
    amount: int | None = None,
    occurred_at: datetime | None = None,
) -> Payment:
    """Money that comes for `request`, as a channel would tell of it."""
    return _settle(session, request.channel_id, request.order_code, amount or request.amount, occurred_at)


def make_orphan(
    session: Session, channel: CollectionChannel, amount: int = 70_000, occurred_at: datetime | None = None
) -> Payment:
    """Money that nothing asked for."""
    return _settle(session, channel.id, next(_numbers), amount, occurred_at)


def _settle(
    session: Session, channel_id: UUID, order_code: int, amount: int, occurred_at: datetime | None
) -> Payment:
    reference = f"FT{next(_numbers):08}"
    transfer = Transfer(order_code, "V3CAS0001", reference, amount, occurred_at or now(), "CHUYEN TIEN")
    settle_transfers(session, [ChannelTransfer(channel_id, transfer)], cause="notice")
    session.commit()
    session.expire_all()
    return session.scalars(select(Payment).where(Payment.reference == reference)).one()


def make_product(session: Session, seller: Seller | None = None, **facts: Any) -> Product:
    defaults: dict[str, Any] = {
        "name": f"Mận tam hoa {next(_numbers)}",
        "unit": "kg",
        "description": "Mận hái buổi sáng, giòn và ngọt.",
    }
    product, _ = listings.add_product(
        session, anybody(session), seller_id=(seller or make_seller(session)).id, **defaults | facts
    )
    session.commit()
    return product


def make_lot(session: Session, product: Product, **facts: Any) -> Lot:
    """Harvested yesterday."""
    defaults: dict[str, Any] = {"harvested_on": business_day(now()) - timedelta(days=1)}
    lot, _ = lots.add_lot(session, anybody(session), product.id, **defaults | facts)
    session.commit()
    return lot


def make_listing(session: Session, product: Product | None = None, **facts: Any) -> Listing:
    """A draft for the floor `vendure`."""
    defaults: dict[str, Any] = {"price": 35_000, "stock": 40, "marketplaces": ["vendure"]}
    listing, _ = listings.draft_listing(
        session, anybody(session), product_id=(product or make_product(session)).id, **defaults | facts
    )
    session.commit()
    return listing


def make_dated_price(
    session: Session, listing: Listing, first: int = 1, last: int = 9, **facts: Any
) -> DatedPrice:
    """From `first` days after today to `last` days after, on all floors."""
    today = business_day(now())
    days = {"first_day": today + timedelta(days=first), "last_day": today + timedelta(days=last)}
    defaults: dict[str, Any] = {"price": 30_000, **days}
    dated, _ = dated_prices.add_dated_price(session, anybody(session), listing.id, **defaults | facts)
    session.commit()
    return dated


def make_approved_listing(
    session: Session, product: Product | None = None, marketplaces: Sequence[str] = ("vendure",), **facts: Any
) -> Listing:
    """One that stands, or is to stand, on its floors; our shop is none that publishes."""
    listing = make_listing(session, product, **facts)
    listings.approve_listing(session, anybody(session), listing.id)
    listing.marketplaces = list(marketplaces)
    session.commit()
    return listing


def floor_order(*lines: tuple[Listing, int], **facts: Any) -> FloorOrder:
    """An order as a floor tells it: so many of each listing, at its price."""
    number = next(_numbers)
    told = tuple(FloorLine(listing.sku, quantity, listing.price) for listing, quantity in lines)
    defaults: dict[str, Any] = {
        "external_id": f"E{number}",
        "number": f"VD{number:06}",
        "placed_at": now(),
        "status": OrderStatus.NEW,
        "lines": told,
        "total": sum(line.quantity * line.price for line in told),
        "buyer": Buyer("Đỗ Thị Khách", "0912345678", "12 phố Thử, phường Ba Đình, Hà Nội"),
        "paid": False,
    }
    return FloorOrder(**defaults | facts)


def page_of(*orders: FloorOrder, cursor: str = "1") -> OrderPage:
    return OrderPage(orders, cursor)


def make_order(
    session: Session, listing: Listing, quantity: int = 2, *, marketplace: str = "vendure", **facts: Any
) -> Order:
    """An order that a floor has told of."""
    told = floor_order((listing, quantity), **facts)
    take_orders(session, marketplace, page_of(told))
    session.commit()
    session.expire_all()
    return session.scalars(select(Order).where(Order.external_id == told.external_id)).one()


def make_stray(session: Session, *, marketplace: str = "vendure", **facts: Any) -> StrayOrder:
    """An order of tea that no listing here is known by (`LA-1`)."""
    lines = (FloorLine("LA-1", 2, 20_000, "500", "Chè lạ"),)
    told = floor_order(**{"lines": lines, "total": 40_000} | facts)
    take_orders(session, marketplace, page_of(told))
    session.commit()
    session.expire_all()
    return session.scalars(select(StrayOrder).where(StrayOrder.external_id == told.external_id)).one()


def settlement(order: Order | None = None, **facts: Any) -> FloorSettlement:
    """What a floor pays out for an order: 5 % of fees, the taxes of Decree 117/2025; another sum by `gross`."""
    gross = facts.pop("gross", order.floor_total if order else 100_000)
    vat, pit, fees = gross // 100, gross // 200, gross * 5 // 100
    defaults: dict[str, Any] = {
        "external_id": f"T{next(_numbers)}",
        "order_id": order.external_id if order else None,
        "kind": SettlementKind.ORDER,
        "settled_at": now(),
        "currency": "VND",
        "amounts": SettledAmounts(gross, fees, vat + pit, gross - fees - vat - pit, vat, pit),
    }
    return FloorSettlement(**defaults | facts)


def settle(session: Session, *told: FloorSettlement, marketplace: str = "shopee", cursor: str = "1") -> None:
    """A floor tells what it paid out."""
    take_settlements(session, marketplace, SettlementPage(told, cursor, False))
    session.commit()
    session.expire_all()


def make_shop_order(session: Session, listing: Listing, quantity: int = 2, **facts: Any) -> Order:
    """What somebody ordered in our own shop."""
    defaults: dict[str, Any] = {
        "id": new_id(),
        "name": "Đỗ Thị Khách",
        "phone": "+84912345678",
        "address": "12 phố Thử, phường Ba Đình, Hà Nội",
        "lines": [Wanted(listing.sku, quantity)],
    }
    order, _ = place_order(session, **defaults | facts)
    session.commit()
    return order
