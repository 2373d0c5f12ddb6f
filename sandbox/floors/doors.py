"""The floors of the sandbox, by the first part of their addresses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sandbox.floors.books import Row
from sandbox.floors.door import Door
from sandbox.floors.lazada import catalogue as lazada_catalogue
from sandbox.floors.lazada import door as lazada
from sandbox.floors.lazada import finance as lazada_finance
from sandbox.floors.lazada import goods as lazada_goods
from sandbox.floors.lazada import orders as lazada_orders
from sandbox.floors.shopee import catalogue as shopee_catalogue
from sandbox.floors.shopee import door as shopee
from sandbox.floors.shopee import finance as shopee_finance
from sandbox.floors.shopee import goods as shopee_goods
from sandbox.floors.shopee import orders as shopee_orders
from sandbox.floors.tiktok import catalogue as tiktok_catalogue
from sandbox.floors.tiktok import door as tiktok
from sandbox.floors.tiktok import finance as tiktok_finance
from sandbox.floors.tiktok import goods as tiktok_goods
from sandbox.floors.tiktok import orders as tiktok_orders
from sandbox.floors.woocommerce import door as woocommerce
from sandbox.floors.woocommerce import goods as woocommerce_goods
from sandbox.floors.woocommerce import orders as woocommerce_orders


@dataclass(frozen=True)
class FloorKind:
    """What the hand on the sandbox must know of a floor. Where `token_seconds` is 0 it has no tokens; `words` are its
    statuses of orders by ours. An order is paid out after `paid_after`; empty where buyers pay the
    shop itself."""

    door: Door
    accounts: tuple[str, ...]
    token_seconds: int
    shown: str
    words: Mapping[str, str]
    new_number: Callable[[], str]
    described: Callable[[Row], str]
    pictures: Callable[[Row], list[str]]
    with_stock: Callable[[Row, int], Row]
    """What is told of a product, once that many are left of it."""
    paid_after: str = ""


KINDS = {
    "shopee": FloorKind(
        shopee.DOOR,
        shopee.SHOPS,
        shopee.TOKEN_SECONDS,
        shopee_goods.SHOWN,
        shopee_orders.WORDS,
        shopee_orders.new_number,
        shopee_goods.described,
        shopee_goods.shown_pictures,
        shopee_goods.with_stock,
        shopee_finance.DELIVERED,
    ),
    "lazada": FloorKind(
        lazada.DOOR,
        lazada.SELLERS,
        lazada.TOKEN_SECONDS,
        lazada_goods.SHOWN,
        lazada_orders.WORDS,
        lazada_orders.new_number,
        lazada_goods.described,
        lazada_goods.shown_pictures,
        lazada_goods.with_stock,
        lazada_finance.DELIVERED,
    ),
    "tiktok": FloorKind(
        tiktok.DOOR,
        tiktok.SHOPS,
        tiktok.TOKEN_SECONDS,
        tiktok_goods.SHOWN,
        tiktok_orders.WORDS,
        tiktok_orders.new_number,
        tiktok_goods.described,
        tiktok_goods.shown_pictures,
        tiktok_goods.with_stock,
        tiktok_finance.DELIVERED,
    ),
    "woocommerce": FloorKind(
        woocommerce.DOOR,
        (woocommerce.ACCOUNT,),
        0,
        woocommerce_goods.SHOWN,
        woocommerce_orders.WORDS,
        woocommerce_orders.new_number,
        woocommerce_goods.described,
        woocommerce_goods.shown_pictures,
        woocommerce_goods.with_stock,
    ),
}
CATALOGUES = (shopee_catalogue, lazada_catalogue, tiktok_catalogue)
"""They answer once they are imported."""
DOORS = {name: kind.door for name, kind in KINDS.items()}
