"""At which price a floor surely sells a listing, also while it refuses a newer version."""

import pytest
from sqlalchemy.orm import Session

from gateways.errors import GatewayRejected, GatewayUnavailable, Problem
from gateways.marketplaces.steps import PartlyRefused
from gateways.ports import FloorListing
from models import Listing
from services import listings
from services.publishing import LEASE
from tests.builders import anybody
from tests.integration.workers.harness import carry, pass_time
from tests.integration.workers.shelves import BAD_PICTURE, OneShelf, change, check, publication


def refuse_part(session: Session, listing: Listing, floor: OneShelf, price_told: bool, price: int) -> None:
    change(session, listing, price=price)
    stands = FloorListing("7", None, floor.warnings)
    floor.trouble = PartlyRefused(stands, [BAD_PICTURE], price_told=price_told)
    carry()
    floor.trouble = None


@pytest.mark.parametrize(("price_told", "shown"), [(True, 36_000), (False, 35_000)])
def test_what_refuses_a_part_goes_on_selling_at_the_price_that_it_has(
    session: Session, listing: Listing, floor: OneShelf, price_told: bool, shown: int
) -> None:
    carry()
    assert publication(session, listing).shown_price == 35_000
    refuse_part(session, listing, floor, price_told, 36_000)
    assert publication(session, listing).shown_price == shown


@pytest.mark.parametrize(
    "trouble", [GatewayRejected("banned", (BAD_PICTURE,)), GatewayUnavailable("no answer"), ConnectionError()]
)
def test_what_may_not_be_sold_any_more_has_no_price(
    session: Session, listing: Listing, floor: OneShelf, trouble: Exception
) -> None:
    carry()
    change(session, listing, price=36_000)
    floor.trouble = trouble
    carry()
    floor.trouble = None
    pass_time(session, LEASE.total_seconds() + 700)
    refuse_part(session, listing, floor, True, 37_000)
    assert publication(session, listing).shown_price is None


def test_what_customers_do_not_see_yet_has_no_price_until_they_do(
    session: Session, listing: Listing, floor: OneShelf
) -> None:
    floor.warnings = (Problem(None, "in_review", "Sàn đang duyệt"),)
    carry()
    assert publication(session, listing).shown_price is None
    check(session)
    assert publication(session, listing).shown_price == 35_000
    listings.withdraw_listing(session, anybody(session), listing.id)
    session.commit()
    carry()
    assert publication(session, listing).shown_price is None
