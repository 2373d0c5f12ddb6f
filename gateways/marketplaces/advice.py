"""What a person does about a field that a floor refuses, in our own names of the fields."""

from core.errors import Text, text
from gateways.errors import GatewayRejected, Problem
from gateways.ports import Offer

_MISSING = {
    "description": text("Thiếu mô tả: hãy viết vài câu về hàng"),
    "weight": text("Thiếu khối lượng: sàn cần để tính phí gửi"),
    "package": text("Thiếu kích thước gói hàng (dài, rộng, cao): sàn cần để tính phí gửi"),
    "category": text("Chưa có ngành hàng của sàn này; hãy báo người quản trị"),
    "pictures": text("Thiếu ảnh: hãy chụp ít nhất một ảnh"),
}
REVIEWED_FIRST = Problem(
    None, "in_review", text("Sàn còn đang duyệt tin này nên chưa gỡ được; duyệt xong hệ thống sẽ gỡ")
)
CANCEL_ASKED = Problem(
    None,
    "cancel_asked",
    text("Khách đang xin hủy đơn này: đồng ý thì hủy đơn, không thì trả lời trong trang người bán của sàn"),
)


def missing(offer: Offer, *fields: str) -> list[Problem]:
    """Those of `fields` that a floor must have and `offer` lacks."""
    given = {
        "description": offer.description.strip(),
        "weight": offer.weight_grams,
        "package": offer.package,
        "category": offer.category,
        "pictures": offer.pictures,
    }
    return [Problem(name, "required", _MISSING[name]) for name in fields if not given[name]]


def outside(field: str, value: int, least: int, most: int) -> list[Problem]:
    """Where `value` of a number field is not from `least` to `most`."""
    if value < least:
        return [Problem(field, "too_low", text("Sàn nhận từ %(least)s trở lên", least=least))]
    if value > most:
        return [Problem(field, "too_high", text("Sàn nhận nhiều nhất %(most)s", most=most))]
    return []


def wrong_length(field: str, words: str, least: int, most: int) -> list[Problem]:
    """Where `words` have less than `least` or more than `most` characters."""
    if len(words) < least:
        return [Problem(field, "too_short", text("Cần ít nhất %(limit)s ký tự", limit=least))]
    if len(words) > most:
        return [Problem(field, "too_long", text("Không được quá %(limit)s ký tự", limit=most))]
    return []


def too_many_pictures(offer: Offer, most: int) -> list[Problem]:
    if len(offer.pictures) <= most:
        return []
    return [Problem("pictures", "too_many", text("Sàn nhận nhiều nhất %(most)s ảnh", most=most))]


def advice(field: str | None, reason: str) -> Text:
    """The next step for a field that the floor refused, with the floor's own `reason`."""
    match field:
        case "title":
            return text("Sàn không nhận tên hàng, hãy sửa tên: %(reason)s", reason=reason)
        case "description":
            return text("Sàn không nhận mô tả, hãy sửa mô tả: %(reason)s", reason=reason)
        case "price":
            return text("Sàn không nhận giá này, hãy sửa giá: %(reason)s", reason=reason)
        case "stock":
            return text("Sàn không nhận số lượng này, hãy sửa số lượng: %(reason)s", reason=reason)
        case "weight" | "package":
            return text("Hãy xem lại khối lượng và kích thước gói hàng: %(reason)s", reason=reason)
        case "category":
            return text(
                "Sàn không nhận ngành hàng này; hãy báo người quản trị chọn ngành khác: %(reason)s",
                reason=reason,
            )
        case "attributes":
            return text(
                "Ngành hàng này cần thêm thông tin; hãy báo người quản trị: %(reason)s", reason=reason
            )
        case "pictures":
            return text("Sàn không nhận ảnh, hãy chụp ảnh khác: %(reason)s", reason=reason)
        case _:
            return text("Sàn từ chối: %(reason)s", reason=reason)


def refused(field: str | None, code: str, reason: str) -> GatewayRejected:
    """The floor's refusal of one field, as a person is told it."""
    return GatewayRejected(f"{code}: {reason}", (Problem(field, code, advice(field, reason)),))
