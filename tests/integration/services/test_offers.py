"""What floors will show, made from the little that the farmer gives."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from core.clock import business_day, now
from core.errors import InvalidInput
from models import Certificate, Goods, Listing, Photo, PhotoStatus, Product, Publication
from services import listings
from services.offers import Draft, draft_for
from services.products import change_product
from services.publishing import expected_offer
from tests.builders import BAC_HA, anybody, make_listing, make_product

PLUMS: dict[str, Any] = {
    "name": "Mận tam hoa",
    "unit": "kg",
    "description": None,
    "origin_commune": BAC_HA,
    "goods": Goods.FRUIT,
    "grade": "loại 1",
    "season_from": 6,
    "season_to": 7,
    "weight_grams": 1_000,
    "ocop_stars": 4,
    "shelf_life_days": 5,
    "storage": "Ngăn mát",
    "planting_area_code": "VN-LCI-0007",
}


def draft(session: Session, marketplace: str, photos: int = 1, **facts: Any) -> Draft:
    return draft_for(listing(session, **facts), marketplace, photos)


def listing(session: Session, **facts: Any) -> Listing:
    return make_listing(session, make_product(session, **PLUMS | facts))


def fields(found: Draft) -> list[str]:
    return [gap.field for gap in found.missing]


def test_title_and_description_say_what_is_known(session: Session) -> None:
    found = draft(session, "vendure")
    assert found.title == "Mận tam hoa loại 1 – Bắc Hà, OCOP 4 sao (kg)"
    assert found.description.splitlines() == [
        "Nơi trồng, làm ra: Bắc Hà, Lào Cai",
        "Mùa: tháng 6 đến tháng 7",
        "Hạng: loại 1",
        "Bán theo: kg",
        "Bảo quản: Ngăn mát",
        "Dùng ngon trong 5 ngày",
        "OCOP 4 sao",
        "Mã số vùng trồng: VN-LCI-0007",
    ]
    assert found.missing == ()


def test_how_heavy_one_is_is_said_of_what_is_not_sold_by_weight(session: Session) -> None:
    honey = draft(session, "vendure", unit="chai", weight_grams=750)
    assert "Nặng khoảng 750 g một chai" in honey.description.splitlines()
    assert "Nặng" not in draft(session, "vendure", unit="Kg").description


def test_nobody_is_asked_how_heavy_a_kilogram_is(session: Session) -> None:
    for unit, weight_grams, told in (("yến", None, 10_000), ("kg", 1_100, 1_100), ("bó", None, None)):
        offered = listing(session, unit=unit, weight_grams=weight_grams)
        assert ("weight_grams" in fields(draft_for(offered, "shopee", 0))) is (told is None)
        publication = Publication(listing_id=offered.id, marketplace="shopee", desired_version=1)
        session.add(publication)
        session.flush()
        assert expected_offer(session, publication).weight_grams == told


def test_what_is_not_known_is_not_said(session: Session) -> None:
    bare = dict.fromkeys(set(PLUMS) - {"name", "unit", "goods"})
    found = draft(session, "vendure", **bare)
    assert (found.title, found.description) == ("Mận tam hoa (kg)", "Bán theo: kg")
    assert fields(found) == ["description"]


def test_what_the_farmer_wrote_is_enough_however_short(session: Session) -> None:
    bare = dict.fromkeys(set(PLUMS) - {"name", "unit", "goods"})
    assert fields(draft(session, "vendure", **bare | {"description": "Ngon"})) == []


def test_a_short_title_is_filled_up_for_a_floor_that_wants_more(session: Session) -> None:
    bare = dict.fromkeys(set(PLUMS) - {"name", "unit", "goods", "origin_commune"})
    found = draft(session, "tiktok", **bare | {"name": "Mận hậu"})
    assert found.title == "Mận hậu – Bắc Hà (kg), đặc sản Lào Cai"
    assert len(found.title) >= 25


def test_what_would_be_too_long_is_left_out_whole(session: Session) -> None:
    found = draft(session, "shopee", name="Mận " + "tam hoa " * 14)
    assert len(found.title) <= 120
    assert found.title.endswith("tam hoa (kg)")


def test_each_gap_is_told_with_its_floor_and_field(session: Session) -> None:
    found = draft(session, "lazada", photos=0, unit="thùng", weight_grams=None)
    assert fields(found) == ["photos", "weight_grams", "package_length", "goods"]
    assert {gap.marketplace for gap in found.missing} == {"lazada"}


def test_photos_that_are_not_ready_do_not_count(session: Session) -> None:
    offered = listing(session)
    offered.marketplaces = ["shopee"]
    photo = Photo(product_id=offered.product_id, position=1, sha256=bytes(32), status=PhotoStatus.WAITING)
    session.add(photo)
    session.flush()
    assert "photos" in [gap.field for gap in listings.list_missing(offered)]
    photo.status = PhotoStatus.READY
    assert "photos" not in [gap.field for gap in listings.list_missing(offered)]


def test_papers_are_named_until_they_run_out(session: Session) -> None:
    today = business_day(now())
    offered = listing(session)
    offered.product.papers = [
        Certificate(name="VietGAP", number="12/2026", expires_on=today),
        Certificate(name="Hữu cơ", number="7", expires_on=today - timedelta(days=1)),
    ]
    session.flush()
    said = draft_for(offered, "vendure", 0).description
    assert f"Giấy chứng nhận: VietGAP số 12/2026 (đến {today:%d/%m/%Y})" in said
    assert "Hữu cơ" not in said


def test_another_price_on_one_floor(session: Session) -> None:
    offered = make_listing(session, price=40_000, variant="Túi 1 kg", prices={"shopee": 46_000})
    assert (offered.usual_price_on("vendure"), offered.usual_price_on("shopee")) == (40_000, 46_000)
    assert "Túi 1 kg" in draft_for(offered, "shopee", 0).title
    for version in (2, 2):
        changed = listings.change_listing(session, anybody(session), offered.id, prices={"tiktok": 47_000})
        assert (changed.version, changed.usual_price_on("shopee"), changed.usual_price_on("tiktok")) == (
            version,
            40_000,
            47_000,
        )


def test_a_floor_with_a_gap_holds_up_no_other(session: Session) -> None:
    offered = make_listing(session, marketplaces=["lazada", "shop", "shopee"])
    missing = listings.list_missing(offered)
    assert listings.ready_floors(offered, missing) == ["shop"]
    assert listings.held_floors(offered, missing) == ["lazada", "shopee"]
    listings.approve_listing(session, anybody(session), offered.id)
    states = {one.marketplace: one.status for one in offered.publications}
    assert states == {"lazada": "waiting", "shop": "listed", "shopee": "waiting"}


@pytest.mark.parametrize("marketplaces", [["lazada", "shopee"], []])
def test_where_no_floor_is_ready_nothing_is_approved(session: Session, marketplaces: list[str]) -> None:
    offered = make_listing(session, marketplaces=marketplaces)
    with pytest.raises(InvalidInput) as caught:
        listings.approve_listing(session, anybody(session), offered.id)
    assert caught.value.errors.keys() == {gap.field for gap in listings.list_missing(offered)}
    assert (offered.status, offered.publications) == ("draft", [])


def test_a_floor_on_which_it_stands_is_not_told_to_be_held(session: Session) -> None:
    """The floor itself judges what it is given next."""
    offered = make_listing(session, marketplaces=["shop", "shopee"])
    listings.approve_listing(session, anybody(session), offered.id)
    next(one for one in offered.publications if one.marketplace == "shopee").external_id = "7"
    assert listings.held_floors(offered, listings.list_missing(offered)) == []


def test_a_further_floor_of_an_approved_listing_may_lack_something(session: Session) -> None:
    """What was typed in the same form is stored."""
    offered = make_listing(session, marketplaces=["vendure"])
    listings.approve_listing(session, anybody(session), offered.id)
    listings.change_listing(
        session, anybody(session), offered.id, price=36_000, marketplaces=["shopee", "vendure"]
    )
    assert offered.price == 36_000
    assert [one.marketplace for one in offered.publications] == ["shopee", "vendure"]


def test_what_was_withdrawn_comes_back_with_the_numbers_of_this_season(session: Session) -> None:
    offered = make_listing(session, price=35_000, stock=40, marketplaces=["shop"])
    listings.approve_listing(session, anybody(session), offered.id)
    listings.withdraw_listing(session, anybody(session), offered.id)
    before = [(one.status, one.desired_version) for one in offered.publications]
    with pytest.raises(InvalidInput, match="ô chưa đúng") as caught:
        listings.change_listing(session, anybody(session), offered.id, price=350_000)
    assert list(caught.value.errors) == ["price_is_right"]
    facts = {"price": 41_000, "stock": 7, "stock_seen": 40, "prices": {"vendure": 45_000}}
    for _ in range(2):
        listings.change_listing(
            session, anybody(session), offered.id, marketplaces=["shop", "vendure"], variant="Túi", **facts
        )
    assert [(one.status, one.desired_version) for one in offered.publications] == before, "nobody is asked"
    assert offered.status == "withdrawn"
    listings.approve_listing(session, anybody(session), offered.id)
    assert (offered.usual_price_on("shop"), offered.usual_price_on("vendure"), offered.stock) == (
        41_000,
        45_000,
        7,
    )
    assert {one.marketplace: one.status for one in offered.publications} == {
        "shop": "listed",
        "vendure": "waiting",
    }


def test_a_price_of_a_new_unit_counts_at_once_while_nothing_is_shown(session: Session) -> None:
    offered = make_listing(session, price=35_000, stock=40, marketplaces=["shop"])
    listings.approve_listing(session, anybody(session), offered.id)
    change_product(session, anybody(session), offered.product_id, unit="thùng")
    listings.change_listing(session, anybody(session), offered.id, price=150_000)
    listings.withdraw_listing(session, anybody(session), offered.id)
    assert (offered.price, offered.told_prices[0]) == (35_000, 150_000)
    listings.change_listing(session, anybody(session), offered.id, price=160_000, stock=50)
    assert (offered.price, offered.held_prices, offered.stock) == (160_000, None, 50)


@pytest.mark.parametrize(
    ("price", "likely"), [(399_000, True), (400_000, False), (4_001, True), (4_000, False)]
)
def test_a_price_that_jumps_tenfold_is_asked_about(session: Session, price: int, likely: bool) -> None:
    offered = make_listing(session, price=40_000)
    if not likely:
        with pytest.raises(InvalidInput) as caught:
            listings.change_listing(session, anybody(session), offered.id, price=price)
        assert list(caught.value.errors) == ["price_is_right"]
    changed = listings.change_listing(session, anybody(session), offered.id, price=price, price_is_right=True)
    assert (changed.price, changed.version) == (price, 2)


@pytest.mark.parametrize(
    ("facts", "wrong"),
    [
        ({"prices": {"shopee": 399_000}}, []),
        ({"prices": {"shopee": 400_000}}, ["price_is_right", "prices.shopee"]),
        (
            {"prices": {"shopee": 4_000, "tiktok": 3_000}},
            ["price_is_right", "prices.shopee", "prices.tiktok"],
        ),
        ({"price": 400_000, "prices": {"voso": 50_000}}, ["price_is_right"]),
        ({"price": 500_000, "prices": {}}, ["price_is_right", "prices.voso"]),
        ({"stock": 3}, []),
    ],
)
def test_a_price_of_one_floor_that_jumps_is_asked_about(
    session: Session, facts: dict[str, Any], wrong: list[str]
) -> None:
    """Beside what stands on that floor now, whosever price it is."""
    offered = make_listing(session, price=40_000, prices={"voso": 50_000})
    if wrong:
        with pytest.raises(InvalidInput) as caught:
            listings.change_listing(session, anybody(session), offered.id, **facts)
        assert sorted(caught.value.errors) == wrong
    changed = listings.change_listing(session, anybody(session), offered.id, price_is_right=True, **facts)
    assert changed.version == 2


def test_papers_that_are_said_again_change_nothing(session: Session) -> None:
    product: Product = make_product(session)
    papers = [{"name": "VietGAP", "number": "1", "expires_on": business_day(now())}]
    offered = make_listing(session, product)
    for _ in range(2):
        change_product(session, anybody(session), product.id, papers=papers)
        assert offered.version == 2
    change_product(session, anybody(session), product.id, papers=[])
    assert (offered.version, product.papers) == (3, [])
