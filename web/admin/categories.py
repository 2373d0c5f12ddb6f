"""In which of a floor's categories each kind of goods stands, and what is said of it there."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, cast

from flask import flash, redirect, render_template, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from core.errors import InvalidInput, NotFound, Text, text
from models import FloorCategoryAttribute, Goods, Role
from services import category_choices as services
from services.queries.categories import get_standing, list_standings, list_templates, search_leaves
from web.auth import actor, allow
from web.database import session
from web.forms import Form, Page, do, label
from web.languages import translate
from web.schemas import Input

FACTS = {
    "name": text("tên hàng"),
    "variant": text("loại, cỡ của tin"),
    "unit": text("đơn vị bán"),
    "description": text("lời giới thiệu"),
    "grade": text("hạng"),
    "commune": text("xã làm ra"),
    "province": text("tỉnh làm ra"),
    "season": text("mùa"),
    "weight": text("cân nặng"),
    "storage": text("cách bảo quản"),
    "shelf_life_days": text("số ngày dùng được"),
    "ocop_stars": text("số sao OCOP"),
    "planting_area_code": text("mã số vùng trồng"),
    "papers": text("giấy chứng nhận"),
}
"""What templates may name, in words."""
MOST_EXAMPLES = 5


@allow(Role.ADMINISTRATOR)
def floors() -> str:
    """Every floor, with every kind of goods."""
    return render_template("admin/categories.html", floors=list_standings(session(), actor()))


@allow(Role.ADMINISTRATOR)
def standing(marketplace: str, goods: str) -> Page | Response:
    """One kind of goods on one floor: its category, a search for another, and what is said there."""
    kind = _known(marketplace, goods)
    found = get_standing(session(), actor(), marketplace, kind)
    asked = services.list_attributes(session(), found.choice) if found.choice else []
    names = {f"attribute_{one.place}": one.attribute_id for one in asked}
    said = list_templates(session(), found.choice) if found.choice else {}
    form = Form(_schema(asked), {name: said.get(number) for name, number in names.items()})
    if form.submit(partial(_describe, marketplace, kind, names)) is None:
        q = request.args.get("q", "").strip()
        leaves = search_leaves(session(), marketplace, q)
        facts = {"found": found, "asked": asked, "q": q, "leaves": leaves, "facts": FACTS}
        return form.page("admin/category.html", marketplace=marketplace, goods=kind, **facts)
    flash(translate("Đã lưu cách điền thuộc tính."))
    return redirect(url_for("admin.standing", marketplace=marketplace, goods=goods), 303)


@allow(Role.ADMINISTRATOR)
def choose(marketplace: str, goods: str) -> Response:
    kind, number = _known(marketplace, goods), request.form.get("category_id", "")
    act = partial(services.choose_category, session(), actor(), marketplace, kind, category_id=number)
    return _do(act, text("Đã chọn ngành hàng."), marketplace, goods)


@allow(Role.ADMINISTRATOR)
def publish(marketplace: str, goods: str) -> Response:
    """Its approved listings, though not everything is said by templates."""
    act = partial(services.ask_anyway, session(), actor(), marketplace, _known(marketplace, goods))
    return _do(act, text("Đã cho đăng lại các tin của loại này."), marketplace, goods)


@allow(Role.ADMINISTRATOR)
def read(marketplace: str) -> Response:
    return do(
        partial(services.read_anew, session(), actor(), marketplace),
        done=text("Đang hỏi sàn; hãy tải lại trang sau ít giây."),
        back=url_for("admin.floor_categories"),
    )


def _do(act: Any, done: Text, marketplace: str, goods: str) -> Response:
    return do(act, done=done, back=url_for("admin.standing", marketplace=marketplace, goods=goods))


def _known(marketplace: str, goods: str) -> Goods:
    services.require_tree(marketplace)
    if goods not in set(Goods):
        raise NotFound()
    return Goods(goods)


def _schema(asked: Sequence[FloorCategoryAttribute]) -> Input:
    """A field for each attribute, by its place: floors name them with all kinds of signs."""
    wanted: dict[str, fields.Field[Any]] = {f"attribute_{one.place}": _field(one) for one in asked}
    return cast(type[Input], Input.from_dict(wanted))()


def _field(asked: FloorCategoryAttribute) -> fields.Field[Any]:
    examples = ", ".join(one["name"] for one in asked.given[:MOST_EXAMPLES])
    hint = text("Ví dụ: %(examples)s", examples=examples) if asked.free_text and examples else None
    return fields.String(metadata=label(Text(asked.name, {}), hint, mark_optional=not asked.required))


def _describe(marketplace: str, goods: Goods, names: Mapping[str, str], **typed: str) -> bool:
    said = {names[name]: words for name, words in typed.items()}
    try:
        services.set_templates(session(), actor(), marketplace, goods, said)
    except InvalidInput as error:
        by_number = {number: name for name, number in names.items()}
        raise InvalidInput({by_number[number]: texts for number, texts in error.errors.items()}) from error
    return True
