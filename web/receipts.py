"""The public pages of receipts: whoever was shown a payment, or a paid fee, can see here whether the money came and
stayed."""

from flask import Blueprint, render_template
from flask_limiter.util import get_remote_address

from core.errors import text
from services.fee_receipts import get_public_receipt
from services.queries.receipts import ReceiptStatus, get_receipt
from web.auth import public
from web.database import session
from web.security import limiter

PER_ADDRESS = "30 per minute"

SAID = {
    ReceiptStatus.RECEIVED: (text("Tiền đã vào quầy"), "good"),
    ReceiptStatus.REFUND_DUE: (text("Đã nhận, cần trả lại"), "warn"),
    ReceiptStatus.REFUNDED: (text("Đã trả lại tiền"), "plain"),
    ReceiptStatus.REVERSED: (text("Tiền bị rút lại"), "bad"),
}
VOID = {
    ReceiptStatus.REVERSED: text("Ngân hàng đã rút lại khoản tiền này."),
    ReceiptStatus.UNMATCHED: text("Chợ đã gỡ khoản tiền này ra: tiền không còn ghi cho quầy nào."),
}

blueprint = Blueprint("receipts", __name__)


@blueprint.get("/r/<code>")
@public
@limiter.limit(PER_ADDRESS, key_func=get_remote_address)
def receipt(code: str) -> str:
    """What is unknown is 404, in the same words whatever is wrong with the code."""
    return render_template("receipt.html", receipt=get_receipt(session(), code), said=SAID, why_void=VOID)


@blueprint.get("/r/fee/<code>")
@public
@limiter.limit(PER_ADDRESS, key_func=get_remote_address)
def fee_receipt(code: str) -> str:
    """The same of a fee."""
    return render_template("fee_receipt.html", receipt=get_public_receipt(session(), code))
