"""«Kiểm tra mã QR»: is the sticker at the stall still the one that was issued?"""

from typing import NoReturn
from uuid import UUID

from flask import request
from marshmallow import fields

from core.errors import InvalidInput, Text, text
from core.images import UnreadablePhoto
from core.qr_reading import read_qr
from models import Role
from services.queries.markets import get_managed_market
from services.queries.qr_checks import QrCheck, Verdict, check_qr
from web.auth import actor, allow
from web.database import session
from web.forms import Form, Page, label
from web.schemas import Input, Line

LONGEST_TEXT = 512

SAID = {
    Verdict.ISSUED: text("Đúng là mã đã cấp"),
    Verdict.ALTERED: text("Mã đã bị sửa"),
    Verdict.OLD: text("Mã cũ, cần in lại"),
    Verdict.CLOSED: text("Mã của quầy đã đóng"),
    Verdict.REQUEST: text("Mã của một lần thu, không phải mã dán ở quầy"),
    Verdict.FOREIGN: text("Không phải mã của các quầy bạn quản lý"),
    Verdict.UNREADABLE: text("Không phải mã VietQR"),
}
WHAT_TO_DO = {
    Verdict.ALTERED: text("Gỡ mã này xuống, in và dán thẻ QR mới của quầy."),
    Verdict.OLD: text("Mã trả vào tài khoản trước đây của cùng người bán. In và dán thẻ QR mới."),
    Verdict.FOREIGN: text("Nếu mã này dán ở quầy, hãy gỡ xuống và hỏi chủ quầy."),
}
AT_CLOSED = text("Gỡ mã này xuống: ai quét thì tiền vẫn vào tài khoản của người bán cũ.")
TONES = {Verdict.ISSUED: "good", Verdict.ALTERED: "bad", Verdict.FOREIGN: "bad", Verdict.CLOSED: "bad"}
PARTS = {
    "bank": text("Ngân hàng khác"),
    "account_number": text("Số tài khoản khác"),
    "amount": text("Mã ghi sẵn số tiền; mã đã cấp thì để người mua tự gõ"),
    "words": text("Nội dung chuyển khoản có thêm chữ ngoài mã của quầy"),
    "note": text("Thiếu mã của quầy trong nội dung chuyển khoản"),
    "format": text("Không viết như mã đã cấp"),
}


class QrCheckForm(Input):
    photo = fields.Raw(
        metadata=label(text("Chụp mã dán ở quầy"), text("Chụp gần, thẳng, một mã"), mark_optional=False)
    )
    text = Line(
        LONGEST_TEXT,
        load_default="",
        metadata=label(text("Hoặc dán nội dung mã vào đây"), mark_optional=False),
    )


def _check(text: str, **_: object) -> QrCheck:
    return check_qr(session(), actor(), _photographed() or text or _nothing())


def _photographed() -> str | None:
    """What the QR in the photo says; the photo is not kept. Raises InvalidInput."""
    photo = request.files.get("photo")
    if not photo:
        return None
    try:
        return read_qr(photo.read())
    except UnreadablePhoto as problem:
        raise InvalidInput.of("photo", problem.reason) from None


def _to_do(found: QrCheck) -> Text | None:
    return AT_CLOSED if found.stall and found.stall.closed_on else WHAT_TO_DO.get(found.verdict)


def _nothing() -> NoReturn:
    raise InvalidInput.of("photo", text("Hãy chụp mã, hoặc dán nội dung của mã"))


@allow(Role.MANAGER)
def qr_check(market_id: UUID) -> Page:
    market = get_managed_market(session(), actor(), market_id)
    form = Form(QrCheckForm())
    form.stores = False
    found = form.submit(_check)
    return form.page(
        "market/qr_check.html",
        market=market,
        found=found,
        said=SAID,
        to_do=_to_do(found) if found else None,
        tones=TONES,
        parts=PARTS,
    )
