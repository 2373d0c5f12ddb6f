"""What is read of a TikTok Shop product, and what an edit of it may say."""

import pytest

from gateways.errors import GatewayRejected
from gateways.marketplaces.tiktok.wire import Product

ONE = {"id": "91", "seller_sku": "CP-1", "price": {"sale_price": "45000"}, "inventory": [{"quantity": 4}]}
OTHER = {**ONE, "id": "92", "seller_sku": "CP-1-DO"}


def read(*skus: object) -> Product:
    return Product.read({"id": "1", "status": "SELLER_DEACTIVATED", "title": "Mận", "skus": skus}, "CP-1")


def test_an_edit_names_its_only_kind() -> None:
    assert read(ONE).sold_as("CP-1", price=1) == {"id": "91", "seller_sku": "CP-1", "price": 1}


def test_no_edit_deletes_the_kinds_that_it_does_not_name() -> None:
    with pytest.raises(GatewayRejected) as caught:
        read(ONE, OTHER).sold_as("CP-1")
    assert [problem.code for problem in caught.value.problems] == ["has_kinds"]
