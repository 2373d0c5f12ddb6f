"""The audit trail: who looked at or changed what, and why."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Created, Id


class AuditEntry(Created, Base):
    """One deed of one person. `facts` holds ids, field names, and what days and numbers
    of goods were before; never personal data."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index(None, "subject_id", "created_at"),)

    id: Mapped[Id]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    action: Mapped[str]
    subject_id: Mapped[UUID | None]
    reason: Mapped[str | None]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
