"""The audit trail."""

from uuid import UUID

from sqlalchemy.orm import Session

from models import AuditEntry
from services.access import Actor


def note(
    session: Session,
    actor: Actor,
    action: str,
    subject_id: UUID | None = None,
    reason: str | None = None,
    **facts: str | int | None,
) -> None:
    """Write down that `actor` did `action` to `subject_id`; `facts` are ids, field names, and
    days and numbers of goods: nothing about a person."""
    session.add(
        AuditEntry(user_id=actor.user_id, action=action, subject_id=subject_id, reason=reason, facts=facts)
    )
