"""Who may enter: users, roles granted in a place, API tokens and remembered idempotency keys."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Created, Id, SealedText, not_blank, one_of, text_enum


class Role(StrEnum):
    CLERK = "clerk"
    STALLHOLDER = "stallholder"
    SELLER = "seller"
    MANAGER = "manager"
    OFFICER = "officer"
    ADMINISTRATOR = "administrator"


class PlaceKind(StrEnum):
    COUNTRY = "country"
    PROVINCE = "province"
    COMMUNE = "commune"
    MARKET = "market"
    STALL = "stall"
    SELLER = "seller"


class Place(NamedTuple):
    """Where a role holds: `key` is a unit's code, the id of a market, stall or seller, or `VN`."""

    kind: PlaceKind
    key: str


ROLE_PLACES = {
    Role.CLERK: PlaceKind.COMMUNE,
    Role.STALLHOLDER: PlaceKind.STALL,
    Role.SELLER: PlaceKind.SELLER,
    Role.MANAGER: PlaceKind.MARKET,
    Role.OFFICER: PlaceKind.PROVINCE,
    Role.ADMINISTRATOR: PlaceKind.COUNTRY,
}


class User(Created, Base):
    """A person who signs in. `password_version` grows with every change and ends older sessions."""

    __tablename__ = "users"
    __table_args__ = (not_blank("name"), CheckConstraint(r"phone ~ '^\+[0-9]{8,15}$'", name="phone_e164"))

    id: Mapped[Id]
    phone: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    password_version: Mapped[int] = mapped_column(default=1)
    language: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    grants: Mapped[list["RoleGrant"]] = relationship(lazy="selectin", cascade="all, delete-orphan")


class RoleGrant(Created, Base):
    """A role held in one place; which kind of place goes with which role is the database's rule too."""

    __tablename__ = "role_grants"
    __table_args__ = (
        UniqueConstraint("user_id", "role", "place_key"),
        one_of("role", Role),
        CheckConstraint(
            " OR ".join(f"(role = '{role}' AND place_kind = '{kind}')" for role, kind in ROLE_PLACES.items()),
            name="place_fits_role",
        ),
    )

    id: Mapped[Id]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    role: Mapped[Role] = mapped_column(text_enum(Role))
    place_kind: Mapped[PlaceKind] = mapped_column(text_enum(PlaceKind))
    place_key: Mapped[str]


class ApiToken(Created, Base):
    """A bearer token; only its SHA-256 is stored."""

    __tablename__ = "api_tokens"

    id: Mapped[Id]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    expires_at: Mapped[datetime]


class IdempotencyKey(Created, Base):
    """The first answer to a POST, given again when the same person repeats it with the same key and body.

    It is sealed: answers hold names, phones and the accounts in QRs.
    """

    __tablename__ = "idempotency_keys"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int | None] = mapped_column(SmallInteger)
    body: Mapped[str | None] = mapped_column(SealedText)
