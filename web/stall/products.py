"""What a seller has to offer."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from marshmallow import fields, validates_schema
from werkzeug.wrappers import Response

from core.clock import business_day, now
from core.errors import text
from models import Goods, Product
from services import listings as services
from services.floor_attributes import Wish, wishes_of
from services.papers import running_out
from services.people import get_seller
from services.products import change_product, lock_product
from services.queries.lists import list_sellers
from services.queries.offered import list_offers_of
from services.reasons import refusals_of
from web.auth import SELLS, actor, allow
from web.database import session
from web.forms import Form, FormSchema, Page, Stored, label, uuid_asked
from web.goods import (
    LARGEST_WEIGHT,
    LONGEST_CODE,
    LONGEST_GRADE,
    LONGEST_SHELF_LIFE,
    LONGEST_SIDE,
    LONGEST_STORAGE,
    LONGEST_UNIT,
    MOST_PAPERS,
    Gtin,
    Month,
    PaperForm,
    require_whole,
    shown_facts,
)
from web.languages import translate
from web.onboarding.communes import any_commune, require_chosen
from web.parted import Rows
from web.schemas import LONGEST_TEXT, Input, Line, longest
from web.shown_forms import ChangeSchema
from web.stall.told import ASKED, beside, with_companions
from web.stall.wishes import ATTRIBUTES, attributes_with, field_of, said_to, with_wishes
from web.typed import WholeNumber
from web.words import WORDS

ORIGIN = "origin_commune"


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
    origin_commune = Line(LONGEST_CODE, load_default=None, metadata=label(text("Trồng, làm ra ở xã nào")))
    goods = fields.Enum(
        Goods, by_value=True, load_default=Goods.OTHER, metadata=label(text("Loại hàng"), mark_optional=False)
    )
    grade = Line(
        LONGEST_GRADE, load_default=None, metadata=label(text("Hạng"), text("Ví dụ: loại 1, quả to"))
    )
    season_from = Month(load_default=None, metadata=label(text("Mùa từ tháng")))
    season_to = Month(load_default=None, metadata=label(text("Mùa đến tháng")))
    weight_grams = WholeNumber(
        1,
        LARGEST_WEIGHT,
        load_default=None,
        metadata=label(
            text("Nặng bao nhiêu gam một đơn vị bán"), text("1 kg ghi là 1000. Bán theo kg thì khỏi ghi")
        ),
    )
    package_length = WholeNumber(1, LONGEST_SIDE, load_default=None, metadata=label(text("Gói dài (cm)")))
    package_width = WholeNumber(1, LONGEST_SIDE, load_default=None, metadata=label(text("Gói rộng (cm)")))
    package_height = WholeNumber(1, LONGEST_SIDE, load_default=None, metadata=label(text("Gói cao (cm)")))
    shelf_life_days = WholeNumber(
        1, LONGEST_SHELF_LIFE, load_default=None, metadata=label(text("Để được bao nhiêu ngày"))
    )
    storage = Line(
        LONGEST_STORAGE,
        load_default=None,
        metadata=label(text("Cách bảo quản"), text("Ví dụ: ngăn mát tủ lạnh")),
    )
    ocop_stars = WholeNumber(
        3, 5, load_default=None, metadata=label(text("OCOP mấy sao"), text("Từ 3 đến 5"))
    )
    planting_area_code = Line(
        LONGEST_GRADE, load_default=None, metadata=label(text("Mã số vùng trồng"), text("Nếu đã được cấp"))
    )
    gtin = Gtin(
        load_default=None,
        metadata=label(text("Mã GTIN"), text("Số dưới mã vạch, nếu sản phẩm đã có mã của GS1")),
    )
    papers = Rows(PaperForm, MOST_PAPERS, load_default=list, metadata=label(text("Giấy chứng nhận")))

    @validates_schema(skip_on_field_errors=False)
    def _whole(self, data: dict[str, Any], **_: object) -> None:
        require_whole(data)


class ProductChange(ProductFacts, ChangeSchema):
    pass


class ProductForm(ProductFacts, FormSchema):
    seller_id = fields.UUID(required=True)


def _choices(form: Form) -> dict[str, object]:
    """What some fields of a product are chosen from."""
    return {"goods": _goods(), "choice": any_commune(form, ORIGIN)}


def _goods() -> list[tuple[str, str]]:
    return [(one.value, translate(WORDS[Goods][one].text)) for one in Goods]


@allow(*SELLS)
def new_product() -> Page | str | Response:
    """Add one; of whom is asked first where the person keeps the goods of several sellers."""
    seller_id = uuid_asked("seller_id")
    if seller_id is None:
        return _choose_seller()
    seller = get_seller(session(), actor(), seller_id)
    form = Form(ProductForm(), {ORIGIN: seller.commune_code})
    stored = form.submit(_with_origin(form, partial(services.add_product, session(), actor())))
    if stored is None:
        return form.page("stall/product_new.html", seller=seller, **_choices(form))
    flash(translate("Đã thêm sản phẩm. Giờ hãy đặt giá và chọn sàn."))
    return redirect(url_for("stall.new_listing", product_id=stored[0].id), 303)


def _with_origin(form: Form, act: Callable[..., Stored]) -> Callable[..., Stored]:
    """`act`, once it is plain which commune is meant; where none is chosen, not even «none», nothing is said of it."""

    def tell(**facts: Any) -> Stored:
        require_chosen(form, ORIGIN)
        if ORIGIN not in form.typed:
            facts.pop(ORIGIN, None)
        return act(**facts)

    return tell


def _choose_seller() -> str | Response:
    q = request.args.get("q", "").strip()
    page = list_sellers(session(), actor(), q=q or None, limit=20)
    if len(page.items) == 1 and not q:
        return redirect(url_for("stall.new_product", seller_id=page.items[0].id), 303)
    return render_template("stall/product_seller.html", page=page, q=q)


@allow(*SELLS)
def product(product_id: UUID) -> Page | Response:
    """Correct what is said of it."""
    read = lock_product if request.method == "POST" else services.get_product
    found = read(session(), actor(), product_id)
    offers = list_offers_of(session(), actor(), product_id)
    wishes = wishes_of(found, offers)
    known = shown_facts(found, ProductFacts().fields) | {ATTRIBUTES: said_to(wishes, found)}
    words = {"goods": translate(WORDS[Goods][found.goods].text)}
    if found.origin:
        words[ORIGIN] = found.origin.name
    form = Form(with_wishes(ProductChange, wishes), known, words=words)
    back, today = request.args.get("listing_id", type=UUID), business_day(now())
    if form.sent is None:
        gaps = services.list_missing(services.get_listing(session(), actor(), back)) if back else []
        wanted = {field_of(wishes, gap.field): [gap.text] for gap in gaps if not gap.for_administrator}
        form.ask_for(ASKED, with_companions(wanted | beside(refusals_of(offers), wishes=wishes)))
    if form.submit(_with_origin(form, partial(_change, found, wishes))) is None:
        told = {"running_out": running_out(found.papers, today), "today": today, "wishes": wishes}
        return form.page("stall/product.html", product=found, listing_id=back, **told, **_choices(form))
    flash(translate("Đã ghi lại sản phẩm."))
    where = url_for("stall.listing", listing_id=back) if back else url_for("stall.listings")
    return redirect(where, 303)


def _change(found: Product, wishes: Sequence[Wish], **facts: Any) -> Product:
    if ATTRIBUTES in facts:
        facts[ATTRIBUTES] = attributes_with(wishes, facts[ATTRIBUTES], found)
    return change_product(session(), actor(), found.id, **facts)
