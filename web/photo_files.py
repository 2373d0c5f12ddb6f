"""Photos for everybody: what stands on a floor or in a shop is no secret. One never changes, so browsers keep it."""

from uuid import UUID

from flask import Blueprint, Response, request

from core.images import MEDIA_TYPE
from models import PhotoSize
from services.photos import read_photo
from web.auth import public
from web.database import session

FOREVER = 365 * 86_400

_SIZES = {size.value: size for size in PhotoSize}

blueprint = Blueprint("photo_files", __name__)


@blueprint.get("/photos/<uuid:photo_id>/<size>.jpg")
@public
def photo(photo_id: UUID, size: str) -> Response:
    """One rendition of a photo; what is not (or no longer) there is 404."""
    file = read_photo(session(), photo_id, _SIZES.get(size, PhotoSize.ORIGINAL))
    answer = Response(file.content, mimetype=MEDIA_TYPE)
    answer.set_etag(file.sha256.hex())
    answer.cache_control.public, answer.cache_control.max_age = True, FOREVER
    answer.cache_control.immutable = True
    return answer.make_conditional(request)
