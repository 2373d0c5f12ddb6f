"""Vendure's own words: the documents we send, and what is read from its answers."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from gateways.marketplaces.base import words
from gateways.marketplaces.markup import html_of, text_of
from gateways.marketplaces.ours import sold_as
from gateways.marketplaces.steps import PRICE, STOCK, Selling
from gateways.marketplaces.texts import slug_of
from gateways.ports import Offer, Picture, Standing

CURRENCY = "VND"

_VARIANT = "id sku name enabled trackInventory stockOnHand stockAllocated prices { currencyCode price }"
_ASSET = "id name"
_PRODUCT = f"id slug name description enabled assets {{ {_ASSET} }} variants {{ {_VARIANT} }}"

LOGIN = """mutation Login($username: String!, $password: String!) {
  login(username: $username, password: $password) { __typename ... on ErrorResult { errorCode message } }
}"""
CHANNEL = """query Channel {
  activeChannel { defaultLanguageCode defaultCurrencyCode }
  globalSettings { serverConfig { moneyStrategyPrecision } }
}"""
FIND_PRODUCTS = f"""query FindProducts($slug: String!, $sku: String!) {{
  products(options: {{
    filter: {{ _or: [{{ slug: {{ eq: $slug }} }}, {{ sku: {{ eq: $sku }} }}] }},
    sort: {{ createdAt: ASC, id: ASC }}
  }}) {{ items {{ {_PRODUCT} }} }}
}}"""
GET_PRODUCT = f"""query GetProduct($id: ID!) {{
  product(id: $id) {{ {_PRODUCT} }}
}}"""
CREATE_PRODUCT = f"""mutation CreateProduct($input: CreateProductInput!) {{
  createProduct(input: $input) {{ {_PRODUCT} }}
}}"""
UPDATE_PRODUCT = """mutation UpdateProduct($input: UpdateProductInput!) {
  updateProduct(input: $input) { id }
}"""
CREATE_VARIANT = f"""mutation CreateVariant($input: CreateProductVariantInput!) {{
  createProductVariants(input: [$input]) {{ {_VARIANT} }}
}}"""
UPDATE_VARIANT = f"""mutation UpdateVariant($input: UpdateProductVariantInput!) {{
  updateProductVariants(input: [$input]) {{ {_VARIANT} }}
}}"""
FIND_ASSETS = f"""query FindAssets($names: [String!]!) {{
  assets(options: {{ filter: {{ name: {{ in: $names }} }}, sort: {{ createdAt: DESC, id: DESC }} }}) {{
    items {{ {_ASSET} }}
  }}
}}"""
CREATE_ASSET = f"""mutation CreateAsset($input: CreateAssetInput!) {{
  createAssets(input: [$input]) {{ __typename ... on Asset {{ {_ASSET} }} ... on ErrorResult {{ errorCode message }} }}
}}"""
_SHOP_PAGE = '{product(slug:"%s"){name description variants{sku price currencyCode stockLevel}}}'


@dataclass(frozen=True)
class Channel:
    """How the server counts money and which language it shows."""

    language: str
    currency: str
    precision: int

    @classmethod
    def read(cls, data: dict[str, Any]) -> "Channel":
        channel = data["activeChannel"]
        return cls(
            channel["defaultLanguageCode"],
            channel["defaultCurrencyCode"],
            data["globalSettings"]["serverConfig"]["moneyStrategyPrecision"],
        )

    def units(self, dong: int) -> int:
        """đồng as the server counts them: by default in hundredths, whatever the currency."""
        return dong * int(10**self.precision)

    def dong(self, units: int) -> int:
        """What the server's `units` are; a fraction of a đồng, which only others can have set, is dropped."""
        return units // int(10**self.precision)


@dataclass(frozen=True)
class Variant:
    """What is sold; `prices` by currency, in the server's units; `stock` with what buyers have ordered already
    (`allocated`)."""

    id: str
    sku: str
    name: str
    enabled: bool
    tracked: bool
    stock: int
    allocated: int
    prices: dict[str, int]

    @property
    def left(self) -> int | None:
        """What customers can still buy; None where the server does not count, and sells without end."""
        return self.stock - self.allocated if self.tracked else None

    @classmethod
    def read(cls, data: dict[str, Any]) -> "Variant":
        return cls(
            id=data["id"],
            sku=data["sku"],
            name=data["name"],
            enabled=data["enabled"],
            tracked=data["trackInventory"] == "TRUE",
            stock=data["stockOnHand"],
            allocated=data["stockAllocated"],
            prices={price["currencyCode"]: price["price"] for price in data["prices"]},
        )


@dataclass(frozen=True)
class Product:
    """The page that a variant stands on; `assets` are the numbers of its pictures by their names, in order."""

    number: str
    slug: str
    title: str
    description: str
    enabled: bool
    assets: dict[str, str]
    variants: tuple[Variant, ...]

    @classmethod
    def read(cls, data: dict[str, Any]) -> "Product":
        variants = tuple(Variant.read(variant) for variant in data["variants"])
        return cls(
            number=words(data["id"]),
            slug=data["slug"],
            title=data["name"],
            description=data["description"],
            enabled=data["enabled"],
            assets={asset["name"]: asset["id"] for asset in data["assets"]},
            variants=variants,
        )

    def variant_for(self, sku: str) -> Variant | None:
        """The variant to be sold; on our own page also one whose SKU was changed by hand."""
        return sold_as(sku, self.variants, lambda variant: variant.sku)


def shop_url(base_url: str, slug: str) -> str:
    """Where anyone can see what the shop shows: Vendure has no pages of its own, its shop API answers GET."""
    return f"{base_url}/shop-api?query={quote(_SHOP_PAGE % slug, safe='')}"


def new_product(offer: Offer, language: str) -> dict[str, Any]:
    """Hidden until its variant stands."""
    return {
        "enabled": False,
        "translations": [
            {
                "languageCode": language,
                "slug": slug_of(offer.sku),
                "name": offer.title,
                "description": html_of(offer.description),
            }
        ],
    }


def picture_names(offer: Offer) -> list[str]:
    """What the server calls our pictures, in order, each once."""
    return list(dict.fromkeys(name_of(picture) for picture in offer.pictures))


def name_of(picture: Picture) -> str:
    return f"{picture.key}.jpg"


def product_changes(
    product: Product, offer: Offer, language: str, assets: list[str] | None
) -> dict[str, Any]:
    """What must be sent so that `product` shows `offer` with the pictures `assets` (None: those it has); empty where
    it does."""
    changes: dict[str, Any] = {} if product.enabled else {"enabled": True}
    words = {"name": offer.title, "description": html_of(offer.description)}
    if words != {"name": product.title, "description": product.description}:
        changes["translations"] = [{"languageCode": language, **words}]
    if assets is not None:
        changes |= {"assetIds": assets, "featuredAssetId": next(iter(assets), None)}
    return changes


def variant_fields(offer: Offer, channel: Channel) -> dict[str, Any]:
    """A whole variant."""
    return {
        "price": channel.units(offer.price),
        "stockOnHand": offer.stock,
        "trackInventory": "TRUE",
        **_named(offer, channel),
    }


def selling_fields(variant: Variant, told: Selling, channel: Channel) -> dict[str, Any]:
    """Customers are sold what is on hand less what others have ordered: that is our stock."""
    fields: dict[str, Any] = {}
    if PRICE in told:
        fields["price"] = channel.units(told[PRICE])
    if STOCK in told:
        fields["stockOnHand"] = told[STOCK] + variant.allocated
        if not variant.tracked:
            fields["trackInventory"] = "TRUE"
    return fields


def variant_changes(variant: Variant, offer: Offer, channel: Channel) -> dict[str, Any]:
    """What must be sent so that `variant` stands under our SKU and words; empty where it does."""
    same = {
        "sku": variant.sku == offer.sku,
        "enabled": variant.enabled,
        "translations": variant.name == offer.title,
    }
    return {field: value for field, value in _named(offer, channel).items() if not same[field]}


def _named(offer: Offer, channel: Channel) -> dict[str, Any]:
    words = [{"languageCode": channel.language, "name": offer.title}]
    return {"sku": offer.sku, "enabled": True, "translations": words}


def standing(product: Product, variant: Variant, channel: Channel) -> Standing:
    """How customers see it."""
    first = next(iter(product.assets), "")
    return Standing(
        external_id=product.number,
        title=product.title,
        price=channel.dong(variant.prices.get(channel.currency, 0)),
        stock=variant.left,
        shown=product.enabled and variant.enabled,
        pictures=len(product.assets),
        first_picture=first.removesuffix(".jpg"),
        description=text_of(product.description),
    )
