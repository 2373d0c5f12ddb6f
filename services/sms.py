"""What every SMS has to keep to: whom we may write to, when, and in which letters."""

from datetime import datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import VIETNAM
from core.text import unaccented
from models import Consent, ConsentPurpose, Seller, SellerKind

LONGEST = 160
FIRST_HOUR, LAST_HOUR = time(8), time(20)


def is_day(moment: datetime) -> bool:
    """Nobody is written to at night."""
    return FIRST_HOUR <= moment.astimezone(VIETNAM).time() < LAST_HOUR


def may_write_to(session: Session, seller: Seller) -> bool:
    """A household is asked for its consent to messages; its last answer counts (Law 91/2025/QH15)."""
    if seller.kind is not SellerKind.HOUSEHOLD:
        return True
    answer = session.scalar(
        select(Consent.granted)
        .where(Consent.household_id == seller.household_id, Consent.purpose == ConsentPurpose.MESSAGES)
        .order_by(Consent.given_at.desc(), Consent.id.desc())
        .limit(1)
    )
    return bool(answer)


def gsm(words: str) -> str:
    """Only what costs one character of the GSM alphabet."""
    return "".join(
        c if c.isascii() and c.isprintable() and c not in "`[]{}\\^~|" else " " for c in unaccented(words)
    )
