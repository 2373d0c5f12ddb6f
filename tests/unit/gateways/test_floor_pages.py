"""Where people see what stands on a floor: at the real one only."""

import pytest

from gateways.marketplaces.base import page_at
from gateways.marketplaces.lazada.client import SHOPS as LAZADA
from gateways.marketplaces.shopee.client import SHOPS as SHOPEE
from gateways.marketplaces.tiktok.client import SHOPS as TIKTOK


@pytest.mark.parametrize(
    ("base_url", "hosts", "expected"),
    [
        ("https://partner.shopeemobile.com", SHOPEE, "https://shopee.vn/x"),
        ("https://api.lazada.vn/rest", LAZADA, "https://www.lazada.vn/x"),
        ("https://open-api.tiktokglobalshop.com", TIKTOK, "https://shop.tiktok.com/x"),
        ("http://127.0.0.1:8002/shopee", SHOPEE, None),
        ("https://openplatform.sandbox.test-stable.shopee.sg", SHOPEE, None),
    ],
)
def test_only_a_real_floor_has_a_page_for_people(
    base_url: str, hosts: dict[str, str], expected: str | None
) -> None:
    assert page_at(base_url, hosts, "/x") == expected
