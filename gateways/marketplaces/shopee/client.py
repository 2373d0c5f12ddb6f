"""Our listings in a Shopee shop. No field makes an item once: look before every create."""

from typing import Any

from core.errors import text
from gateways.errors import AlreadyDone, Problem
from gateways.marketplaces.advice import refused
from gateways.marketplaces.base import LOST, listed, page_at, rejected
from gateways.marketplaces.pictures import PictureGone, names_of
from gateways.marketplaces.shopee import wire
from gateways.marketplaces.shopee.api import ShopeeApi
from gateways.marketplaces.shopee.wire import Item, Limits
from gateways.ports import FloorListing, Offer, Picture, PictureShelf, Standing

SHOPS = {"partner.shopeemobile.com": "https://shopee.vn"}
PAGE, BATCH = 100, 50
BANNED = Problem(None, "banned", text("Sàn đang khoá sản phẩm này: hãy xem lý do ở trang người bán của sàn"))
NO_CARRIER = Problem(
    "weight", "no_carrier", text("Không đơn vị vận chuyển nào của gian hàng nhận gói nặng như vậy")
)


class ShopeeMarketplace:
    """A `Marketplace` in one shop. The caller sees to one publisher per SKU at a time."""

    def __init__(self, api: ShopeeApi, shelf: PictureShelf) -> None:
        self._api = api
        self._shelf = shelf
        self._known_limits: Limits | None = None

    def publish(self, offer: Offer) -> FloorListing:
        """Show `offer` as the oldest item of its SKU; any others are hidden."""
        if problems := wire.offer_faults(offer):
            raise rejected(*problems)
        if problems := self._limits(offer.sku).problems(offer):
            raise rejected(*problems)
        try:
            number = self._show(offer)
        except PictureGone:
            self._shelf.forget([picture.key for picture in offer.pictures])
            raise
        page = page_at(self._api.base_url, SHOPS, f"/product/{self._api.shop_id}/{number}")
        return FloorListing(str(number), page)

    def withdraw(self, sku: str) -> None:
        """Hide every item of `sku`. Nothing is deleted: orders keep their item."""
        shown = [item.id for item in self._find(sku) if item.status == wire.NORMAL]
        if not shown:
            raise AlreadyDone(f"{sku} is not shown")
        self._list(sku, shown, unlist=True)

    def read(self, sku: str) -> Standing | None:
        """The oldest item of `sku`."""
        found = self._find(sku)
        return found[0].standing if found else None

    def _show(self, offer: Offer) -> int:
        found = self._find(offer.sku)
        fields = wire.item_fields(offer, names_of(self._shelf, offer.pictures, self._upload))
        if not found:
            return self._create(offer, tuple(fields["image"]["image_id_list"]))
        item, *doubles = found
        self._change(item, offer, fields)
        if double := [other.id for other in doubles if other.status == wire.NORMAL]:
            self._list(offer.sku, double, unlist=True)
        return item.id

    def _create(self, offer: Offer, pictures: tuple[str, ...]) -> int:
        item = wire.new_item(offer, pictures, self._channels(offer))
        try:
            answer = self._api.post("/api/v2/product/add_item", offer.sku, **item)
            return int(answer["item_id"])
        except PictureGone:
            raise
        except LOST:
            if made := self._find(offer.sku):
                return made[0].id
            raise

    def _change(self, item: Item, offer: Offer, fields: dict[str, Any]) -> None:
        """Only what differs; price and stock have calls of their own."""
        if item.status == "BANNED":
            raise rejected(BANNED)
        path, sku = "/api/v2/product/", offer.sku
        if differ := wire.changes(item, fields):
            self._api.post(f"{path}update_item", sku, item_id=item.id, **differ)
        if item.price != offer.price:
            prices = [{"model_id": 0, "original_price": offer.price}]
            done = self._api.post(f"{path}update_price", sku, item_id=item.id, price_list=prices)
            _all_done(done, "price")
        if item.stock != offer.stock:
            stock = [{"model_id": 0, "seller_stock": [{"stock": offer.stock}]}]
            done = self._api.post(f"{path}update_stock", sku, item_id=item.id, stock_list=stock)
            _all_done(done, "stock")
        if item.status == "UNLIST":
            self._list(sku, [item.id], unlist=False)

    def _list(self, sku: str, numbers: list[int], unlist: bool) -> None:
        for at in range(0, len(numbers), BATCH):
            wishes = [{"item_id": number, "unlist": unlist} for number in numbers[at : at + BATCH]]
            _all_done(self._api.post("/api/v2/product/unlist_item", sku, item_list=wishes), None)

    def _find(self, sku: str) -> list[Item]:
        """Our items of exactly this SKU that are not deleted, the oldest first."""
        found = self._api.get(
            "/api/v2/product/search_item", sku, item_sku=sku, page_size=PAGE, item_status=wire.LOOKED_FOR
        )
        numbers = [str(number) for number in listed(found, "item_id_list", "total_count")]
        items: list[Item] = []
        for at in range(0, len(numbers), BATCH):
            batch = ",".join(numbers[at : at + BATCH])
            told = self._api.get("/api/v2/product/get_item_base_info", sku, item_id_list=batch)
            items += [Item.read(data) for data in told["item_list"]]
        ours = [item for item in items if item.sku == sku and item.status in wire.LOOKED_FOR]
        return sorted(ours, key=lambda item: (item.created, item.id))

    def _upload(self, picture: Picture) -> str:
        told = self._api.upload("/api/v2/media_space/upload_image", picture.key[:12], picture.read())
        return str(told["image_info"]["image_id"])

    def _channels(self, offer: Offer) -> tuple[int, ...]:
        """Asked at each create: the shop may have switched carriers since."""
        told = self._api.get("/api/v2/logistics/get_channel_list", offer.sku)
        channels = wire.channels_for(told, (offer.weight_grams or 0) / wire.GRAMS)
        if not channels:
            raise rejected(NO_CARRIER)
        return channels

    def _limits(self, sku: str) -> Limits:
        """What the shop may show: asked once."""
        if self._known_limits is None:
            self._known_limits = Limits.read(self._api.get("/api/v2/product/get_item_limit", sku))
        return self._known_limits


def _all_done(answer: dict[str, Any], field: str | None) -> None:
    """Raises GatewayRejected for the first of a batch that was not carried out: that comes with HTTP 200 too."""
    for failure in answer.get("failure_list") or []:
        raise refused(field, "not_carried_out", str(failure.get("failed_reason"))[:300])
