"""A product's photos on the phone: taken, put in order by thumb, taken away."""

from functools import partial
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from core.errors import InvalidInput, text
from models import MOST_PHOTOS, Photo, PhotoStatus
from services import photos as services
from services.listings import get_product
from web.auth import SELLS, actor, allow
from web.database import session
from web.forms import Form, Page, do, label, uuid_asked
from web.languages import translate
from web.schemas import Input

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
        return form.page("stall/photos.html", product=product, **_shown(shown))
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
    return render_template("stall/photo_grid.html", product=product, **_shown(shown))


def _shown(photos: list[Photo]) -> dict[str, object]:
    waiting = any(photo.status is PhotoStatus.WAITING for photo in photos)
    return {
        "photos": photos,
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
def remove(product_id: UUID, photo_id: UUID) -> Response:
    return do(
        partial(services.remove_photo, session(), actor(), product_id, photo_id),
        done=text("Đã bỏ ảnh."),
        back=_page_of(product_id),
    )
