"""Households, their consents, and the sellers that they, traders and cooperatives are."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, func
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.ids import new_code
from models.base import Base, Created, Id, SealedText, not_blank, one_of, text_enum


def phone_vietnamese() -> CheckConstraint:
    return CheckConstraint(r"phone ~ '^\+84[0-9]{9,10}$'", name="phone_vietnamese")


def commune_not_province() -> CheckConstraint:
    return CheckConstraint("commune_code ~ '^[0-9]{5}$'", name="commune_not_province")


class HouseholdStatus(StrEnum):
    DRAFT = "draft"
    """Stored without its registration consent; nothing is done with it until that is given."""
    REGISTERED = "registered"
    VERIFIED = "verified"
    MERGED = "merged"


class ConsentPurpose(StrEnum):
    REGISTRATION = "registration"
    PUBLICATION = "publication"
    DATA_SHARING = "data_sharing"
    MESSAGES = "messages"


class SellerKind(StrEnum):
    HOUSEHOLD = "household"
    TRADER = "trader"
    COOPERATIVE = "cooperative"


class Household(Created, Base):
    """A farm household (hộ sản xuất). Its head's ID number is sealed and found by a blind index."""

    __tablename__ = "households"
    __table_args__ = (
        not_blank("head_name"),
        phone_vietnamese(),
        commune_not_province(),
        one_of("status", HouseholdStatus),
        CheckConstraint("(status = 'merged') = (merged_into_id IS NOT NULL)", name="merged_into_one"),
        CheckConstraint("octet_length(national_id_index) = 32", name="national_id_indexed"),
        CheckConstraint("national_id_tail ~ '^[0-9]{3}$'", name="national_id_tail_digits"),
        Index(None, "commune_code", "created_at", "id"),
        Index(None, "national_id_index"),
        Index(None, "phone"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True, default=lambda: new_code("HO"))
    head_name: Mapped[str]
    folded_name: Mapped[str]
    national_id: Mapped[str] = mapped_column(SealedText)
    national_id_index: Mapped[bytes] = mapped_column(LargeBinary)
    national_id_tail: Mapped[str]
    """The last three digits, for showing the number masked without unsealing it."""
    phone: Mapped[str]
    commune_code: Mapped[str] = mapped_column(ForeignKey("admin_units.code"))
    hamlet: Mapped[str | None]
    address: Mapped[str | None]
    products: Mapped[list[str]] = mapped_column(ARRAY(TEXT), default=list)
    status: Mapped[HouseholdStatus] = mapped_column(text_enum(HouseholdStatus))
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("households.id"))
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    consents: Mapped[list["Consent"]] = relationship(lazy="selectin", order_by="Consent.given_at")


class Consent(Base):
    """What a person agreed to or refused, for one purpose, in which wording. Rows are only ever added."""

    __tablename__ = "consents"
    __table_args__ = (
        one_of("purpose", ConsentPurpose),
        not_blank("wording_version"),
        Index(None, "household_id", "purpose", "given_at"),
    )

    id: Mapped[Id]
    household_id: Mapped[UUID] = mapped_column(ForeignKey("households.id"))
    purpose: Mapped[ConsentPurpose] = mapped_column(text_enum(ConsentPurpose))
    granted: Mapped[bool]
    wording_version: Mapped[str]
    given_at: Mapped[datetime] = mapped_column(server_default=func.now())
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))


class Seller(Created, Base):
    """Who sells: a household, a trader or a cooperative."""

    __tablename__ = "sellers"
    __table_args__ = (
        not_blank("name"),
        phone_vietnamese(),
        commune_not_province(),
        one_of("kind", SellerKind),
        CheckConstraint("household_id IS NULL OR kind = 'household'", name="household_kind"),
        Index(None, "phone"),
        Index(None, "commune_code", "created_at", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True, default=lambda: new_code("NB"))
    kind: Mapped[SellerKind] = mapped_column(text_enum(SellerKind))
    name: Mapped[str]
    folded_name: Mapped[str]
    phone: Mapped[str]
    household_id: Mapped[UUID | None] = mapped_column(ForeignKey("households.id"), unique=True)
    commune_code: Mapped[str] = mapped_column(ForeignKey("admin_units.code"))
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    household: Mapped[Household | None] = relationship()
