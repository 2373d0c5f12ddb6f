"""The demo: invented people, three real markets, three months of payments (filled in below)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Market, User


def has_users(session: Session) -> bool:
    return session.scalar(select(User.id).limit(1)) is not None


def is_seeded(session: Session) -> bool:
    return session.scalar(select(Market.id).limit(1)) is not None


def seed(session: Session, password: str) -> None:
    """Load everything in one transaction."""
