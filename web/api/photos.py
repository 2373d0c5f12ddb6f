"""Photos of products."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import url_for
from flask_smorest.fields import Upload
from marshmallow import fields

from models import Photo, PhotoSize, PhotoStatus
from services import photos
from web.api.fields import Said, View, WithId, choice
from web.api.smorest import Blueprint, stored
from web.auth import SELLS, actor, allow
from web.database import session
from web.schemas import Input

PHOTOS = "/products/<uuid:product_id>/photos"

blueprint = Blueprint("photos", __name__, "Photos of products")


class PhotoFileInput(Input):
    file = Upload(required=True)


class PhotoInput(WithId):
    """A JPEG, PNG or WebP of at most 10 MB and at least 330 pixels a side."""


class PhotoOrder(Input):
    photo_ids = fields.List(
        fields.UUID(), required=True, metadata={"description": "all of them, in the new order"}
    )


class PhotoView(View):
    """`urls` by size once it is `ready`: `small`, `medium`, `large`. The first photo stands for the product."""

    id = fields.UUID()
    product_id = fields.UUID()
    position = fields.Integer()
    status = choice(PhotoStatus)
    problem = Said(allow_none=True)
    urls = fields.Function(lambda photo: _urls(photo))


class PhotosView(View):
    items = fields.List(fields.Nested(PhotoView))


def _urls(photo: Photo) -> dict[str, str]:
    sizes = (PhotoSize.SMALL, PhotoSize.MEDIUM, PhotoSize.LARGE) if photo.status is PhotoStatus.READY else ()
    return {
        size.value: url_for("photo_files.photo", photo_id=photo.id, size=size, _external=True)
        for size in sizes
    }


@blueprint.get(PHOTOS)
@allow(*SELLS)
@blueprint.response(200, PhotosView)
def list_photos(product_id: UUID) -> dict[str, Sequence[Photo]]:
    """A product's photos in their order."""
    return {"items": photos.list_photos(session(), actor(), product_id)}


@blueprint.post(PHOTOS)
@allow(*SELLS)
@blueprint.arguments(PhotoInput, location="form")
@blueprint.arguments(PhotoFileInput, location="files")
@blueprint.creates(PhotoView)
def add_photo(data: dict[str, Any], files: dict[str, Any], product_id: UUID) -> tuple[Photo, int]:
    """Add a photo after those that are there; it is made ready in a moment. The same file is one photo."""
    content = files["file"].read()
    return stored(photos.add_photo(session(), actor(), product_id, content=content, **data))


@blueprint.post(f"{PHOTOS}/order")
@allow(*SELLS)
@blueprint.arguments(PhotoOrder)
@blueprint.response(200, PhotosView)
def order_photos(data: dict[str, Any], product_id: UUID) -> dict[str, Sequence[Photo]]:
    """Show them in this order."""
    return {"items": photos.order_photos(session(), actor(), product_id, **data)}


@blueprint.delete(f"{PHOTOS}/<uuid:photo_id>")
@allow(*SELLS)
@blueprint.response(204)
def remove_photo(product_id: UUID, photo_id: UUID) -> tuple[str, int]:
    """Take a photo away; what is gone already is gone."""
    photos.remove_photo(session(), actor(), product_id, photo_id)
    return "", HTTPStatus.NO_CONTENT
