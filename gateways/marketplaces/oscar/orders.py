"""Orders in a django-oscar shop. Its API tells of them, and lets nobody change one."""

from typing import NoReturn

from core import clock
from core.errors import text
from gateways.errors import AlreadyDone, Problem
from gateways.marketplaces.base import rejected
from gateways.marketplaces.oscar.api import NotThere, OscarApi
from gateways.marketplaces.oscar.order_wire import ListedOrder, SoldLine
from gateways.marketplaces.oscar.told import Told
from gateways.marketplaces.reading import read_page
from gateways.ports import FloorOrder, OrderLine, OrderPage, OrderStatus

PAGE = 20
"""Orders told at once; each takes a call for its lines."""

_BEYOND = {
    OrderStatus.CONFIRMED: {OrderStatus.CONFIRMED, OrderStatus.SHIPPED, OrderStatus.DELIVERED},
    OrderStatus.SHIPPED: {OrderStatus.SHIPPED, OrderStatus.DELIVERED},
    OrderStatus.CANCELLED: {OrderStatus.CANCELLED},
}


class OscarOrderDesk:
    """An `OrderDesk` on one shop. What was done with an order must be entered in the shop's own dashboard."""

    def __init__(self, base_url: str, token: str, timeout_seconds: float) -> None:
        self._api = OscarApi(base_url, token, timeout_seconds)
        self._skus: dict[str, str | None] = {}

    def list_orders(self, cursor: str | None) -> OrderPage:
        listed = [ListedOrder.read(data) for data in self._api.list("orders", "admin/orders/")]
        listed.sort(key=lambda order: order.entry.id)
        told = Told.read(cursor)
        while news := [order for order in listed if told.is_news(order.entry)][:PAGE]:
            told = told.with_told([o.entry for o in news], [o.entry for o in listed], clock.now())
            page = read_page(news, self._whole, lambda order: str(order.entry.id), told.written())
            if not page.is_empty:
                return page
        return OrderPage((), told.written())

    def confirm_order(self, external_id: str) -> None:
        self._leave_to_people(external_id, OrderStatus.CONFIRMED)

    def ship_order(self, external_id: str, tracking_number: str | None) -> None:
        self._leave_to_people(external_id, OrderStatus.SHIPPED)

    def cancel_order(self, external_id: str, reason: str) -> None:
        self._leave_to_people(external_id, OrderStatus.CANCELLED)

    def _leave_to_people(self, external_id: str, wanted: OrderStatus) -> NoReturn:
        """AlreadyDone once somebody has entered it."""
        try:
            order = self._order(external_id)
        except NotThere as error:
            unknown = text("Sàn không còn đơn này")
            raise rejected(Problem(None, "unknown_order", unknown)) from error
        if order.status in _BEYOND[wanted]:
            raise AlreadyDone(f"order {external_id} is {order.status}")
        by_hand = text(
            "Sàn này không nhận lệnh về đơn hàng qua kết nối: hãy đổi trạng thái đơn %(number)s trong trang"
            " quản trị của sàn",
            number=order.number,
        )
        raise rejected(Problem(None, "by_hand", by_hand))

    def _order(self, external_id: str) -> ListedOrder:
        found = self._api.call("order", "GET", f"admin/orders/{external_id}/", order=external_id)
        return ListedOrder.read(found)

    def _whole(self, order: ListedOrder) -> FloorOrder | None:
        """None where there is nothing in it."""
        lines = self._lines(order)
        return order.told_with(lines) if lines else None

    def _lines(self, order: ListedOrder) -> tuple[OrderLine, ...]:
        """Goods that the shop no longer has are known by their title only."""
        number = str(order.entry.id)
        path = f"admin/orders/{number}/lines/"
        found = [SoldLine.read(data) for data in self._api.list("order_lines", path, order=number)]
        return tuple(self._line(line) for line in found)

    def _line(self, line: SoldLine) -> OrderLine:
        sku = self._sku(line.product_id) if line.product_id else None
        return OrderLine(sku or "", line.quantity, line.price, line.product_id, line.title)

    def _sku(self, product_id: str) -> str | None:
        """A line names its product only by number."""
        if product_id not in self._skus:
            self._skus[product_id] = self._ask_sku(product_id)
        return self._skus[product_id]

    def _ask_sku(self, product_id: str) -> str | None:
        try:
            found: dict[str, str] = self._api.call("product", "GET", f"admin/products/{product_id}/")
        except NotThere:
            return None
        return found["upc"] or None
