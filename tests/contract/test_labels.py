"""What floors with carriers of their own print for parcels, tried on their sandbox."""

import pypdfium2
import pytest
import requests

from gateways.errors import GatewayRejected, GatewayUnavailable
from gateways.labels import StillPrinting
from gateways.marketplaces.slips import fetch_pdf, pdf
from gateways.ports import Offer
from tests.contract.floors import CUSTOMER
from tests.contract.floors_sandbox import SandboxFloor
from tests.contract.shopee_floor import ShopeeFloor
from tests.contract.test_floor_orders import buy, publish
from tests.contract.tiktok_floor import TiktokFloor

pytestmark = pytest.mark.timeout(600)


def words_of(content: bytes) -> str:
    with pypdfium2.PdfDocument(content) as document:
        return str(document[0].get_textpage().get_text_range())


def arranged(floor: SandboxFloor, offer: Offer, **wish: object) -> str:
    """An order whose parcel its floor was told of; its number."""
    number = buy(floor, (offer, 2)).external_id
    desk = floor.desk()
    desk.confirm_order(number)
    desk.ship_order(number, None)
    return number


def test_the_label_of_what_was_arranged_says_for_whom_it_is(carrying_floor: SandboxFloor) -> None:
    offer = publish(carrying_floor)
    number = arranged(carrying_floor, offer)
    labels = carrying_floor.labels().fetch_labels(number)
    assert labels is not None
    (label,) = labels
    words = words_of(label.content)
    assert label.tracking_number is not None
    assert label.tracking_number in words
    assert number in label.tracking_number
    assert CUSTOMER.phone in words.replace(" ", "")
    assert "2 ×" in words


def test_the_label_can_be_had_again(carrying_floor: SandboxFloor) -> None:
    number = arranged(carrying_floor, publish(carrying_floor))
    desk = carrying_floor.labels()
    assert desk.fetch_labels(number) == desk.fetch_labels(number)


def test_before_its_floor_knows_of_the_parcel_there_is_no_label(carrying_floor: SandboxFloor) -> None:
    number = buy(carrying_floor, (publish(carrying_floor), 1)).external_id
    with pytest.raises((StillPrinting, GatewayRejected)):
        carrying_floor.labels().fetch_labels(number)


@pytest.mark.parametrize("call", ["get_tracking_number", "get_shipping_document_result"])
def test_shopee_needs_a_while(shopee: ShopeeFloor, call: str) -> None:
    number = arranged(shopee, publish(shopee))
    shopee.fault("still_printing", call=call)
    with pytest.raises(StillPrinting):
        shopee.labels().fetch_labels(number)
    assert shopee.labels().fetch_labels(number)


def test_tiktok_needs_a_while(tiktok: TiktokFloor) -> None:
    number = arranged(tiktok, publish(tiktok))
    tiktok.fault("still_printing")
    with pytest.raises(StillPrinting):
        tiktok.labels().fetch_labels(number)
    assert tiktok.labels().fetch_labels(number)


def test_what_the_seller_sends_himself_has_no_label(tiktok: TiktokFloor) -> None:
    offer = publish(tiktok)
    wish = {"floor": "tiktok", "account": tiktok.account, "carriers": ["VNPost"]}
    number = tiktok.sandbox.control("POST", "orders", **wish, lines=[{"sku": offer.sku, "quantity": 1}])["id"]
    tiktok.desk().ship_order(number, "EA123456789VN")
    assert tiktok.labels().fetch_labels(number) is None


def test_what_shopee_says_of_the_only_parcel_is_told(shopee: ShopeeFloor) -> None:
    """All of a batch failed: the answer itself says nothing, the parcel's own part does."""
    number = arranged(shopee, publish(shopee))
    wish = [{"order_sn": number, "tracking_number": "of another"}]
    with pytest.raises(GatewayRejected) as caught:
        shopee.api().post("/api/v2/logistics/create_shipping_document", number, order_list=wish)
    assert [problem.code for problem in caught.value.problems] == ["tracking_number_invalid"]


def test_a_page_in_the_place_of_a_label_is_none(carrying_floor: SandboxFloor) -> None:
    number = arranged(carrying_floor, publish(carrying_floor))
    call = {"shopee": "download_shipping_document", "lazada": "print_label", "tiktok": "shipping_documents"}
    carrying_floor.fault("html", call=call[carrying_floor.name])
    with pytest.raises(GatewayUnavailable):
        carrying_floor.labels().fetch_labels(number)


def test_a_label_is_a_pdf_of_some_size_from_a_private_address() -> None:
    with pytest.raises(GatewayUnavailable, match="no PDF"):
        pdf(b"<html>")
    with pytest.raises(GatewayUnavailable, match="bytes"):
        pdf(b"%PDF-1.7" + bytes(5_000_001))
    with pytest.raises(GatewayUnavailable, match="not private"):
        fetch_pdf(requests.Session(), "https://api.lazada.vn/rest", "http://127.0.0.1:1/slip.pdf", 1)
