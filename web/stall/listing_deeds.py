"""Letting an offer go onto the floors, asking them again, taking it down, and saying what on a floor is ours."""

from uuid import UUID

from flask import request, url_for
from werkzeug.wrappers import Response

from core.errors import text
from services import listings as services
from services.claims import claim_publication
from web.auth import SELLS, actor, allow
from web.database import session
from web.forms import do


@allow(*SELLS)
def approve(listing_id: UUID) -> Response:
    return do(
        lambda: services.approve_listing(session(), actor(), listing_id, request.form.get("seen")),
        done=text("Đã duyệt. Kết quả trên từng sàn ghi ở dưới."),
        back=url_for("stall.listing", listing_id=listing_id),
    )


@allow(*SELLS)
def retry(listing_id: UUID) -> Response:
    return do(
        lambda: services.retry_publications(session(), actor(), listing_id),
        done=text("Đang hỏi lại sàn."),
        back=url_for("stall.listing", listing_id=listing_id),
    )


@allow(*SELLS)
def withdraw(listing_id: UUID) -> Response:
    return do(
        lambda: services.withdraw_listing(session(), actor(), listing_id),
        done=text("Đã gỡ tin. Các sàn sẽ thôi bán trong ít phút."),
        back=url_for("stall.listing", listing_id=listing_id),
    )


@allow(*SELLS)
def leave(listing_id: UUID, marketplace: str) -> Response:
    """One floor, where it sells what it should no more."""
    return do(
        lambda: services.leave_floor(session(), actor(), listing_id, marketplace),
        done=text("Đang gỡ khỏi sàn này, trong ít phút sàn sẽ thôi bán."),
        back=url_for("stall.listing", listing_id=listing_id),
    )


@allow(*SELLS)
def claim(listing_id: UUID, marketplace: str) -> Response:
    return do(
        lambda: claim_publication(session(), actor(), listing_id, marketplace),
        done=text("Đã nhận hàng trên sàn. Kết quả ghi ở dưới."),
        back=url_for("stall.listing", listing_id=listing_id),
    )
