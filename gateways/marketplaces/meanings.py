"""What a floor's refusal means to a farmer: a plain sentence that ends with the next step, whichever floor says it.

Each floor's `refusals.py` ties its own codes to these. A code that it does not know is told by the field alone, with
the floor's words beside it, and logged (`refusal_unknown`), so that somebody may add it there.
"""

import re
from typing import NamedTuple

import structlog

from core.errors import Text, text
from gateways.errors import GatewayRejected, Problem

log = structlog.get_logger()

LONGEST_SAID = 300
ATTRIBUTES, PAPERS = "attributes", "papers"


class Meaning(NamedTuple):
    """Of which field of ours a refusal speaks, and what to do."""

    field: str | None
    text: Text


TITLE_MISSING = Meaning("title", text("Thiếu tên hàng: hãy ghi tên"))
TITLE_TOO_SHORT = Meaning("title", text("Tên hàng ngắn quá: hãy ghi thêm giống, hạng hoặc nơi trồng vào tên"))
TITLE_TOO_LONG = Meaning("title", text("Tên hàng dài quá: hãy bỏ bớt chữ trong tên"))
TITLE_LENGTH = Meaning("title", text("Tên hàng dài quá hoặc ngắn quá so với sàn này: hãy sửa tên"))
TITLE_WORDS = Meaning("title", text("Tên hàng có từ hoặc dấu mà sàn không cho dùng: hãy bỏ đi"))
DESCRIPTION_MISSING = Meaning("description", text("Thiếu lời giới thiệu: hãy viết vài câu về hàng"))
DESCRIPTION_TOO_SHORT = Meaning("description", text("Lời giới thiệu ngắn quá: hãy viết thêm vài câu"))
DESCRIPTION_TOO_LONG = Meaning("description", text("Lời giới thiệu dài quá: hãy bỏ bớt"))
DESCRIPTION_WORDS = Meaning(
    "description", text("Lời giới thiệu có từ hoặc dấu mà sàn không cho dùng: hãy bỏ đi")
)
WORDS_REFUSED = Meaning(
    None, text("Có từ hoặc dấu mà sàn không cho dùng: hãy bỏ đi trong tên và lời giới thiệu")
)
PRICE_MISSING = Meaning("price", text("Thiếu giá: hãy ghi giá"))
PRICE_TOO_LOW = Meaning(
    "price", text("Giá thấp hơn mức sàn này nhận: hãy ghi giá cao hơn, hoặc gộp thành gói to hơn")
)
PRICE_TOO_HIGH = Meaning(
    "price", text("Giá cao hơn mức sàn này nhận: hãy ghi giá thấp hơn, hoặc chia thành gói nhỏ hơn")
)
PRICE_WRONG = Meaning("price", text("Sàn không nhận giá này: hãy xem lại giá"))
PRICE_LOCKED = Meaning(
    "price", text("Hàng đang trong khuyến mãi của sàn nên chưa đổi được giá: hãy đợi hết rồi bấm «Thử lại»")
)
CURRENCY_WRONG = Meaning(
    "price", text("Gian hàng trên sàn không tính bằng đồng: hãy báo người quản trị xem lại gian hàng")
)
STOCK_OUTSIDE = Meaning("stock", text("Sàn không nhận số lượng này: hãy xem lại số lượng"))
STOCK_LOCKED = Meaning(
    "stock",
    text(
        "Sàn đang giữ một phần số hàng này cho đơn hoặc khuyến mãi: hãy ghi số lượng không ít hơn phần đó, hoặc đợi hết"
    ),
)
WEIGHT_MISSING = Meaning("weight", text("Thiếu cân nặng: hãy ghi một đơn vị bán nặng bao nhiêu gam"))
WEIGHT_WRONG = Meaning("weight", text("Sàn không nhận cân nặng này: hãy ghi lại số gam của một đơn vị bán"))
WEIGHT_TOO_HEAVY = Meaning(
    "weight", text("Nặng quá mức sàn này gửi được: hãy xem lại số gam, hoặc bán gói nhỏ hơn")
)
NO_CARRIER = Meaning(
    "weight",
    text(
        "Không đơn vị vận chuyển nào nhận gói này: hãy xem lại cân nặng, hoặc báo người quản trị bật vận chuyển"
    ),
)
PACKAGE_MISSING = Meaning("package", text("Thiếu cỡ gói hàng: hãy ghi dài, rộng, cao"))
PACKAGE_TOO_LARGE = Meaning("package", text("Gói to quá mức sàn này gửi được: hãy xem lại dài, rộng, cao"))
PICTURES_MISSING = Meaning("pictures", text("Thiếu ảnh: hãy thêm ít nhất một ảnh"))
PICTURES_TOO_MANY = Meaning("pictures", text("Nhiều ảnh quá mức sàn này nhận: hãy bỏ bớt ảnh"))
PICTURE_COUNT = Meaning("pictures", text("Sàn không nhận số ảnh này: hãy thêm hoặc bỏ bớt ảnh"))
PICTURE_REPEATED = Meaning("pictures", text("Có ảnh trùng nhau: hãy bỏ bớt ảnh trùng"))
PICTURE_UNREADABLE = Meaning("pictures", text("Sàn không nhận ảnh này: hãy thay bằng ảnh khác"))
PICTURE_TOO_BIG = Meaning("pictures", text("Tệp ảnh nặng quá mức sàn nhận: hãy thay bằng ảnh khác"))
PICTURE_SIZE = Meaning("pictures", text("Ảnh nhỏ quá hoặc to quá so với sàn này: hãy chụp lại, đừng cắt nhỏ"))
PICTURE_NOT_FETCHED = Meaning(
    "pictures",
    text("Sàn không tải được ảnh này: hãy thay bằng ảnh khác; nếu vẫn vậy, hãy báo người quản trị"),
)
CATEGORY_UNKNOWN = Meaning(
    "category",
    text("Sàn không có ngành hàng này: hãy báo người quản trị chọn ngành khác"),
)
CATEGORY_CLOSED = Meaning(
    "category", text("Sàn không cho bán ngành hàng này: hãy báo người quản trị chọn ngành khác")
)
CATEGORY_FIXED = Meaning(
    "category", text("Sàn không cho đổi ngành hàng của tin này: hãy báo người quản trị xem lại ngành")
)
ATTRIBUTE_MISSING = Meaning(
    ATTRIBUTES, text("Ngành hàng này cần thêm thông tin về hàng: hãy điền các ô sàn hỏi")
)
ATTRIBUTE_WRONG = Meaning(ATTRIBUTES, text("Sàn không nhận điều đã ghi về hàng: hãy sửa ở các ô sàn hỏi"))
BRAND_WANTED = Meaning(
    ATTRIBUTES,
    text("Sàn không nhận nhãn hiệu của hàng này: hãy báo người quản trị xem lại nhãn hiệu, ngành hàng"),
)
PAPER_WANTED = Meaning(
    PAPERS,
    text("Sàn cần giấy chứng nhận cho hàng này: hãy ghi giấy còn hạn, chưa có thì hỏi nhân viên bưu điện"),
)
SKU_TAKEN = Meaning("sku", text("Mã hàng này đã có ở gian hàng: hãy báo người quản trị gian hàng đổi mã kia"))
SKU_WRONG = Meaning("sku", text("Sàn không nhận mã hàng này: hãy báo người quản trị"))
GONE = Meaning(None, text("Sàn không còn tin này: hãy bấm «Thử lại» để đăng lại"))
NOT_NOW = Meaning(
    None, text("Tin trên sàn đang ở trạng thái không sửa được: hãy đợi sàn xem xong rồi bấm «Thử lại»")
)
IN_REVIEW_REFUSED = Meaning(
    None, text("Sàn đã xem và không duyệt tin này: hãy sửa điều họ ghi, rồi duyệt lại để gửi đi lần nữa")
)
NOT_PASSED = Meaning(
    None,
    text(
        "Sàn đã xem và không duyệt tin này, không ghi lý do: hãy nhờ nhân viên bưu điện xem ở trang người bán của"
        " sàn, sửa rồi duyệt lại"
    ),
)
LOCKED = Meaning(
    None, text("Sàn đang khoá tin này: hãy nhờ nhân viên bưu điện xem lý do ở trang người bán của sàn")
)
IN_PROMOTION = Meaning(
    None, text("Hàng đang trong khuyến mãi của sàn nên chưa sửa được: hãy đợi hết rồi bấm «Thử lại»")
)
HAS_KINDS = Meaning(
    None,
    text("Trên sàn tin này được chia thành nhiều loại nên không sửa từ đây được: hãy báo người quản trị"),
)
SIMILAR = Meaning(
    None, text("Gian hàng đã có tin giống tin này: hãy gỡ bớt một tin, hoặc đổi tên và ảnh cho khác")
)
SHOP_CLOSED = Meaning(
    None,
    text("Gian hàng trên sàn đang bị khoá hoặc chưa mở xong: hãy báo người quản trị xem trang người bán"),
)
SHOP_RESTING = Meaning(
    None, text("Gian hàng trên sàn đang ở chế độ nghỉ: hãy báo người quản trị mở lại rồi bấm «Thử lại»")
)
SHOP_FULL = Meaning(
    None, text("Gian hàng trên sàn đã đăng đủ số tin được phép: hãy gỡ bớt tin, hoặc báo người quản trị")
)
WAREHOUSE_WRONG = Meaning(
    None,
    text("Sàn không nhận kho gửi hàng của gian hàng: hãy báo người quản trị xem lại kho ở trang người bán"),
)
NO_WAREHOUSE = Meaning(
    None, text("Gian hàng trên sàn chưa có kho gửi hàng: hãy báo người quản trị lập kho ở trang người bán")
)
DENIED = Meaning(
    None, text("Ứng dụng chưa được sàn cấp quyền này: hãy báo người quản trị nối lại tài khoản sàn")
)
ORDER_UNKNOWN = Meaning(None, text("Sàn không thấy đơn này: hãy báo người quản trị"))
ORDER_ANSWERED = Meaning(
    None, text("Trên sàn đơn này đã bị huỷ hoặc đã được trả lời: hãy tải lại trang rồi xem lại đơn")
)
ORDER_STAYS = Meaning(
    None, text("Đơn này không huỷ được nữa: hãy gửi hàng, hoặc xem ở trang người bán của sàn")
)
ORDER_NOT_READY = Meaning(None, text("Sàn chưa cho gửi đơn này: hãy đợi một lúc rồi bấm «Thử lại»"))
BUYER_ASKS = Meaning(
    None,
    text("Khách đang xin huỷ hoặc trả hàng của đơn này: hãy trả lời khách trong trang người bán của sàn"),
)
TRACKING_WRONG = Meaning(
    None, text("Sàn không nhận mã vận đơn này: hãy xem lại rồi ghi đúng mã trên phiếu gửi")
)
PARCEL_TOO_BIG = Meaning(
    None, text("Kiện hàng nặng hoặc to quá mức sàn gửi được: hãy chia kiện ở trang người bán của sàn")
)
ADDRESS_WRONG = Meaning(
    None, text("Sàn không gửi được tới địa chỉ này: hãy gọi khách nhờ sửa địa chỉ trên sàn")
)
OUR_FAULT = Meaning(
    None, text("Sàn không hiểu điều hệ thống gửi, không phải lỗi của bà con: hãy báo người quản trị")
)

REQUIRED = {
    meaning.field: meaning
    for meaning in (
        TITLE_MISSING,
        DESCRIPTION_MISSING,
        PRICE_MISSING,
        WEIGHT_MISSING,
        PACKAGE_MISSING,
        PICTURES_MISSING,
        ATTRIBUTE_MISSING,
    )
}
"""What a field lacks that may not be empty."""
GENERAL = {
    meaning.field: meaning
    for meaning in (
        Meaning("title", text("Sàn chưa nhận tên hàng: hãy sửa tên theo lý do họ ghi")),
        Meaning("description", text("Sàn chưa nhận lời giới thiệu: hãy sửa theo lý do họ ghi")),
        PRICE_WRONG,
        STOCK_OUTSIDE,
        WEIGHT_WRONG,
        Meaning("package", text("Sàn chưa nhận cỡ gói hàng: hãy xem lại dài, rộng, cao")),
        Meaning("pictures", text("Sàn chưa nhận ảnh: hãy xem lý do họ ghi rồi thay ảnh")),
        Meaning("category", text("Sàn chưa nhận ngành hàng: hãy báo người quản trị chọn ngành khác")),
        ATTRIBUTE_WRONG,
        PAPER_WANTED,
        SKU_WRONG,
    )
}
"""What is known where only the field is."""
UNKNOWN = text(
    "Sàn chưa nhận, lý do họ ghi ở dưới. Hãy sửa điều họ nêu rồi gửi lại; chưa rõ thì nhờ nhân viên bưu điện xem giúp"
)

_NEEDED = re.compile(
    r"\b(is|are) (required|mandatory|missing)|may not be (blank|null)|field is required|必填|不能为空", re.I
)
_WORDS = (
    (r"certif|licen[cs]e|qualification|资质|证书", PAPERS),
    (r"图片|主图", "pictures"),
    (r"类目", "category"),
    (r"属性|品牌", ATTRIBUTES),
    (r"描述", "description"),
    (r"标题|商品名", "title"),
    (r"价格", "price"),
    (r"库存", "stock"),
    (r"重量", "weight"),
    (r"尺寸|包裹", "package"),
)
"""What all floors call our fields, in English and, where they forget to translate, in Chinese."""


def field_in(words: str, of_floor: tuple[tuple[str, str], ...]) -> str | None:
    """The field that a floor's words speak of: by how this floor calls them, else as all do."""
    lowered = words.lower()
    return next((field for pattern, field in (*of_floor, *_WORDS) if re.search(pattern, lowered)), None)


def lacking(field: str | None, said: str) -> Meaning | None:
    """Where `said` tells that the field is empty."""
    return REQUIRED.get(_whole(field)) if _NEEDED.search(said) else None


def problem(
    floor: str, code: str, said: str, meaning: Meaning | None, *, field: str | None = None
) -> Problem:
    """A floor's refusal as a person is told it: what it means, else what is known of its `field`."""
    said = said.strip()[:LONGEST_SAID]
    meaning = meaning or lacking(field, said)
    if meaning is None:
        log.warning("refusal_unknown", floor=floor, code=code, field=field, said=said)
        meaning = GENERAL.get(_whole(field)) or Meaning(None, UNKNOWN)
    return Problem(field or meaning.field, code, meaning.text, said)


def refused(
    floor: str, code: str, said: str, meaning: Meaning | None, *, field: str | None = None
) -> GatewayRejected:
    return GatewayRejected(
        f"{code}: {said}"[:LONGEST_SAID], (problem(floor, code, said, meaning, field=field),)
    )


def denied(told: str) -> GatewayRejected:
    """Our app may not do this: that is no fault of the listing, whatever the floor's code of it."""
    return GatewayRejected(told, (Problem(None, "denied", DENIED.text),))


def _whole(field: str | None) -> str | None:
    """`attributes` of `attributes.Vị`."""
    return field.partition(".")[0] if field else None
