"""What every SMS has to keep to: whom we may write to, when, and in which letters; and what became of it."""

from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from sqlalchemy.orm import Session

from core.clock import VIETNAM
from core.errors import Text, text
from core.text import unaccented
from models import ConsentPurpose, FeeReminder, ReminderStatus, Seller, SellerKind, ThresholdNotice
from services.people import agrees

LONGEST = 160
FIRST_HOUR, LAST_HOUR = time(8), time(20)
NOT_AGREED = text("Hộ chưa đồng ý nhận tin nhắn")

Notice = FeeReminder | ThresholdNotice


@dataclass(frozen=True)
class Message:
    """Plain values for one SMS, of the notice `id`; what has the same `key` is sent once."""

    id: UUID
    key: str
    phone: str
    text: str


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


def record_sent(notice: Notice, message_id: str | None) -> None:
    """`message_id` is None where the gateway had sent it before."""
    notice.status, notice.message_id, notice.problem = ReminderStatus.SENT, message_id, None


def record_unsent(notice: Notice, problem: str, *, final: bool) -> None:
    """Why it has not gone out; `final` where it will not."""
    notice.problem = problem
    if final:
        notice.status = ReminderStatus.FAILED


def skip(notice: Notice, problem: Text) -> None:
    """Why it is not to go out."""
    notice.status, notice.problem = ReminderStatus.SKIPPED, problem
