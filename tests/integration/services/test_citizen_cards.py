"""Today's commune for the address on a citizen card."""

import pytest
from sqlalchemy.orm import Session

from services.citizen_cards import read_card
from services.queries.places import HowFound

OLD, NEW, SPLIT = HowFound.WHOLE, HowFound.CURRENT, HowFound.SPLIT


def _communes(session: Session, address: str) -> list[tuple[str, HowFound]]:
    card = f"010185000123||Lù Thị Mai|02031985|Nữ|{address}|15082021"
    return [(unit.code, unit.how) for unit in read_card(session, card).commune_candidates]


@pytest.mark.parametrize(
    ("address", "communes"),
    [
        ("Thôn Na Hối Tày, Na Hối, Bắc Hà, Lào Cai", [("02839", OLD)]),
        ("Xã Na Hối, Huyện Bắc Hà, Tỉnh Lào Cai", [("02839", OLD)]),
        ("NA HỐI, BẮC HÀ, LÀO CAI", [("02839", OLD)]),
        ("Tổ dân phố 3, Hàm Rồng, Thị xã Sa Pa, Lào Cai", [("03006", OLD)]),
        ("Tổ dân phố 3, Hàm Rồng, Sa Pa, Lào Cai", [("03006", OLD)]),
        ("Thôn Na Hối Tày, Bắc Hà, Lào Cai", [("02839", NEW)]),
        ("Thôn Na Hối Tày, Xã Bắc Hà, Tỉnh Lào Cai", [("02839", NEW)]),
        ("12 Đội Cấn, Cống Vị, Ba Đình, Hà Nội", [("00008", SPLIT), ("00025", SPLIT), ("00004", NEW)]),
        ("Bắc Hà, Hà Nội", []),
        ("Na Hối", []),
        ("", []),
        ("Chưa rõ, , ,", []),
    ],
)
def test_address_as_cards_print_it(
    session: Session, address: str, communes: list[tuple[str, HowFound]]
) -> None:
    assert _communes(session, address) == communes
