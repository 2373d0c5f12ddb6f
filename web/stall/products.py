"""What a seller has to offer."""

from functools import partial
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from core.errors import text
from models import Role
from services import listings as services
from services.people import get_seller
from services.products import change_product
from services.queries.lists import list_sellers
from web.auth import actor, allow
from web.database import session
from web.forms import Form, FormSchema, Page, label, uuid_asked
from web.languages import translate
from web.schemas import LONGEST_TEXT, Input, Line, longest
from web.typed import WholeNumber

LONGEST_UNIT = 20
MOST = 10_000_000


class ProductFacts(Input):
    name = Line(
        required=True, metadata=label(text("Tên sản phẩm"), text("Như khách vẫn gọi, ví dụ: Mận tam hoa"))
    )
    unit = Line(
        LONGEST_UNIT, required=True, metadata=label(text("Bán theo"), text("kg, bó, chục, con, chai…"))
    )
    description = fields.String(
        validate=longest(LONGEST_TEXT),
        load_default=None,
        metadata=label(
            text("Lời giới thiệu"), text("Các sàn cần lời này: trồng ở đâu, hái khi nào, ngon ở chỗ nào")
        ),
    )
    weight_grams = WholeNumber(
        1, MOST, load_default=None, metadata=label(text("Nặng bao nhiêu gam một đơn vị bán"))
    )
    shelf_life_days = WholeNumber(1, MOST, load_default=None, metadata=label(text("Để được bao nhiêu ngày")))


class ProductForm(ProductFacts, FormSchema):
    seller_id = fields.UUID(required=True)


@allow(Role.STALLHOLDER, Role.CLERK)
def new_product() -> Page | str | Response:
    """Add one; of whom is asked first where the person keeps the goods of several sellers."""
    seller_id = uuid_asked("seller_id")
    if seller_id is None:
        return _choose_seller()
    seller = get_seller(session(), actor(), seller_id)
    form = Form(ProductForm())
    stored = form.submit(partial(services.add_product, session(), actor()))
    if stored is None:
        return form.page("stall/product_new.html", seller=seller)
    flash(translate("Đã thêm sản phẩm. Giờ hãy đặt giá và chọn sàn."))
    return redirect(url_for("stall.new_listing", product_id=stored[0].id), 303)


def _choose_seller() -> str | Response:
    q = request.args.get("q", "").strip()
    page = list_sellers(session(), actor(), q=q or None, limit=20)
    if len(page.items) == 1 and not q:
        return redirect(url_for("stall.new_product", seller_id=page.items[0].id), 303)
    return render_template("stall/product_seller.html", page=page, q=q)


@allow(Role.STALLHOLDER, Role.CLERK)
def product(product_id: UUID) -> Page | Response:
    """Correct what is said of it."""
    found = services.get_product(session(), actor(), product_id)
    known = {name: getattr(found, name) for name in ProductFacts().fields}
    form = Form(ProductFacts(), known)
    back = request.args.get("listing_id", type=UUID)
    if form.submit(partial(change_product, session(), actor(), product_id)) is None:
        return form.page("stall/product.html", product=found, listing_id=back)
    flash(translate("Đã ghi lại sản phẩm."))
    where = url_for("stall.listing", listing_id=back) if back else url_for("stall.listings")
    return redirect(where, 303)
