"""What floors call those of our photos that they have taken, so that each is given once."""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from models import FloorPicture


def names_of(session: Session, marketplace: str, keys: Sequence[str]) -> Mapping[str, str]:
    """The floor's name of each photo that it has, by the SHA-256 of its content."""
    query = select(FloorPicture.sha256, FloorPicture.name).where(
        FloorPicture.marketplace == marketplace, FloorPicture.sha256.in_(keys)
    )
    return {row.sha256: row.name for row in session.execute(query)}


def keep_name(session: Session, marketplace: str, key: str, name: str) -> None:
    """Of two workers that gave the same photo at once the first is remembered."""
    row = {"marketplace": marketplace, "sha256": key, "name": name}
    session.execute(upsert(FloorPicture).values(row).on_conflict_do_nothing())


def forget_names(session: Session, marketplace: str, keys: Sequence[str]) -> None:
    """The floor no longer has them."""
    session.execute(
        delete(FloorPicture).where(FloorPicture.marketplace == marketplace, FloorPicture.sha256.in_(keys))
    )
