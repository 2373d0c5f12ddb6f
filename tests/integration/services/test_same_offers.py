"""One product is offered in one size once, whoever asks and however often at once."""

from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.errors import InvalidInput
from models import Listing, ListingStatus, Product
from services.listings import approve_listing, change_listing, draft_listing, withdraw_listing
from services.same_offers import OfferedAlready, find_equal
from tests import builders

TERMS = {"price": 35_000, "stock": 40, "marketplaces": ["vendure"]}


@pytest.fixture
def listing(session: Session) -> Listing:
    return builders.make_listing(session, variant="Túi 1 kg")


def _double(session: Session, listing: Listing) -> Listing:
    """An equal one, as they could once be made."""
    double = Listing(product_id=listing.product_id, variant=listing.variant, doubled=True, **TERMS)
    session.add(double)
    session.commit()
    return double


@pytest.mark.parametrize("variant", ["Túi 1 kg", "TÚI 1 KG", "túi 1 kg"])
def test_the_same_size_is_refused_and_leads_to_what_there_is(
    session: Session, listing: Listing, variant: str
) -> None:
    with pytest.raises(OfferedAlready) as refused:
        builders.make_listing(session, listing.product, variant=variant)
    assert refused.value.listing_id == listing.id
    (said,) = refused.value.errors["variant"]
    assert listing.sku in said


def test_no_size_is_a_size_too(session: Session) -> None:
    first = builders.make_listing(session)
    with pytest.raises(OfferedAlready):
        builders.make_listing(session, first.product)
    other = builders.make_listing(session, first.product, variant="Thùng 10 kg")
    with pytest.raises(OfferedAlready):
        change_listing(session, builders.anybody(session), other.id, variant=None)


def test_other_sizes_and_other_products_stand_beside_it(session: Session, listing: Listing) -> None:
    builders.make_listing(session, listing.product, variant="Túi 2 kg")
    builders.make_listing(session, listing.product)
    builders.make_listing(session, variant="Túi 1 kg")
    assert session.scalar(select(func.count()).select_from(Listing)) == 4
    assert find_equal(session, listing) is None


def test_sent_again_with_its_id_it_is_found(session: Session, listing: Listing) -> None:
    facts = {"id": listing.id, "product_id": listing.product_id, "variant": listing.variant}
    assert draft_listing(session, builders.anybody(session), **facts, **TERMS) == (listing, False)


def test_a_withdrawn_one_gives_its_place_and_comes_back_when_it_is_free(
    session: Session, listing: Listing
) -> None:
    actor = builders.anybody(session)
    withdraw_listing(session, actor, listing.id)
    other = builders.make_listing(session, listing.product, variant="Túi 1 kg")
    with pytest.raises(OfferedAlready):
        approve_listing(session, actor, listing.id)
    session.rollback()
    change_listing(session, actor, listing.id, variant="Túi 2 kg", price=36_000)
    change_listing(session, actor, listing.id, variant="Túi 1 kg")
    withdraw_listing(session, actor, other.id)
    assert approve_listing(session, actor, listing.id).status is ListingStatus.APPROVED
    session.commit()


def test_old_doubles_stand_until_somebody_decides(session: Session, listing: Listing) -> None:
    actor, double = builders.anybody(session), _double(session, listing)
    assert find_equal(session, listing) == double
    assert find_equal(session, double) == listing
    change_listing(session, actor, double.id, price=36_000)
    with pytest.raises(OfferedAlready):
        approve_listing(session, actor, double.id)
    session.rollback()
    change_listing(session, actor, double.id, variant="Túi 2 kg")
    session.commit()
    assert (double.doubled, find_equal(session, listing)) == (False, None)
    with pytest.raises(OfferedAlready):
        change_listing(session, actor, double.id, variant="Túi 1 kg")


def test_a_double_that_is_taken_down_is_one_no_more(session: Session, listing: Listing) -> None:
    actor, double = builders.anybody(session), _double(session, listing)
    withdraw_listing(session, actor, double.id)
    session.commit()
    assert find_equal(session, listing) is None
    with pytest.raises(OfferedAlready):
        approve_listing(session, actor, double.id)


@pytest.mark.parametrize("variant", ["Túi 1 kg", None])
def test_of_two_at_once_one_is_stored(session: Session, engine: Engine, variant: str | None) -> None:
    product, actor = builders.make_product(session), builders.anybody(session)
    both, refused = Barrier(2), []

    def draft() -> None:
        with Session(engine) as own:
            own.get_one(Product, product.id)
            both.wait()
            try:
                draft_listing(own, actor, product_id=product.id, variant=variant, **TERMS)
                own.commit()
            except InvalidInput as error:
                refused.append(list(error.errors))

    threads = [Thread(target=draft) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == [["variant"]]
    assert session.scalar(select(func.count()).select_from(Listing)) == 1


def test_the_database_refuses_it_by_itself(session: Session) -> None:
    product = builders.make_product(session)
    session.add_all([Listing(product_id=product.id, **TERMS), Listing(product_id=product.id, **TERMS)])
    with pytest.raises(IntegrityError, match="uq_listings_offered_once"):
        session.flush()
