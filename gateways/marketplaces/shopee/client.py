"""Our listings in a Shopee shop. No field makes an item once: look before every create."""

from typing import Any

from gateways.errors import AlreadyDone, Problem
from gateways.marketplaces import meanings
from gateways.marketplaces.advice import REVIEWED_FIRST
from gateways.marketplaces.base import LOST, listed, page_at, rejected
from gateways.marketplaces.ours import ours_among, refuse_others, unsigned
from gateways.marketplaces.pictures import PictureGone, names_of
from gateways.marketplaces.shopee import wire
from gateways.marketplaces.shopee.api import ShopeeApi
from gateways.marketplaces.shopee.refusals import PlaceWanted, refused
from gateways.marketplaces.shopee.wire import Item, Limits
from gateways.marketplaces.steps import PRICE, STOCK, Selling, Steps, selling
from gateways.ports import FloorListing, Offer, Ours, Picture, PictureShelf, Standing

SHOPS = {"partner.shopeemobile.com": "https://shopee.vn"}
PAGE, BATCH = 100, 50
BANNED = Problem(None, "banned", meanings.LOCKED.text)
NO_CARRIER = Problem("weight", "no_carrier", meanings.NO_CARRIER.text)


class ShopeeMarketplace:
    """A `Marketplace` in one shop. The caller sees to one publisher per SKU at a time."""

    def __init__(self, api: ShopeeApi, shelf: PictureShelf) -> None:
        self._api = api
        self._shelf = shelf
        self._known_limits: Limits | None = None

    def publish(self, offer: Offer) -> FloorListing:
        """Show `offer` as the item that it stands on, or the oldest one that is ours; any others of ours are hidden."""
        faults = wire.offer_faults(offer)
        steps = Steps(offer, faults or self._limits(offer.sku).problems(offer))
        try:
            number = self._make_equal(offer, steps)
        except PictureGone:
            self._shelf.forget([picture.key for picture in offer.pictures])
            raise
        page = page_at(self._api.base_url, SHOPS, f"/product/{self._api.shop_id}/{number}")
        return steps.end(FloorListing(str(number), page))

    def withdraw(self, ours: Ours) -> None:
        """Hide every item of ours. Nothing is deleted: orders keep their item. Raises GatewayRejected for what is in
        review, which is shown once it has passed."""
        found = self._find(ours)
        if shown := [item.id for item in found if item.status == wire.NORMAL]:
            self._list(ours.sku, shown, unlist=True)
        if any(item.status == wire.REVIEWING for item in found):
            raise rejected(REVIEWED_FIRST)
        if not shown:
            raise AlreadyDone(f"{ours.sku} is not shown")

    def read(self, ours: Ours) -> Standing | None:
        found = self._find(ours)
        return found[0].standing if found else None

    def _make_equal(self, offer: Offer, steps: Steps) -> int:
        found = self._find(offer, to_change=True)
        if not found:
            steps.need_all()
            return self._create(offer)
        item, *doubles = found
        self._change(item, offer, steps)
        if double := [other.id for other in doubles if other.status == wire.NORMAL]:
            self._list(offer.sku, double, unlist=True)
        return item.id

    def _create(self, offer: Offer) -> int:
        item = wire.new_item(offer, self._pictures(offer), self._channels(offer))
        try:
            answer = self._api.post("/api/v2/product/add_item", offer.sku, **item)
            return int(answer["item_id"])
        except PictureGone:
            raise
        except LOST:
            if made := self._find(offer):
                return made[0].id
            raise

    def _change(self, item: Item, offer: Offer, steps: Steps) -> None:
        """Only what differs; price and stock have calls of their own."""
        if item.status == "BANNED":
            raise rejected(BANNED)
        new = selling(offer, same_price=item.price == offer.price, stock=item.stock)
        for name in new:
            steps.sell({name: new[name]}, lambda told: self._sell(item, offer.sku, told))
        steps.show(lambda: self._show(item, offer))

    def _sell(self, item: Item, sku: str, told: Selling) -> None:
        """One of the two."""
        path = "/api/v2/product/"
        if PRICE in told:
            prices = [{"model_id": 0, "original_price": told[PRICE]}]
            done = self._api.post(f"{path}update_price", sku, item_id=item.id, price_list=prices)
            _all_done(done, PRICE)
        else:
            self._stock(item, sku, told[STOCK])

    def _stock(self, item: Item, sku: str, stock: int) -> None:
        """Without its warehouse, which most shops may not name though they read one; with it where Shopee says so."""
        try:
            self._hold(item, sku, [{"stock": stock}])
        except PlaceWanted:
            if not item.places:
                raise
            self._hold(item, sku, wire.stock_at(item.places, stock))

    def _hold(self, item: Item, sku: str, held: list[dict[str, Any]]) -> None:
        stock = [{"model_id": 0, "seller_stock": held}]
        done = self._api.post("/api/v2/product/update_stock", sku, item_id=item.id, stock_list=stock)
        _all_done(done, STOCK)

    def _show(self, item: Item, offer: Offer) -> None:
        if differ := wire.changes(item, wire.item_fields(offer, self._pictures(offer))):
            self._api.post("/api/v2/product/update_item", offer.sku, item_id=item.id, **differ)
        if item.status == "UNLIST":
            self._list(offer.sku, [item.id], unlist=False)

    def _pictures(self, offer: Offer) -> tuple[str, ...]:
        return names_of(self._shelf, offer.pictures, self._upload)

    def _list(self, sku: str, numbers: list[int], unlist: bool) -> None:
        for at in range(0, len(numbers), BATCH):
            wishes = [{"item_id": number, "unlist": unlist} for number in numbers[at : at + BATCH]]
            _all_done(self._api.post("/api/v2/product/unlist_item", sku, item_list=wishes), None)

    def _find(self, ours: Ours, to_change: bool = False) -> list[Item]:
        """Our items that are not deleted: where it stands, then its doubles, the oldest first."""
        found = self._api.get(
            "/api/v2/product/search_item",
            ours.sku,
            item_sku=ours.sku,
            page_size=PAGE,
            item_status=wire.LOOKED_FOR,
        )
        numbers = [str(number) for number in listed(found, "item_id_list", "total_count")]
        items = self._get(numbers, ours.sku)
        of_our_sku = sorted(
            (item for item in items if item.sku == ours.sku), key=lambda item: (item.created, item.id)
        )
        mine = ours_among(
            ours,
            of_our_sku,
            lambda number: next(iter(self._get([number], ours.sku)), None),
            signed=unsigned,
        )
        if to_change:
            refuse_others(ours, of_our_sku, mine)
        return mine

    def _get(self, numbers: list[str], sku: str) -> list[Item]:
        items: list[Item] = []
        for at in range(0, len(numbers), BATCH):
            batch = ",".join(numbers[at : at + BATCH])
            told = self._api.get("/api/v2/product/get_item_base_info", sku, item_id_list=batch)
            items += [Item.read(data) for data in told["item_list"]]
        return [item for item in items if item.status in wire.LOOKED_FOR]

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
        raise refused("not_carried_out", str(failure.get("failed_reason"))[:300], field)
