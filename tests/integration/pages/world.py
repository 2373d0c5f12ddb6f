"""A small market with everybody in it, for tests that go from page to page."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from models import Household, Listing, Market, PaymentRequest, Product, Seller, Stall, User
from tests import builders


@dataclass(frozen=True)
class World:
    """One of each, and `others`: the same people of another place."""

    household: Household
    seller: Seller
    market: Market
    stall: Stall
    request: PaymentRequest
    product: Product
    listing: Listing
    people: dict[str, User]
    others: dict[str, User]

    def fill(self, path: str) -> str:
        return path.format(
            household=self.household.id,
            seller=self.seller.id,
            market=self.market.id,
            stall=self.stall.id,
            request=self.request.id,
            product=self.product.id,
            listing=self.listing.id,
        )


def make_world(session: Session) -> World:
    household = builders.make_household(session)
    seller = builders.make_seller(session, household_id=household.id)
    market = builders.make_market(session)
    stall = builders.make_stall(session, market, seller)
    product = builders.make_product(session, seller)
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
        product=product,
        listing=builders.make_listing(session, product),
        people={
            "clerk": builders.make_clerk(session),
            "stallholder": builders.make_stallholder(session, stall),
            "manager": builders.make_manager(session, market),
            "officer": builders.make_officer(session),
            "administrator": builders.make_administrator(session),
        },
        others={
            "clerk": builders.make_clerk(session, builders.SA_PA),
            "stallholder": builders.make_stallholder(session, other_stall),
            "manager": builders.make_manager(session, elsewhere),
            "officer": builders.make_officer(session, "01"),
        },
    )
