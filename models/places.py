"""Reference data: today's administrative units, what became of yesterday's communes, and the banks."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Boolean, Float, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Id, one_of, text_enum


class AdminUnitLevel(StrEnum):
    PROVINCE = "province"
    COMMUNE = "commune"


class AdminUnit(Base):
    """A province or commune in force since 2025-07-01, under its official code."""

    __tablename__ = "admin_units"
    __table_args__ = (one_of("level", AdminUnitLevel), Index(None, "province_code", "level"))

    code: Mapped[str] = mapped_column(primary_key=True)
    level: Mapped[AdminUnitLevel] = mapped_column(text_enum(AdminUnitLevel))
    name: Mapped[str]
    kind: Mapped[str]
    folded_name: Mapped[str]
    """The name without its kind, lower case and accents: what searches compare."""
    province_code: Mapped[str] = mapped_column(ForeignKey("admin_units.code", deferrable=True))
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    province: Mapped["AdminUnit"] = relationship(remote_side=[code], viewonly=True)
    """A province's is itself."""


class FormerCommune(Base):
    """A commune from before the 2025 merger and one commune of today that took it over, whole or in part."""

    __tablename__ = "former_communes"

    id: Mapped[Id]
    old_code: Mapped[str]
    old_name: Mapped[str]
    old_district: Mapped[str]
    old_province: Mapped[str]
    folded_name: Mapped[str]
    successor_code: Mapped[str] = mapped_column(ForeignKey("admin_units.code"), index=True)
    split: Mapped[bool] = mapped_column(Boolean)
    """True where the old commune went to several of today's: a person must choose."""
    likeliest: Mapped[bool] = mapped_column(Boolean)


class Bank(Base):
    """A bank or wallet that VietQR can pay, by its NAPAS BIN."""

    __tablename__ = "banks"

    bin: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str]
    short_name: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    verified: Mapped[bool] = mapped_column(Boolean)
    closed_at: Mapped[datetime | None]
    """Since then the list has it no more: accounts there stay, new ones are not opened."""
