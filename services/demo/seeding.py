"""Filling an empty installation: people first, then markets and stalls, then wares, then the past."""

import random
from itertools import cycle, islice
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import business_day, now
from models import (
    CollectionChannel,
    ConsentPurpose,
    Market,
    Role,
    Seller,
    SellerKind,
    Stall,
    User,
)
from models.orders import SHOP
from services import accounts, channels, listings, lots, markets, people, seller_access
from services.access import Actor, actor_of
from services.demo.history import seed_history
from services.demo.people import HAMLETS, HOUSEHOLD_PHONE, NAMES, PASSWORDS_FOR, WARES
from services.marketplaces import open_floors

BAC_HA = "02839"
MARKETS: tuple[tuple[str, str, list[int], int], ...] = (
    ("Chợ Bắc Hà", BAC_HA, [6], 24),
    ("Chợ Sa Pa", "03006", [], 14),
    ("Chợ Cốc Lếu", "02647", [], 18),
)
"""Name, commune, weekdays (a fair on Sundays), stalls."""
PROVINCE = "15"
HOUSEHOLDS = 10
BANKS = ("970405", "970415", "970436", "970418", "970422")


def has_users(session: Session) -> bool:
    return session.scalar(select(User.id).limit(1)) is not None


def is_seeded(session: Session) -> bool:
    """Whether the demo's administrator has an account."""
    phone, _ = PASSWORDS_FOR["administrator"]
    return session.scalar(select(User.id).where(User.phone == phone)) is not None


def seed(session: Session, password: str) -> None:
    """Load everything; the caller commits, so that a demo is whole or not there."""
    chance = random.Random(152)
    users = {
        role: accounts.create_user(session, phone=phone, name=name, password=password)
        for role, (phone, name) in PASSWORDS_FOR.items()
    }
    accounts.grant_role(session, users["administrator"], Role.ADMINISTRATOR, "VN")
    accounts.grant_role(session, users["clerk"], Role.CLERK, BAC_HA)
    accounts.grant_role(session, users["officer"], Role.OFFICER, PROVINCE)
    administrator = actor_of(users["administrator"])
    opened = [
        _open_market(session, administrator, number, facts, chance)
        for number, facts in enumerate(MARKETS, start=1)
    ]
    for market in opened:
        accounts.grant_role(session, users["manager"], Role.MANAGER, str(market.id))
    first = session.scalars(
        select(Stall).where(Stall.market_id == opened[0].id).order_by(Stall.number).limit(1)
    ).one()
    accounts.grant_role(session, users["stallholder"], Role.STALLHOLDER, str(first.id))
    clerk = actor_of(users["clerk"])
    first_seller, *_ = _register_households(session, clerk, chance)
    seller_access.open_access(
        session, clerk, first_seller.id, name=first_seller.name, phone=HOUSEHOLD_PHONE, password=password
    )
    _draft_listings(session, administrator, first.seller_id, chance, 4, on_sale=2)
    seed_history(session, opened, administrator.user_id)


def _open_market(
    session: Session,
    actor: Actor,
    number: int,
    facts: tuple[str, str, list[int], int],
    chance: random.Random,
) -> Market:
    name, commune, weekdays, stalls = facts
    market, _ = markets.open_market(session, actor, name=name, commune_code=commune, weekdays=weekdays)
    channel = channels.add_channel(
        session,
        "payos",
        name=f"payOS {name}",
        market_id=market.id,
        credentials={
            "client_id": f"sandbox-client-{number}",
            "api_key": "sandbox-key",
            "checksum_keys": ["sandbox-checksum-key"],
        },
    )
    names = islice(cycle(NAMES), (number - 1) * 7, (number - 1) * 7 + stalls)
    for place, holder in enumerate(names, start=1):
        _open_stall(session, actor, market, place, holder, channel, direct=place == stalls, chance=chance)
    return market


def _open_stall(
    session: Session,
    actor: Actor,
    market: Market,
    place: int,
    holder: str,
    channel: CollectionChannel,
    *,
    direct: bool,
    chance: random.Random,
) -> Stall:
    """The `place`-th stall of a market; the last one is paid *directly*."""
    phone = "+84900000002" if market.commune_code == BAC_HA and place == 1 else _phone(chance)
    seller, _ = people.register_seller(
        session,
        actor,
        kind=SellerKind.TRADER,
        name=holder,
        phone=phone,
        commune_code=market.commune_code,
    )
    stall, _ = markets.open_stall(
        session,
        actor,
        market_id=market.id,
        number=f"{'ABC'[place % 3]}{place:02d}" if place > 1 else "A01",
        row="ABC"[place % 3] if place > 1 else "A",
        seller_id=seller.id,
        area_m2=chance.choice([4, 6, 8, 12]),
        payout_account={
            "bin": chance.choice(BANKS),
            "account_number": f"{chance.randrange(10**9, 10**10)}",
            "holder_name": holder.upper(),
        },
        channel_id=None if direct else channel.id,
    )
    return stall


def _register_households(session: Session, clerk: Actor, chance: random.Random) -> list[Seller]:
    """Every second one sells."""
    sellers = []
    for number, name in enumerate(NAMES[20 : 20 + HOUSEHOLDS]):
        asked = [ConsentPurpose.REGISTRATION, ConsentPurpose.PUBLICATION, ConsentPurpose.MESSAGES]
        purposes = asked if number % 3 else asked[:1]
        household, _ = people.register_household(
            session,
            clerk,
            head_name=name,
            national_id=f"010{chance.randrange(2)}{chance.randrange(60, 99)}{chance.randrange(10**6):06d}",
            phone=_phone(chance),
            commune_code=BAC_HA,
            hamlet=chance.choice(HAMLETS),
            products=[WARES[number % len(WARES)][0]],
            consents=[
                {"purpose": purpose, "granted": True, "wording_version": people.CONSENT_WORDING}
                for purpose in purposes
            ],
        )
        if number % 2:
            seller, _ = people.register_seller(
                session,
                clerk,
                kind=SellerKind.HOUSEHOLD,
                name=name,
                phone=household.phone,
                household_id=household.id,
            )
            agreed = ConsentPurpose.PUBLICATION in purposes
            _draft_listings(session, clerk, seller.id, chance, 2, on_sale=2 if agreed else 0)
            sellers.append(seller)
    return sellers


def _draft_listings(
    session: Session, actor: Actor, seller_id: UUID, chance: random.Random, most: int, *, on_sale: int
) -> None:
    """`most` wares, the first `on_sale` of them in our own shop; the others wait to be approved."""
    for number, (name, unit, price, description) in enumerate(chance.sample(WARES, k=most)):
        product, _ = listings.add_product(
            session,
            actor,
            seller_id=seller_id,
            name=name,
            unit=unit,
            description=description,
            origin_commune=BAC_HA,
        )
        listing, _ = listings.draft_listing(
            session,
            actor,
            product_id=product.id,
            price=price,
            stock=chance.randrange(5, 80),
            marketplaces=[SHOP] if number < on_sale else [SHOP, *({"woocommerce"} & {*open_floors()})],
        )
        if number < on_sale:
            listings.approve_listing(session, actor, listing.id)
            lots.add_lot(session, actor, product.id, harvested_on=business_day(now()))


def _phone(chance: random.Random) -> str:
    """A number of a block that is invented for the demo."""
    return f"+8491{chance.randrange(10**7):07d}"
