"""What makes the past hold: seals over the journal, and the days that a manager has signed off."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    LargeBinary,
    SmallInteger,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.access import User
from models.base import Base, Created, Id, not_blank, one_of, text_enum


class JournalSeal(Base):
    """One link of the chain: `hash` is taken over the hash before it and every journal entry numbered
    `first_entry` to `last_entry`, of which there were `entries` (numbers of what was rolled back are missing).
    `version` says which of their fields were hashed (`services.journal_seals`)."""

    __tablename__ = "journal_seals"
    __table_args__ = (
        CheckConstraint("number >= 1", name="number_positive"),
        CheckConstraint("version IN (1, 2)", name="version_known"),
        CheckConstraint("entries >= 1", name="entries_positive"),
        CheckConstraint("first_entry <= last_entry", name="entries_in_order"),
        CheckConstraint("length(hash) = 32 AND length(previous_hash) = 32", name="hashes_are_sha256"),
    )

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(SmallInteger)
    first_entry: Mapped[int] = mapped_column(unique=True)
    last_entry: Mapped[int] = mapped_column(unique=True)
    entries: Mapped[int]
    previous_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    sealed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class CloseAct(StrEnum):
    SIGNED = "signed"
    REOPENED = "reopened"


class DayClose(Created, Base):
    """One act upon a market's business day: signed off with the figures of that moment, or opened again for a
    reason. Nothing is ever changed; the highest version holds. `number` counts the acts of all markets, and `hash` is
    taken over this one and the hash of the one before it."""

    __tablename__ = "day_closes"
    __table_args__ = (
        one_of("act", CloseAct),
        UniqueConstraint("market_id", "day", "version"),
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("number >= 1", name="number_positive"),
        CheckConstraint("length(hash) = 32", name="hash_is_sha256"),
        CheckConstraint("(act = 'signed') = (figures IS NOT NULL)", name="figures_where_signed"),
        CheckConstraint("act = 'signed' OR note IS NOT NULL", name="reopened_for_a_reason"),
        not_blank("note"),
    )

    id: Mapped[Id]
    market_id: Mapped[UUID] = mapped_column(ForeignKey("markets.id"))
    day: Mapped[date] = mapped_column(Date)
    version: Mapped[int]
    act: Mapped[CloseAct] = mapped_column(text_enum(CloseAct))
    figures: Mapped[Mapping[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    note: Mapped[str | None]
    number: Mapped[int] = mapped_column(BigInteger, unique=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    by_user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    by: Mapped[User] = relationship()
