"""A real Vendure server for the tests, with what its administrator and its customers do."""

import html
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests

from gateways.marketplaces.texts import slug_of
from gateways.marketplaces.vendure import wire
from gateways.marketplaces.vendure.client import VendureMarketplace
from gateways.marketplaces.vendure.orders import VendureOrderDesk
from gateways.ports import Offer
from tests.contract.floors import CUSTOMER, Bounds, Shown
from tests.contract.pictures import PictureHost
from tests.contract.processes import Process, started

USERNAME = PASSWORD = "superadmin"
_SHOP = """query {
  products(options: { take: 100, sort: { createdAt: DESC } }) {
    items { id name description assets { source } variants { id sku price currencyCode } }
  }
}"""
_PAGES = """query Pages($slug: String!, $title: String!) {
  products(options: { filter: { _or: [{ slug: { contains: $slug } }, { name: { eq: $title } }] } }) {
    items { id enabled variants { stockOnHand } }
  }
}"""
_ADD_GROUP = """mutation($input: CreateProductOptionGroupInput!) {
  createProductOptionGroup(input: $input) { id options { id } }
}"""
_USE_GROUP = """mutation($product: ID!, $group: ID!) {
  addOptionGroupToProduct(productId: $product, optionGroupId: $group) { id }
}"""
_ADD_ROLE = "mutation($input: CreateRoleInput!) { createRole(input: $input) { id } }"
_ADD_ADMINISTRATOR = (
    "mutation($input: CreateAdministratorInput!) { createAdministrator(input: $input) { id } }"
)
_ADD_ITEM = (
    "mutation($v: ID!, $q: Int!) { addItemToOrder(productVariantId: $v, quantity: $q) { __typename } }"
)
_BE_CUSTOMER = "mutation($i: CreateCustomerInput!) { setCustomerForOrder(input: $i) { __typename } }"
_SEND_TO = "mutation($i: CreateAddressInput!) { setOrderShippingAddress(input: $i) { __typename } }"
_SEND_BY = "mutation($id: [ID!]!) { setOrderShippingMethod(shippingMethodId: $id) { __typename } }"
_PAY = """mutation($i: PaymentInput!) {
  addPaymentToOrder(input: $i) { __typename ... on Order { code state } ... on ErrorResult { message } }
}"""
_ORDER_BY_CODE = """query($code: String!) {
  orders(options: { filter: { code: { eq: $code } } }) { items { id } }
}"""
_LOGIN = "mutation($n: String!, $p: String!) { login(username: $n, password: $p) { __typename } }"


class VendureServer:
    """The `Floor` of the contract tests."""

    bounds = Bounds(
        smallest={"title": "x", "description": "", "price": 1, "stock": 0},
        largest={"title": "x" * 255, "price": 21_000_000, "stock": 2_000_000},
    )
    calls = 3
    change_calls = 2
    needs_pictures = False
    shows_sold_out = True
    withholds = 0

    def __init__(self, process: Process, precision: int) -> None:
        self.url = process.url
        self.paused = process.paused
        self._scale = 10**precision
        self._token = self._sign_in(USERNAME, PASSWORD)

    def connect(
        self, url: str | None = None, password: str | None = None, timeout: float = 30
    ) -> VendureMarketplace:
        return VendureMarketplace(url or self.url, USERNAME, password or PASSWORD, timeout)

    def desk(
        self, url: str | None = None, password: str | None = None, timeout: float = 30
    ) -> VendureOrderDesk:
        return VendureOrderDesk(url or self.url, USERNAME, password or PASSWORD, timeout)

    def shown(self, offer: Offer) -> list[Shown]:
        return [self._shown(item, variant) for item, variant in self._find(offer)]

    def _find(self, offer: Offer) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        items = self.shop(_SHOP)["products"]["items"]
        found = [(item, variant) for item in items for variant in item["variants"]]
        return [(item, variant) for item, variant in found if variant["sku"] == offer.sku]

    def _shown(self, item: dict[str, Any], variant: dict[str, Any]) -> Shown:
        assert variant["currencyCode"] == "VND"
        price, rest = divmod(variant["price"], self._scale)
        assert rest == 0
        words = html.unescape(item["description"].replace("<br>", ""))
        return Shown(item["id"], item["name"], words, price, self._stock(item["id"]))

    def _stock(self, product_id: str) -> int:
        """What customers can still buy."""
        query = "query($id: ID!) { product(id: $id) { variants { stockOnHand stockAllocated } } }"
        variant = self.admin(query, id=product_id)["product"]["variants"][0]
        return variant["stockOnHand"] - variant["stockAllocated"]

    def pictures(self, offer: Offer) -> list[bytes]:
        (item,) = [item for item, _ in self._find(offer)]
        return [requests.get(asset["source"], timeout=30).content for asset in item["assets"]]

    def files(self, name: str) -> int:
        """How many pictures of this name the server keeps."""
        query = "query($n: String!) { assets(options: { filter: { name: { eq: $n } } }) { totalItems } }"
        return self.admin(query, n=name)["assets"]["totalItems"]

    def pages(self, offer: Offer) -> int:
        found = self.admin(_PAGES, slug=slug_of(offer.sku), title=offer.title)
        return len(found["products"]["items"])

    def abandon(self, offer: Offer) -> None:
        self.admin(wire.CREATE_PRODUCT, input=wire.new_product(offer, "vi"))

    def order(self, *wanted: tuple[Offer, int], payment: str = "at-once") -> str:
        ask = self.fill_basket(*wanted)
        person = {"firstName": CUSTOMER.first_name, "lastName": CUSTOMER.last_name}
        ask(_BE_CUSTOMER, i={**person, "emailAddress": CUSTOMER.email, "phoneNumber": CUSTOMER.phone})
        address = {
            "fullName": f"{CUSTOMER.last_name} {CUSTOMER.first_name}",
            "streetLine1": CUSTOMER.street,
            "city": CUSTOMER.town,
            "phoneNumber": CUSTOMER.phone,
            "countryCode": "VN",
        }
        ask(_SEND_TO, i=address)
        (method,) = ask("{ eligibleShippingMethods { id } }")["eligibleShippingMethods"]
        ask(_SEND_BY, id=[method["id"]])
        ask('mutation { transitionOrderToState(state: "ArrangingPayment") { __typename } }')
        placed = ask(_PAY, i={"method": payment, "metadata": {}})["addPaymentToOrder"]
        assert placed["state"] in {"PaymentSettled", "PaymentAuthorized"}
        return placed["code"]

    def fill_basket(self, *wanted: tuple[Offer, int]) -> Callable[..., dict[str, Any]]:
        """A customer who has gathered this, to be asked on."""
        ask = self._customer()
        for offer, quantity in wanted:
            (variant,) = [variant for _, variant in self._find(offer)]
            ask(_ADD_ITEM, v=variant["id"], q=quantity)
        return ask

    def _customer(self) -> Callable[..., dict[str, Any]]:
        """A new one, with a basket of their own."""
        headers: dict[str, str] = {}

        def ask(query: str, **variables: object) -> dict[str, Any]:
            answer = self._ask("shop-api", query, variables, headers)
            if token := answer.headers.get("vendure-auth-token"):
                headers["Authorization"] = f"Bearer {token}"
            return answer.json()["data"]

        return ask

    def cancel(self, number: str) -> None:
        found = self.admin(_ORDER_BY_CODE, code=number)["orders"]["items"]
        given = {"orderId": found[0]["id"], "reason": "by hand", "cancelShipping": True}
        done = self.admin(
            "mutation($i: CancelOrderInput!) { cancelOrder(input: $i) { __typename } }", i=given
        )
        assert done["cancelOrder"]["__typename"] == "Order"

    def rename(self, external_id: str, sku: str) -> None:
        find = "query($id: ID!) { product(id: $id) { variants { id } } }"
        variant = self.admin(find, id=external_id)["product"]["variants"][0]["id"]
        self.admin(wire.UPDATE_VARIANT, input={"id": variant, "sku": sku})

    def remove(self, external_id: str) -> None:
        self.admin("mutation($id: ID!) { deleteProduct(id: $id) { result } }", id=external_id)

    def add_theirs(self, sku: str, title: str) -> str:
        return self.add_page(sku, title=title)

    def unwanted(self, photos: PictureHost) -> dict[str, Any]:
        return {"title": "x" * 256}

    def add_page(self, *skus: str, title: str = "By hand") -> str:
        """A shown page made by hand with one variant per SKU; its id."""
        words = [{"languageCode": "vi", "name": title}]
        page = {
            "enabled": True,
            "translations": [{**words[0], "slug": f"by-hand-{skus[0]}", "description": ""}],
        }
        product: str = self.admin(wire.CREATE_PRODUCT, input=page)["createProduct"]["id"]
        options = self._add_sizes(product, skus) if len(skus) > 1 else [[]]
        for sku, option in zip(skus, options, strict=True):
            variant = {"productId": product, "sku": sku, "price": 100, "optionIds": option}
            self.admin(wire.CREATE_VARIANT, input={**variant, "translations": words})
        return product

    def _add_sizes(self, product: str, skus: tuple[str, ...]) -> list[list[str]]:
        words = [{"languageCode": "vi", "name": "Size"}]
        sizes = [{"code": sku, "translations": words} for sku in skus]
        given = {"code": f"sizes-{product}", "translations": words, "options": sizes}
        group = self.admin(_ADD_GROUP, input=given)["createProductOptionGroup"]
        self.admin(_USE_GROUP, product=product, group=group["id"])
        return [[option["id"]] for option in group["options"]]

    def add_administrator(self, permissions: list[str]) -> str:
        """One who may do only this; the name to sign in with PASSWORD."""
        code = f"clerk-{uuid4().hex}"
        role = {"code": code, "description": code, "permissions": permissions}
        role_id = self.admin(_ADD_ROLE, input=role)["createRole"]["id"]
        person = {"firstName": "A", "lastName": "B", "emailAddress": f"{code}@example.org"}
        self.admin(_ADD_ADMINISTRATOR, input={**person, "password": PASSWORD, "roleIds": [role_id]})
        return person["emailAddress"]

    def admin(self, query: str, token: str | None = None, **variables: object) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token or self._token}"}
        return self._ask("admin-api", query, variables, headers).json()["data"]

    def shop(self, query: str, **variables: object) -> dict[str, Any]:
        return self._ask("shop-api", query, variables, {}).json()["data"]

    def _sign_in(self, username: str, password: str) -> str:
        answer = self._ask("admin-api", _LOGIN, {"n": username, "p": password}, {})
        return answer.headers["vendure-auth-token"]

    def _ask(
        self, api: str, query: str, variables: dict[str, object], headers: dict[str, str]
    ) -> requests.Response:
        body = {"query": query, "variables": variables}
        answer = requests.post(f"{self.url}/{api}", json=body, headers=headers, timeout=60)
        assert "errors" not in answer.json(), answer.text
        return answer


@contextmanager
def vendure_server(data_dir: Path, **settings: str) -> Iterator[VendureServer]:
    """With the vendor's defaults unless `settings` say otherwise."""
    with started("vendure", data_dir, SQLJS_SAVE="0", **settings) as process:
        yield VendureServer(process, int(settings.get("VENDURE_MONEY_PRECISION", "2")))
