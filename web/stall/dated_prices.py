"""Prices that hold from one day to another: the form for one more, and ending one."""

from functools import partial
from uuid import UUID

from flask import flash, redirect, url_for
from marshmallow import fields, validate
from werkzeug.wrappers import Response

from core.errors import text
from models import LONGEST_PRICE_NAME
from services import dated_prices as services
from services.listings import get_listing
from services.marketplaces import MARKETPLACES
from web.auth import SELLS, actor, allow
from web.database import session
from web.forms import Form, FormSchema, Page, do, label
from web.goods import RightPrice, WrittenDay
from web.languages import translate
from web.schemas import Dong, Line
from web.stall.listings import floors


class DatedPriceForm(FormSchema):
    price = Dong(required=True, metadata=label(text("Giá trong những ngày đó")))
    first_day = WrittenDay(
        required=True, metadata=label(text("Từ ngày"), text("Ngày/tháng/năm, ví dụ: 12/02/2027"))
    )
    last_day = WrittenDay(
        required=True, metadata=label(text("Đến hết ngày"), text("Hôm sau giá thường tự trở lại"))
    )
    marketplace = fields.String(
        load_default=None,
        validate=validate.OneOf(MARKETPLACES, error=text("Không có lựa chọn này")),
        metadata=label(text("Bán trên sàn nào"), mark_optional=False),
    )
    name = Line(
        LONGEST_PRICE_NAME,
        load_default=None,
        metadata=label(text("Gọi là"), text("Ví dụ: Giá Tết. Khách không thấy tên này")),
    )
    price_is_right = RightPrice()


@allow(*SELLS)
def new_dated_price(listing_id: UUID) -> Page | Response:
    """One more for an offer: on all floors unless one is named."""
    listing = get_listing(session(), actor(), listing_id)
    form = Form(DatedPriceForm())
    if form.submit(partial(services.add_dated_price, session(), actor(), listing_id)) is None:
        chosen = [one for one in floors(listing.marketplaces) if one[0] in listing.marketplaces]
        return form.page("stall/dated_price_new.html", listing=listing, floors=chosen)
    flash(translate("Đã ghi giá theo ngày."))
    return redirect(url_for("stall.listing", listing_id=listing_id, _anchor="dated-prices"), 303)


@allow(*SELLS)
def end_dated_price(listing_id: UUID, price_id: UUID) -> Response:
    return do(
        lambda: services.end_dated_price(session(), actor(), listing_id, price_id),
        done=text("Đã bỏ giá theo ngày."),
        back=url_for("stall.listing", listing_id=listing_id, _anchor="dated-prices"),
    )
