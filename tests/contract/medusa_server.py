"""A real Medusa server for the tests, with what its administrator and its customers do."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests
from psycopg.conninfo import conninfo_to_dict

from gateways.marketplaces.medusa import wire
from gateways.marketplaces.medusa.client import MedusaMarketplace
from gateways.marketplaces.medusa.orders import MedusaOrderDesk
from gateways.marketplaces.texts import slug_of
from gateways.ports import Offer
from tests.contract.floors import CUSTOMER, Bounds, Shown, make_offer
from tests.contract.pictures import PictureHost
from tests.contract.processes import Process, started

EMAIL, PASSWORD = "admin@example.com", "supersecret"
_SEEN = "id,title,description,*images,*variants,*variants.calculated_price,+variants.inventory_quantity"


class MedusaServer:
    """The `Floor` of the contract tests."""

    bounds = Bounds(
        smallest={"title": "x", "description": "", "price": 1, "stock": 0},
        largest={"title": "x" * 255, "price": 21_000_000, "stock": 2_000_000},
    )
    calls = 3
    change_calls = 4
    needs_pictures = False
    shows_sold_out = True
    withholds = 0

    def __init__(self, process: Process) -> None:
        self.url = process.url
        self.paused = process.paused
        self.files = process.data_dir / "app/static"
        credentials = {"email": EMAIL, "password": PASSWORD}
        self._token = self._ask("POST", "auth/user/emailpass", {}, json=credentials)["token"]
        self._key = self.admin("GET", "api-keys?type=publishable")["api_keys"][0]["token"]
        (self._region,) = self.shop("GET", "regions")["regions"]

    def connect(
        self, url: str | None = None, password: str | None = None, timeout: float = 30
    ) -> MedusaMarketplace:
        return MedusaMarketplace(url or self.url, "", EMAIL, password or PASSWORD, timeout)

    def desk(
        self, url: str | None = None, password: str | None = None, timeout: float = 30
    ) -> MedusaOrderDesk:
        return MedusaOrderDesk(url or self.url, "", EMAIL, password or PASSWORD, timeout)

    def make_key(self) -> str:
        """A secret API key, as programs use it."""
        made = self.admin("POST", "api-keys", {"title": "Chợ Phiên", "type": "secret"})
        return made["api_key"]["token"]

    def shown(self, offer: Offer) -> list[Shown]:
        return [
            self._shown(item, variant)
            for item, variant in self._find(offer)
            if variant["sku"] == offer.sku and variant["calculated_price"]
        ]

    def _shown(self, item: dict[str, Any], variant: dict[str, Any]) -> Shown:
        price = variant["calculated_price"]
        assert price["currency_code"] == "vnd"
        return Shown(
            item["id"],
            item["title"],
            item["description"] or "",
            price["calculated_amount"],
            variant["inventory_quantity"],
        )

    def _find(self, offer: Offer) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        query = {"region_id": self._region["id"], "fields": _SEEN, "handle": slug_of(offer.sku)}
        items = self.shop("GET", "products", params=query)["products"]
        return [(item, variant) for item in items for variant in item["variants"]]

    def pages(self, offer: Offer) -> int:
        alike = ({"handle": slug_of(offer.sku)}, {"title": offer.title})
        found = [self._ask("GET", "admin/products", self._admin_headers, params=query) for query in alike]
        return len({item["id"] for answer in found for item in answer["products"]})

    def pictures(self, offer: Offer) -> list[bytes]:
        ((item, _),) = self._find(offer)
        images = sorted(item["images"], key=lambda image: image["rank"])
        return [requests.get(image["url"], timeout=30).content for image in images]

    def abandon(self, offer: Offer) -> None:
        shop = self.connect()._ask_shop(offer.sku)
        self.admin("POST", "products", wire.new_product(offer, shop))

    def rename(self, external_id: str, sku: str) -> None:
        variant = self.admin("GET", f"products/{external_id}")["product"]["variants"][0]["id"]
        self.admin("POST", f"products/{external_id}/variants/{variant}", {"sku": sku})

    def remove(self, external_id: str) -> None:
        self.admin("DELETE", f"products/{external_id}")

    def add_theirs(self, sku: str, title: str) -> str:
        """As ours is made, at an address of their own."""
        given = wire.new_product(make_offer(sku=sku, title=title), self.connect()._ask_shop(sku))
        theirs = {**given, "handle": f"theirs-{sku.lower()}", "status": "published"}
        return str(self.admin("POST", "products", theirs)["product"]["id"])

    def unwanted(self, photos: PictureHost) -> dict[str, Any]:
        return {"category": "pcat_nowhere"}

    def order(self, *wanted: tuple[Offer, int]) -> str:
        cart = self.shop("POST", "carts", {"region_id": self._region["id"]})["cart"]["id"]
        for offer, quantity in wanted:
            ((_, variant),) = self._find(offer)
            line = {"variant_id": variant["id"], "quantity": quantity}
            self.shop("POST", f"carts/{cart}/line-items", line)
        address = {
            "first_name": CUSTOMER.first_name,
            "last_name": CUSTOMER.last_name,
            "phone": CUSTOMER.phone,
            "address_1": CUSTOMER.street,
            "city": CUSTOMER.town,
            "country_code": "vn",
        }
        self.shop("POST", f"carts/{cart}", {"email": CUSTOMER.email, "shipping_address": address})
        (option,) = self.shop("GET", "shipping-options", params={"cart_id": cart})["shipping_options"]
        self.shop("POST", f"carts/{cart}/shipping-methods", {"option_id": option["id"]})
        payment = self.shop("POST", "payment-collections", {"cart_id": cart})["payment_collection"]["id"]
        self.shop(
            "POST", f"payment-collections/{payment}/payment-sessions", {"provider_id": "pp_system_default"}
        )
        placed = self.shop("POST", f"carts/{cart}/complete")
        assert placed["type"] == "order", placed
        return str(placed["order"]["display_id"])

    def cancel(self, number: str) -> None:
        self.admin("POST", f"orders/{self.number_of(number)}/cancel")

    def number_of(self, display_id: str) -> str:
        found = self.admin("GET", "orders?fields=id,display_id&limit=1000&order=-created_at")["orders"]
        return next(order["id"] for order in found if str(order["display_id"]) == display_id)

    def shop(
        self,
        method: str,
        path: str,
        given: dict[str, Any] | None = None,
        params: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        headers = {"x-publishable-api-key": self._key}
        return self._ask(method, f"store/{path}", headers, json=given, params=params)

    def admin(self, method: str, path: str, given: dict[str, Any] | None = None) -> dict[str, Any]:
        return self._ask(method, f"admin/{path}", self._admin_headers, json=given)

    @property
    def _admin_headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}

    def _ask(self, method: str, path: str, headers: dict[str, str], **request: Any) -> dict[str, Any]:
        answer = requests.request(method, f"{self.url}/{path}", headers=headers, timeout=60, **request)
        assert answer.ok, answer.text
        return answer.json()


@contextmanager
def medusa_server(data_dir: Path, admin_url: str, database: str) -> Iterator[MedusaServer]:
    """On `database`, which must be its own, of the server that `admin_url` names."""
    with started("medusa", data_dir, DATABASE_URL=_url(admin_url, database)) as process:
        yield MedusaServer(process)


def _url(admin_url: str, database: str) -> str:
    """As Medusa reads it: it knows a Unix socket only in the place of the host."""
    parts = conninfo_to_dict(admin_url)
    person = quote(str(parts["user"])) + (f":{quote(str(parts['password']))}" if "password" in parts else "")
    host = quote(str(parts["host"]), safe="") + (f":{parts['port']}" if "port" in parts else "")
    return f"postgres://{person}@{host}/{database}?ssl_mode=disable"
