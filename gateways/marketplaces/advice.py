"""What is known to be wrong with an offer before its floor is asked, in our own names of the fields."""

from core.errors import text
from gateways.errors import Problem
from gateways.marketplaces.meanings import REQUIRED, Meaning
from gateways.ports import Offer

_NO_CATEGORY = Meaning("category", text("Chưa có ngành hàng của sàn này; hãy báo người quản trị"))
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
    return [
        Problem(name, "required", REQUIRED.get(name, _NO_CATEGORY).text) for name in fields if not given[name]
    ]


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
