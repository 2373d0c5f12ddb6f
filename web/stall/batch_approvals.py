"""What waits for an approval, of all sellers whose goods the person keeps, and approving much of it at once."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.errors import text
from services.batch_approvals import approve_listings, list_waiting
from services.listings import get_listing
from web.auth import SELLS, actor, allow
from web.database import session
from web.languages import translate
from web.stall.waiting import in_words

MOST = 100
"""In one go; a page shows fewer."""


@allow(*SELLS)
def waiting() -> str:
    q = request.args.get("q", "").strip()
    page = list_waiting(session(), actor(), q=q or None, cursor=request.args.get("cursor"))
    return render_template("stall/waiting.html", page=page, q=q, in_words=in_words)


@allow(*SELLS)
def approve() -> Response:
    """Those that were ticked, each as it was shown; the others are told with the reason."""
    seen = _seen()
    refused = approve_listings(session(), actor(), seen)
    for listing_id, reasons in refused.items():
        said = {"name": get_listing(session(), actor(), listing_id).product.name}
        said["reason"] = " ".join(dict.fromkeys(map(translate, reasons)))
        flash(translate(text("Chưa duyệt «%(name)s»: %(reason)s", **said)), "bad")
    if not seen:
        flash(translate(text("Hãy chọn ít nhất một tin")), "bad")
    elif done := len(seen) - len(refused):
        flash(translate(text("Đã duyệt %(count)s tin, đang đăng lên sàn.", count=done)))
    return redirect(url_for("stall.waiting", q=request.form.get("q") or None), 303)


def _seen() -> dict[UUID, str]:
    """The fingerprint of each that was ticked; what is no such pair was not sent by the page."""
    pairs = (sent.partition("/") for sent in request.form.getlist("seen")[:MOST])
    return {UUID(number): shown for number, _, shown in pairs if _is_uuid(number)}


def _is_uuid(typed: str) -> bool:
    try:
        UUID(typed)
    except ValueError:
        return False
    return True
