"""A product's lots: noted down on the day of harvest, their labels printed, put right or withdrawn."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for
from marshmallow import fields, post_load
from werkzeug.wrappers import Response

from core import qr_images
from core.clock import business_day, now
from core.errors import text
from models import LARGEST_LOT, LONGEST_LOT_CODE
from services import lots as services
from services.listings import get_product
from web.auth import SELLS, actor, allow
from web.database import session
from web.forms import Form, FormSchema, Page, label
from web.goods import WrittenDay
from web.languages import translate
from web.schemas import LONGEST_TEXT, Input, Line, longest
from web.typed import WholeNumber

SHOWN = 10


class LotFacts(Input):
    harvested_on = WrittenDay(
        required=True, metadata=label(text("Ngày thu hoạch"), text("Ngày/tháng/năm, ví dụ: 25/11/2026"))
    )
    quantity = WholeNumber(1, LARGEST_LOT, load_default=None, metadata=label(text("Cả lô được bao nhiêu")))
    note = fields.String(
        validate=longest(LONGEST_TEXT),
        load_default=None,
        metadata=label(text("Lời nhắn cho người quét tem"), text("Ví dụ: Không phun thuốc từ khi ra hoa")),
    )


class LotForm(LotFacts, FormSchema):
    code = Line(
        LONGEST_LOT_CODE,
        load_default=None,
        metadata=label(text("Mã lô"), text("Để trống thì máy tự đặt mã")),
    )

    @post_load
    def _in_capitals(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        return data | {"code": data["code"].upper() if data["code"] else None}


class LotChange(LotFacts):
    withdrawn_reason = fields.String(
        validate=longest(LONGEST_TEXT),
        load_default=None,
        metadata=label(
            text("Vì sao thu hồi"),
            text("Ai quét tem cũng đọc được. Xóa trắng ô này thì lô lại được bán"),
            mark_optional=False,
        ),
    )


@allow(*SELLS)
def lots(product_id: UUID) -> Page | Response:
    """What was noted down, and a form for one more."""
    product = get_product(session(), actor(), product_id)
    form = Form(LotForm(), {"harvested_on": f"{business_day(now()):%d/%m/%Y}"})
    if form.submit(partial(services.add_lot, session(), actor(), product_id)) is None:
        page = services.list_lots(session(), actor(), product_id, SHOWN, request.args.get("cursor"))
        links = {lot.id: services.link_of(lot) for lot in page.items}
        pictures = {lot_id: qr_images.svg(link) for lot_id, link in links.items()}
        return form.page("stall/lots.html", product=product, page=page, links=links, pictures=pictures)
    flash(translate("Đã ghi lô. Giờ có thể in tem."))
    return redirect(url_for("stall.lots", product_id=product_id), 303)


@allow(*SELLS)
def lot(product_id: UUID, lot_id: UUID) -> Page | Response:
    """One of them, put right or withdrawn; what its label says stays."""
    found = services.get_lot(session(), actor(), product_id, lot_id)
    known = {name: getattr(found, name) for name in LotChange().fields}
    form = Form(LotChange(), known | {"harvested_on": f"{found.harvested_on:%d/%m/%Y}"})
    if form.submit(partial(services.change_lot, session(), actor(), product_id, lot_id)) is None:
        return form.page("stall/lot.html", lot=found)
    flash(translate("Đã ghi lại lô hàng."))
    return redirect(url_for("stall.lots", product_id=product_id), 303)
