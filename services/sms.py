"""What every SMS has to keep to: whom we may write to, when, and in which letters."""

from datetime import datetime, time

from sqlalchemy.orm import Session

from core.clock import VIETNAM
from core.text import unaccented
from models import ConsentPurpose, Seller, SellerKind
from services.people import agrees

LONGEST = 160
FIRST_HOUR, LAST_HOUR = time(8), time(20)


def is_day(moment: datetime) -> bool:
    """Nobody is written to at night."""
    return FIRST_HOUR <= moment.astimezone(VIETNAM).time() < LAST_HOUR


def may_write_to(session: Session, seller: Seller) -> bool:
    """A household is asked for its consent to messages."""
    is_household = seller.kind is SellerKind.HOUSEHOLD
    return not is_household or agrees(session, seller.household_id, ConsentPurpose.MESSAGES)


def gsm(words: str) -> str:
    """Only what costs one character of the GSM alphabet."""
    return "".join(
        c if c.isascii() and c.isprintable() and c not in "`[]{}\\^~|" else " " for c in unaccented(words)
    )
