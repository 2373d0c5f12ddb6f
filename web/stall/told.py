"""What floors say, beside the fields of the forms in which it is mended."""

from collections.abc import Iterable, Mapping, Sequence

from core.errors import Text, text
from models import Listing
from services.floor_attributes import Wish
from services.marketplaces import MARKETPLACES
from services.reasons import Reason
from web.goods import TOGETHER
from web.stall.wishes import ATTRIBUTES, field_of

ASKED = text("Các sàn còn cần:")
GOODS = "goods"
"""What a floor wants to know hangs on it, and so does which category it is."""


def in_form(field: str, listing: Listing | None, marketplace: str, wishes: Sequence[Wish]) -> str:
    """What a form calls a field of ours: a floor's own price and each wish have fields of their own."""
    if field == "price" and listing and marketplace in listing.told_prices[1]:
        return f"prices-{marketplace}"
    if field == ATTRIBUTES and wishes:
        return f"{ATTRIBUTES}-0"
    if field.partition(".")[0] == ATTRIBUTES:
        asked = field_of(wishes, field)
        return asked if asked != field else GOODS
    return field


def beside(
    reasons: Iterable[Reason], listing: Listing | None = None, wishes: Sequence[Wish] = ()
) -> dict[str, list[Text]]:
    """By the form's fields, each floor's reason under its name."""
    told: dict[str, list[Text]] = {}
    for reason in reasons:
        if reason.field and not reason.for_administrator:
            name = in_form(reason.field, listing, reason.marketplace, wishes)
            told.setdefault(name, []).append(_under_name(reason))
    return told


def with_companions(told: Mapping[str, list[Text]]) -> dict[str, list[Text]]:
    """The same beside all fields that are filled in together with one that is told of: a package has three sides."""
    companions = {name: names for names in TOGETHER for name in names}
    return {each: texts for name, texts in told.items() for each in companions.get(name, (name,))}


def _under_name(reason: Reason) -> Text:
    floor = MARKETPLACES[reason.marketplace]
    if reason.said:
        return text("%(floor)s: %(text)s «%(said)s»", floor=floor, text=reason.text, said=reason.said)
    return text("%(floor)s: %(text)s", floor=floor, text=reason.text)
