"""What a floor says of goods that carry no SKU: its own number of the product, and the title."""

from collections.abc import Sequence
from typing import Any

import pytest

from gateways.marketplaces.lazada import orders as lazada
from gateways.marketplaces.medusa.order_wire import MedusaOrder
from gateways.marketplaces.oscar.order_wire import SoldLine
from gateways.marketplaces.shopee import orders as shopee
from gateways.marketplaces.tiktok import orders as tiktok
from gateways.marketplaces.vendure.order_wire import VendureOrder
from gateways.marketplaces.vendure.wire import Channel
from gateways.marketplaces.woocommerce import orders as woocommerce
from gateways.ports import OrderLine

WHEN = "2026-11-29T10:00:00+00:00"


def of_shopee() -> Sequence[OrderLine]:
    item = {"item_id": 77, "item_name": "Mận", "item_sku": "", "model_sku": ""}
    return shopee.lines_of(
        {"item_list": [item | {"model_quantity_purchased": 2, "model_discounted_price": 5_000}]}
    )


def of_lazada() -> Sequence[OrderLine]:
    return lazada.lines_of([{"sku": "", "product_id": "77", "name": "Mận", "paid_price": 5_000.0}] * 2)


def of_tiktok() -> Sequence[OrderLine]:
    piece = {"seller_sku": "", "product_id": "77", "product_name": "Mận", "sale_price": "5000"}
    return tiktok.lines_of({"line_items": [piece, piece]})


def of_woocommerce() -> Sequence[OrderLine]:
    item = {"sku": None, "product_id": 77, "name": "Mận", "quantity": 2, "price": 5_000}
    order = {"id": 1, "status": "processing", "date_created_gmt": "2026-11-29T10:00:00", "line_items": [item]}
    return woocommerce.order_of(order).lines


def of_medusa() -> Sequence[OrderLine]:
    item = {"variant_sku": None, "product_id": "77", "product_title": "Mận", "quantity": 2, "total": 10_000}
    order: dict[str, Any] = {
        "id": "order_1",
        "display_id": 1,
        "status": "pending",
        "fulfillment_status": "not_fulfilled",
        "payment_status": "captured",
        "created_at": WHEN,
        "total": 10_000,
        "items": [item],
        "fulfillments": [],
        "shipping_address": None,
    }
    told = MedusaOrder.read(order).told()
    assert told
    return told.lines


def of_vendure() -> Sequence[OrderLine]:
    line = {"id": "1", "quantity": 2, "orderPlacedQuantity": 2, "proratedUnitPriceWithTax": 500_000}
    order: dict[str, Any] = {
        "id": "1",
        "code": "A",
        "state": "PaymentSettled",
        "orderPlacedAt": WHEN,
        "totalWithTax": 1_000_000,
        "lines": [line | {"productVariant": {"sku": "", "name": "Mận", "productId": "77"}}],
        "payments": [],
        "fulfillments": [],
        "customer": None,
        "shippingAddress": None,
    }
    told = VendureOrder.read(order).told(Channel("vi", "VND", 2))
    assert told
    return told.lines


@pytest.mark.parametrize("read", [of_shopee, of_lazada, of_tiktok, of_woocommerce, of_medusa, of_vendure])
def test_goods_without_a_sku_are_told_by_the_floors_number(read: Any) -> None:
    (line,) = read()
    assert (line.sku, line.quantity, line.price, line.external_id, line.title) == ("", 2, 5_000, "77", "Mận")


def test_what_a_django_oscar_shop_has_no_more_is_told_by_its_title() -> None:
    told = SoldLine.read({"product": None, "quantity": 2, "price_incl_tax": "10000.00", "title": "Mận"})
    assert (told.product_id, told.price, told.title) == (None, 5_000, "Mận")
