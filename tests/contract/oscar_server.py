"""A real django-oscar shop for the tests, with what its administrator and its customers do."""

import html
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests

from gateways.marketplaces.oscar import wire
from gateways.marketplaces.oscar.client import OscarMarketplace
from gateways.marketplaces.oscar.orders import OscarOrderDesk
from gateways.marketplaces.texts import slug_of
from gateways.ports import Offer, Picture
from tests.contract.floors import CUSTOMER, Bounds, Shown, make_offer
from tests.contract.pictures import PictureHost
from tests.contract.processes import Process, started

TOKEN = "local-test-token"
OWNER = {"username": "admin@example.com", "password": "supersecret"}


class OscarServer:
    """The `Floor` of the contract tests."""

    bounds = Bounds(
        smallest={"title": "x", "description": "", "price": 1, "stock": 0},
        largest={"title": "x" * 255, "price": 21_000_000, "stock": 2_000_000},
    )
    calls = 3
    change_calls = 3
    needs_pictures = False
    shows_sold_out = True
    withholds = 0

    def __init__(self, process: Process) -> None:
        self.url = process.url
        self.paused = process.paused
        self.files = process.data_dir / "media"

    def connect(
        self, url: str | None = None, password: str | None = None, timeout: float = 30
    ) -> OscarMarketplace:
        return OscarMarketplace(url or self.url, password or TOKEN, timeout)

    def desk(
        self, url: str | None = None, password: str | None = None, timeout: float = 30
    ) -> OscarOrderDesk:
        return OscarOrderDesk(url or self.url, password or TOKEN, timeout)

    def shown(self, offer: Offer) -> list[Shown]:
        """By the shop's page, where there is one, and its API for customers."""
        listed = [item for item in self.shop("products/") if item["upc"] == offer.sku]
        return [self._shown(item["id"]) for item in listed if self._has_page(item["id"])]

    def _has_page(self, product: int) -> bool:
        return requests.get(f"{self.url}/catalogue/page_{product}/", timeout=30).ok

    def _shown(self, product: int) -> Shown:
        found, price, stock = (
            self.shop(f"products/{product}/{about}") for about in ("", "price/", "availability/")
        )
        assert price["currency"] == "VND"
        words = html.unescape(found["description"].replace("<br>", ""))
        left = stock["num_available"] if stock["is_available_to_buy"] else 0
        return Shown(str(product), found["title"], words, int(Decimal(price["incl_tax"])), left)

    def pages(self, offer: Offer) -> int:
        slug = slug_of(offer.sku)
        return sum(
            offer.title == item["title"] or slug == item["slug"] for item in self.admin("GET", "products/")
        )

    def pictures(self, offer: Offer) -> list[bytes]:
        (listed,) = [item["id"] for item in self.shop("products/") if item["upc"] == offer.sku]
        images = sorted(self.shop(f"products/{listed}/")["images"], key=lambda image: image["display_order"])
        return [requests.get(image["original"], timeout=30).content for image in images]

    def page(self, url: str | None) -> str:
        assert url
        answer = requests.get(url, timeout=30)
        assert answer.ok
        return answer.text

    def abandon(self, offer: Offer) -> None:
        """The shop makes a page whole or not at all; this one was emptied by hand."""
        self.connect().publish(offer)
        product = self.admin("PATCH", "products/", {"upc": offer.sku})
        self.admin("PATCH", f"products/{product['id']}/", {"is_public": False})
        self.admin("DELETE", product["stockrecords"][0]["url"].partition("/admin/")[2])

    def rename(self, external_id: str, sku: str) -> None:
        self.admin("PATCH", f"products/{external_id}/", {"upc": sku})

    def remove(self, external_id: str) -> None:
        self.admin("DELETE", f"products/{external_id}/")

    def add_theirs(self, sku: str, title: str) -> str:
        """As ours is made, at an address of their own."""
        given = wire.new_product(make_offer(sku=sku, title=title), self.connect()._partner(sku))
        return str(self.admin("POST", "products/", {**given, "slug": f"theirs-{sku.lower()}"})["id"])

    def unwanted(self, photos: PictureHost) -> dict[str, Any]:
        return {"pictures": (Picture("0" * 64, f"{photos.url}/media/gone.jpg", lambda: b"not there"),)}

    def order(self, *wanted: tuple[Offer, int]) -> str:
        customer = requests.Session()
        listed = _items(self.shop("products/"))
        products = {item["upc"]: item["url"] for item in listed}
        for offer, quantity in wanted:
            given = {"url": products[offer.sku], "quantity": quantity}
            basket = self._ask(customer, "POST", "basket/add-product/", given)
        address = {
            "country": f"{self.url}/api/countries/VN/",
            "first_name": CUSTOMER.first_name,
            "last_name": CUSTOMER.last_name,
            "line1": CUSTOMER.street,
            "line4": CUSTOMER.town,
            "phone_number": CUSTOMER.phone,
        }
        given = {"basket": basket["url"], "guest_email": CUSTOMER.email, "shipping_address": address}
        return self._ask(customer, "POST", "checkout/", given)["number"]

    def cancel(self, number: str) -> None:
        self.enter_status(number, "Cancelled")

    def enter_status(self, number: str, status: str) -> None:
        """In the shop's dashboard, as its people do."""
        with requests.Session() as owner:
            owner.get(f"{self.url}/dashboard/login/", timeout=30)
            self._submit(owner, "login", OWNER)
            given = {"order_action": "change_order_status", "new_status": status}
            done = self._submit(owner, f"orders/{number}", given)
        assert done.ok
        (order,) = [order for order in self.admin("GET", "orders/") if order["number"] == number]
        assert order["status"] == status

    def _submit(self, owner: requests.Session, page: str, given: dict[str, str]) -> requests.Response:
        fields = {**given, "csrfmiddlewaretoken": owner.cookies["csrftoken"]}
        return owner.post(f"{self.url}/dashboard/{page}/", fields, timeout=30)

    def shop(self, path: str) -> Any:
        return self._ask(requests.Session(), "GET", path)

    def admin(self, method: str, path: str, given: dict[str, Any] | None = None) -> Any:
        with requests.Session() as owner:
            owner.headers["Authorization"] = f"Token {TOKEN}"
            return self._ask(owner, method, f"admin/{path}", given)

    def _ask(
        self, session: requests.Session, method: str, path: str, given: dict[str, Any] | None = None
    ) -> Any:
        answer = session.request(method, f"{self.url}/api/{path}", json=given, timeout=60)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None


def _items(answer: Any) -> list[dict[str, Any]]:
    return answer["results"] if isinstance(answer, dict) else answer


@contextmanager
def oscar_server(data_dir: Path, **settings: str) -> Iterator[OscarServer]:
    with started("oscar", data_dir, OSCAR_TOKEN=TOKEN, **settings) as process:
        yield OscarServer(process)
