"""Paying a seller by the static QR of its stall: the same that hangs there."""

from flask import Response

from core import qr_images
from core.errors import NotFound, text
from models import Bank, Stall
from services.queries import shop as queries
from services.queries.markets import stall_payload
from services.queries.shop import Shop
from web.auth import public
from web.database import session
from web.languages import translate
from web.shop.addresses import shop_path
from web.shop.heads import Head, for_everybody, page


@public
def qr(code: str) -> Response:
    """The QRs of a seller's stalls, to scan or to keep as a picture. Raises NotFound where there is none."""
    shop, stalls = _stalls(code)
    head = Head(
        title=translate(text("Trả qua VietQR")),
        description=shop.name,
        path=f"{shop_path(shop.code)}/qr",
        indexed=False,
    )
    banks = {stall.id: session().get_one(Bank, stall.payout_account.bin).short_name for stall in stalls}
    shown = [(stall, qr_images.svg(stall_payload(stall)), banks[stall.id]) for stall in stalls]
    return page("shop/paying.html", head, shop=shop, shown=shown)


@public
def qr_image(code: str, stall_code: str) -> Response:
    """One QR as a PNG, for a bank's app that reads pictures."""
    _, stalls = _stalls(code)
    stall = next((one for one in stalls if one.code == stall_code), None)
    if stall is None:
        raise NotFound()
    answer = Response(qr_images.png(stall_payload(stall)), content_type="image/png")
    return for_everybody(answer, indexed=False)


def _stalls(code: str) -> tuple[Shop, list[Stall]]:
    shop = queries.get_shop(session(), code)
    stalls = queries.list_paying_stalls(session(), shop)
    if not stalls:
        raise NotFound()
    return shop, stalls
