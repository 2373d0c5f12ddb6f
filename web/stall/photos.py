"""A product's photos on the phone: taken, put in order by thumb, taken away."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from core.errors import InvalidInput, text
from models import MOST_PHOTOS, Photo, PhotoStatus
from services import photos as services
from services.listings import get_product
from services.queries.offered import list_offers_of
from services.reasons import Reason, refusals_of
from web.auth import SELLS, actor, allow
from web.database import session
from web.forms import Form, Page, do, label, uuid_asked
from web.languages import translate
from web.schemas import Input
from web.stall.told import ASKED, beside

SOON = 2


class PhotosForm(Input):
    file = fields.Raw(
        metadata=label(
            text("Chụp hoặc chọn ảnh"), text("Chụp gần, đủ sáng, thấy rõ hàng"), mark_optional=False
        )
    )


class OrderForm(Input):
    photo_ids = fields.List(fields.UUID(), load_default=list)
    first = fields.UUID()


@allow(*SELLS)
def photos(product_id: UUID) -> Page | Response:
    """All photos of a product; what was chosen is stored together, or nothing of it."""
    product = get_product(session(), actor(), product_id)
    form = Form(PhotosForm())
    form.stores = False  # a file is chosen anew, and those sent before it are kept
    if form.submit(partial(_take_in, product_id)) is None:
        shown = services.list_photos(session(), actor(), product_id)
        values = _shown(product_id, shown)
        told = beside(values["of_all"]).get("photos")
        if told and form.sent is None:
            form.ask_for(ASKED, {"file": told})
        return form.page("stall/photos.html", product=product, **values)
    flash(translate("Đã nhận ảnh."))
    return redirect(_page_of(product_id), 303)


def _page_of(product_id: UUID) -> str:
    """It leads back to the offer that the photos were wanted for."""
    return url_for("stall.photos", product_id=product_id, listing_id=uuid_asked("listing_id"))


def _take_in(product_id: UUID, **_: object) -> list[Photo]:
    files = [file for file in request.files.getlist("file") if file.filename]
    if not files:
        raise InvalidInput.of("file", text("Hãy chọn ít nhất một ảnh"))
    return [services.add_photo(session(), actor(), product_id, content=file.read())[0] for file in files]


@allow(*SELLS)
def grid(product_id: UUID) -> str:
    """The part of that page that changes while photos are made ready."""
    product = get_product(session(), actor(), product_id)
    shown = services.list_photos(session(), actor(), product_id)
    return render_template("stall/photo_grid.html", product=product, **_shown(product_id, shown))


@allow(*SELLS)
def replace(product_id: UUID, photo_id: UUID) -> Page | Response:
    """One photo, with what floors say of it; sent back, another in its place."""
    product = get_product(session(), actor(), product_id)
    photo = services.get_photo(session(), actor(), product_id, photo_id)
    form = Form(PhotosForm())
    form.stores = False
    if form.submit(partial(_replace, product_id, photo_id)) is None:
        reasons = [reason for reason in _reasons(product_id) if reason.photo_id == photo_id]
        return form.page(
            "stall/photo.html", product=product, photo=photo, reasons=reasons, back_to=_page_of(product_id)
        )
    flash(translate("Đã thay ảnh. Duyệt lại tin thì ảnh mới lên sàn."))
    listing_id = uuid_asked("listing_id")
    back = url_for("stall.listing", listing_id=listing_id) if listing_id else _page_of(product_id)
    return redirect(back, 303)


def _replace(product_id: UUID, photo_id: UUID, **_: object) -> Photo:
    file = request.files.get("file")
    if not (file and file.filename):
        raise InvalidInput.of("file", text("Hãy chọn một ảnh"))
    return services.replace_photo(session(), actor(), product_id, photo_id, file.read())


def _reasons(product_id: UUID) -> list[Reason]:
    """Why floors refuse its photos."""
    offers = list_offers_of(session(), actor(), product_id)
    return [reason for reason in refusals_of(offers) if reason.field == "photos"]


def _shown(product_id: UUID, photos: list[Photo]) -> dict[str, Any]:
    """`refused` are the reasons by their photo, `of_all` those that name none."""
    waiting = any(photo.status is PhotoStatus.WAITING for photo in photos)
    refused: dict[UUID | None, list[Reason]] = {}
    for reason in _reasons(product_id):
        refused.setdefault(reason.photo_id, []).append(reason)
    return {
        "refused": refused,
        "of_all": refused.get(None, []),
        "photos": photos,
        "cover": services.cover_of(photos),
        "most": MOST_PHOTOS,
        "ask_again_in": SOON if waiting else None,
        "listing_id": uuid_asked("listing_id"),
    }


@allow(*SELLS)
def order(product_id: UUID) -> Response:
    """As they were laid out, or with one brought to the front."""
    form = Form(OrderForm())

    def lay_out(photo_ids: list[UUID], first: UUID | None = None) -> list[Photo]:
        wanted = [first, *(one for one in photo_ids if one != first)] if first else photo_ids
        return services.order_photos(session(), actor(), product_id, wanted)

    if form.submit(lay_out) is None:
        flash(translate("Các ảnh đã thay đổi; hãy xếp lại."), "bad")
    return redirect(_page_of(product_id), 303)


@allow(*SELLS)
def remove(product_id: UUID, photo_id: UUID) -> str | Response:
    """Asked about first where something on sale would be left without a photo."""
    bare = services.left_bare(session(), actor(), product_id, photo_id)
    if bare and "sure" not in request.form:
        product = get_product(session(), actor(), product_id)
        shown = {
            "photo_id": photo_id,
            "listing_id": uuid_asked("listing_id"),
            "back_to": _page_of(product_id),
        }
        return render_template("stall/photo_remove.html", product=product, bare=bare, **shown)
    return do(
        partial(services.remove_photo, session(), actor(), product_id, photo_id),
        done=text("Đã bỏ ảnh."),
        back=_page_of(product_id),
    )
