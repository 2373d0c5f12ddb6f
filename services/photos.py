"""Photos of a product: taken in as they were sent, made ready by a worker, put in order, taken away. Approved listings
show those that were approved, in the order of then; one that is taken away is shown no more at once."""

import hashlib
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.orm import Session

from core.errors import Conflict, InvalidInput, NotFound, Text, text
from core.ids import new_id
from core.images import Rendition, check_photo
from models import (
    MOST_PHOTOS,
    Listing,
    ListingStatus,
    Photo,
    PhotoFile,
    PhotoSize,
    PhotoStatus,
    Product,
)
from models.bulk import given_rows
from services.access import Actor
from services.events import PhotoUploaded, record
from services.listings import get_product, require_goods_of
from services.publication_requests import renew_listings
from services.said import said_of
from services.storing import find_stored, store


def add_photo(
    session: Session, actor: Actor, product_id: UUID, *, content: bytes, id: UUID | None = None
) -> tuple[Photo, bool]:
    """Store a photo after those that are there; False where the product has it already. Raises NotFound, Forbidden,
    InvalidInput for what is no photo, Conflict for one too many."""
    product = _kept(session, actor, product_id)
    check_photo(content, "file")
    digest = hashlib.sha256(content).digest()
    _lock(session, product)
    stored = find_stored(session, Photo, id)
    if stored and stored.product_id != product.id:
        raise NotFound()
    if stored := stored or _same(session, product, digest):
        return stored, False
    last = session.scalar(select(func.max(Photo.position)).where(Photo.product_id == product.id)) or 0
    if last >= MOST_PHOTOS:
        raise Conflict(text("Mỗi sản phẩm có nhiều nhất %(most)s ảnh; hãy bỏ bớt một ảnh", most=MOST_PHOTOS))
    photo = Photo(id=id or new_id(), product_id=product.id, position=last + 1, sha256=digest)
    _keep(session, photo, content)
    return photo, True


def replace_photo(session: Session, actor: Actor, product_id: UUID, photo_id: UUID, content: bytes) -> Photo:
    """Another photo in the place of one, which is taken away. Raises NotFound, Forbidden, InvalidInput for what is no
    photo, or stands there already."""
    product = _kept(session, actor, product_id)
    check_photo(content, "file")
    digest = hashlib.sha256(content).digest()
    _lock(session, product)
    old = _found(session, product, photo_id)
    if old is None:
        raise NotFound()
    if _same(session, product, digest):
        raise InvalidInput.of("file", text("Sản phẩm đã có ảnh này; hãy chọn ảnh khác"))
    photo = Photo(id=new_id(), product_id=product.id, position=old.position, sha256=digest)
    session.execute(delete(Photo).where(Photo.id == old.id))
    _keep(session, photo, content)
    if old.status is PhotoStatus.READY:
        renew_listings(session, [product.id], [photo_id])
    return photo


def list_photos(session: Session, actor: Actor, product_id: UUID) -> list[Photo]:
    """A product's photos in their order. Raises NotFound."""
    product = get_product(session, actor, product_id)
    return list(session.scalars(_in_order(product.id)))


def order_photos(session: Session, actor: Actor, product_id: UUID, photo_ids: Sequence[UUID]) -> list[Photo]:
    """Show them in this order. Raises InvalidInput where `photo_ids` are not the product's, each once."""
    product = _kept(session, actor, product_id)
    _lock(session, product)
    now_shown = [photo.id for photo in session.scalars(_in_order(product.id))]
    if sorted(now_shown) != sorted(photo_ids):
        raise InvalidInput.of("photo_ids", text("Các ảnh đã thay đổi; hãy tải lại trang rồi xếp lại"))
    if now_shown != list(photo_ids):
        places = [{"id": photo_id, "position": place} for place, photo_id in enumerate(photo_ids, 1)]
        given = given_rows(Photo, places)
        session.execute(
            update(Photo).where(Photo.id == given.c.id).values(position=given.c.position),
            execution_options={"synchronize_session": False},
        )
        renew_listings(session, [product.id])
    return list(session.scalars(_in_order(product.id).execution_options(populate_existing=True)))


def cover_of(photos: Sequence[Photo]) -> UUID | None:
    """Which of a product's photos, in their order, stands for it: the first that can be seen, or may be in a moment."""
    return next((photo.id for photo in photos if photo.status is not PhotoStatus.REFUSED), None)


def left_bare(session: Session, actor: Actor, product_id: UUID, photo_id: UUID) -> list[Listing]:
    """What is on sale and would show no photo any more without this one. Raises NotFound."""
    photos = list_photos(session, actor, product_id)
    on_sale = select(Listing).where(
        Listing.product_id == product_id, Listing.status == ListingStatus.APPROVED
    )
    found = session.scalars(on_sale.order_by(Listing.created_at, Listing.id))
    return [listing for listing in found if said_of(listing).shown(photos) == [photo_id]]


def remove_photo(session: Session, actor: Actor, product_id: UUID, photo_id: UUID) -> None:
    """Take a photo away; those after it move up. What is gone already changes nothing."""
    product = _kept(session, actor, product_id)
    _lock(session, product)
    photo = _found(session, product, photo_id)
    if photo is None:
        return
    shown, place = photo.status is PhotoStatus.READY, photo.position
    session.execute(delete(Photo).where(Photo.id == photo.id))
    session.execute(
        update(Photo)
        .where(Photo.product_id == product.id, Photo.position > place)
        .values(position=Photo.position - 1),
        execution_options={"synchronize_session": False},
    )
    if shown:
        renew_listings(session, [product.id], [photo_id])


def photo_to_make_ready(session: Session, photo_id: UUID) -> bytes | None:
    """The file as it was sent; None where there is nothing left to do."""
    return session.scalar(
        select(PhotoFile.content).where(PhotoFile.photo_id == photo_id, PhotoFile.size == PhotoSize.ORIGINAL)
    )


def finish_photo(session: Session, photo_id: UUID, made: Sequence[Rendition]) -> None:
    """Store its renditions in the place of the original, and show it."""
    photo = session.get(Photo, photo_id, with_for_update=True)
    if photo is None or photo.status is not PhotoStatus.WAITING:
        return
    _forget_original(session, photo_id)
    for one in made:
        digest = hashlib.sha256(one.content).digest()
        session.add(
            PhotoFile(photo_id=photo.id, size=PhotoSize(one.size), sha256=digest, content=one.content)
        )
    photo.status = PhotoStatus.READY
    session.flush()
    renew_listings(session, [photo.product_id], [photo.id])


def refuse_photo(session: Session, photo_id: UUID, reason: Text) -> None:
    """It cannot be shown: the person is told why, and its file is not kept."""
    photo = session.get(Photo, photo_id, with_for_update=True)
    if photo is None or photo.status is not PhotoStatus.WAITING:
        return
    _forget_original(session, photo_id)
    photo.status, photo.problem = PhotoStatus.REFUSED, reason


def read_photo(session: Session, photo_id: UUID, size: PhotoSize) -> PhotoFile:
    """One rendition, for everybody. Raises NotFound, for the original too."""
    file = None if size is PhotoSize.ORIGINAL else session.get(PhotoFile, (photo_id, size))
    if file is None:
        raise NotFound()
    return file


def _kept(session: Session, actor: Actor, product_id: UUID) -> Product:
    product = get_product(session, actor, product_id)
    require_goods_of(session, actor, product.seller)
    return product


def get_photo(session: Session, actor: Actor, product_id: UUID, photo_id: UUID) -> Photo:
    """One of a product's photos. Raises NotFound."""
    photo = _found(session, get_product(session, actor, product_id), photo_id)
    if photo is None:
        raise NotFound()
    return photo


def _found(session: Session, product: Product, photo_id: UUID) -> Photo | None:
    return session.scalar(select(Photo).where(Photo.id == photo_id, Photo.product_id == product.id))


def _same(session: Session, product: Product, digest: bytes) -> Photo | None:
    return session.scalar(select(Photo).where(Photo.product_id == product.id, Photo.sha256 == digest))


def _keep(session: Session, photo: Photo, content: bytes) -> None:
    """As it was sent, until a worker has made it ready."""
    store(session, photo)
    original = PhotoFile(photo_id=photo.id, size=PhotoSize.ORIGINAL, sha256=photo.sha256, content=content)
    store(session, original)
    record(session, PhotoUploaded(photo.id))


def _lock(session: Session, product: Product) -> None:
    """One change at a time to the order of a product's photos."""
    session.execute(select(Product.id).where(Product.id == product.id).with_for_update())


def _in_order(product_id: UUID) -> Select[Photo]:
    return select(Photo).where(Photo.product_id == product_id).order_by(Photo.position)


def _forget_original(session: Session, photo_id: UUID) -> None:
    session.execute(
        delete(PhotoFile).where(PhotoFile.photo_id == photo_id, PhotoFile.size == PhotoSize.ORIGINAL)
    )
