"""What a label leads to, and how often it was looked at."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from core.clock import business_day, now
from models import Lot, Product
from services.lots import add_lot, change_lot, link_of
from services.papers import certificates
from tests import builders
from tests.integration.shop.conftest import (
    Visitor,
    add_photo,
    answer_publication,
    household_offer,
    meta_of,
    offer,
)

PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 10) AppleWebKit/537.36 Chrome/120 Mobile Safari/537.36"}
ZALO = {"User-Agent": PHONE["User-Agent"] + " Zalo android/12"}


def note_lot(session: Session, product: Product, **facts: object) -> Lot:
    actor = builders.anybody(session)
    lot, _ = add_lot(session, actor, product.id, **{"harvested_on": date(2026, 11, 20)} | facts)  # type: ignore[arg-type]
    session.commit()
    return lot


def path_of(lot: Lot) -> str:
    return f"/01/{lot.gtin}/10/{lot.code}"


def test_the_label_tells_who_where_when_and_by_which_papers(session: Session, visitor: Visitor) -> None:
    listing = household_offer(session, origin_commune=builders.SA_PA)
    product = listing.product
    product.papers = certificates(
        [
            {"name": "VietGAP", "number": "12/2026", "expires_on": business_day(now())},
            {"name": "Hữu cơ", "number": "7", "expires_on": business_day(now()) - timedelta(days=1)},
        ]
    )
    add_photo(session, product)
    lot = note_lot(session, product, quantity=1_200, note="Hái lúc sương chưa tan")
    assert link_of(lot).endswith(path_of(lot))
    shown = visitor.get(path_of(lot), headers=PHONE)
    assert shown.text("seller") == product.seller.name
    assert "Sa Pa" in shown.text("origin")
    assert shown.text("harvested") == "20/11/2026"
    assert shown.text("lot") == lot.code
    assert "1.200 kg" in shown.words
    assert shown.text("note") == "Hái lúc sương chưa tan"
    assert "Số 12/2026" in shown.text("papers")
    assert f"Đến {business_day(now()):%d/%m/%Y}" in shown.text("papers")
    assert "Hết hạn" in shown.text("papers")
    assert "/medium.jpg" in shown.html
    assert shown.all("call")[0].get("href") == f"tel:{product.seller.phone}"
    assert meta_of(shown, "robots") == "noindex"
    offered = visitor.get(visitor.get(f"/shop/p/{listing.sku}").location)
    assert path_of(lot) in offered.html


def test_a_label_leads_to_the_newest_and_tells_of_a_withdrawal(session: Session, visitor: Visitor) -> None:
    listing = household_offer(session)
    lot = note_lot(session, listing.product, quantity=100)
    actor, path = builders.anybody(session), path_of(lot)
    before = visitor.get(path, headers=PHONE)
    assert not before.has("corrected")
    assert "Mua thêm" in before.words
    change_lot(session, actor, lot.product_id, lot.id, harvested_on=date(2026, 11, 21), quantity=90)
    session.commit()
    shown = visitor.get(path, headers=PHONE)
    assert (shown.text("harvested"), shown.has("corrected"), shown.has("withdrawn")) == (
        "21/11/2026",
        True,
        False,
    )
    assert "90 kg" in shown.words
    change_lot(session, actor, lot.product_id, lot.id, withdrawn_reason="Chưa đủ ngày cách ly")
    session.commit()
    shown = visitor.get(path, headers=PHONE)
    assert (shown.status, "Chưa đủ ngày cách ly" in shown.text("withdrawn")) == (200, True)
    assert "Mua thêm" not in shown.words
    assert path not in visitor.get(visitor.get(f"/shop/p/{listing.sku}").location).html


def test_who_agrees_no_more_is_not_named_but_the_goods_are(session: Session, visitor: Visitor) -> None:
    listing = household_offer(session)
    add_photo(session, listing.product)
    lot = note_lot(session, listing.product)
    answer_publication(session, listing, False)
    shown = visitor.get(path_of(lot), headers=PHONE)
    assert shown.status == 200
    assert shown.text("product") == listing.product.name
    assert not shown.has("seller")
    assert listing.product.seller.name not in shown.html
    assert listing.product.seller.phone not in shown.html
    assert "/photos/" not in shown.html


@pytest.mark.parametrize(
    "path", ["/01/02000000000015/10/NONE", "/01/x/10/y", "/01/02000000000015", "/01/1/10/%00"]
)
def test_unknown_labels_lead_nowhere(session: Session, visitor: Visitor, path: str) -> None:
    assert visitor.get(path, headers=PHONE).status == 404


def test_views_of_people_are_counted_together(session: Session, visitor: Visitor, app: Flask) -> None:
    first, second = note_lot(session, offer(session).product), note_lot(session, offer(session).product)
    tally = app.extensions["scans"]
    tally.flush()
    for lot, headers in [(first, PHONE), (first, ZALO), (second, PHONE)]:
        assert visitor.get(path_of(lot), headers=headers).status == 200
    session.expire_all()
    assert (first.scans, second.scans) == (0, 0)
    tally.flush()
    tally.flush()
    session.expire_all()
    assert (first.scans, second.scans) == (2, 1)
    assert "2 lần" in visitor.get(path_of(first), headers=PHONE).text("scans")
    tally.flush()


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": "facebookexternalhit/1.1"},
        {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
        {"User-Agent": "ZaloPreview"},
        {"User-Agent": "curl/8"},
        {"User-Agent": ""},
        {**PHONE, "Sec-Purpose": "prefetch"},
    ],
)
def test_robots_are_not(session: Session, visitor: Visitor, app: Flask, headers: dict[str, str]) -> None:
    lot = note_lot(session, offer(session).product)
    assert visitor.get(path_of(lot), headers=headers).status == 200
    visitor.client.head(path_of(lot), headers=PHONE)
    app.extensions["scans"].flush()
    session.expire_all()
    assert lot.scans == 0
