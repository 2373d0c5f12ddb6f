"""How a listing stands on a floor, in a word: its status says what workers came to, and what else is known of it says
whether buyers see it."""

from core.errors import text
from models import Listing, ListingStatus, Publication, PublicationStatus
from services.drift import IN_REVIEW
from services.publishing import still_sold
from web.words import WORDS, Word

S = PublicationStatus
SOLD_OUT = Word(text("Hết hàng"), "warn")
UNSEEN = {"hidden_sold_out": SOLD_OUT, IN_REVIEW: Word(text("Chờ sàn duyệt"))}
"""By the codes of floors' warnings about what is listed there and not shown."""
LEAVING = {
    S.WAITING: Word(text("Chờ gỡ"), "busy"),
    S.PUBLISHING: Word(text("Đang gỡ"), "busy"),
    S.REJECTED: Word(text("Chưa gỡ được"), "bad"),
    S.FAILED: Word(text("Chưa gỡ được"), "bad"),
}
OLD_ONE_SOLD = Word(text("Chưa nhận bản mới"), "warn")


def is_sold_out(listing: Listing) -> bool:
    """Whether nothing is left of what is to be sold."""
    return listing.status is ListingStatus.APPROVED and not listing.stock


def standing_word(publication: Publication) -> Word:
    """What its badge says."""
    codes = [problem["code"] for problem in publication.problems]
    status = publication.status
    if not publication.is_wanted and status in LEAVING:
        # What is in review is taken down once the floor has looked at it.
        return LEAVING[S.WAITING if IN_REVIEW in codes else status]
    if status is S.LISTED and (unseen := [UNSEEN[code] for code in codes if code in UNSEEN]):
        return unseen[0]
    if status is S.LISTED and publication.is_wanted and is_sold_out(publication.listing):
        return SOLD_OUT
    return OLD_ONE_SOLD if still_sold(publication) else WORDS[S][status]


def is_calm(code: str) -> bool:
    """Whether a reason only says that buyers do not see it yet: nothing is wrong."""
    return code in UNSEEN
