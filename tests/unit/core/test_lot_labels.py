"""Labels as a printer would show them: rendered by PDFium, read by a QR reader."""

from dataclasses import replace
from datetime import date

import pypdfium2

from core.lot_labels import COLUMNS, ROWS, LotLabel, lot_labels
from tests.qr_readers import read_by_both

LABEL = LotLabel(
    product_name="Mận tam hoa",
    seller_name="Giàng Thị Mẩy",
    harvested_on=date(2026, 11, 20),
    code="261120-7KM",
    link="https://cho.example.vn/01/02000000000015/10/261120-7KM",
)


def words_of(label: LotLabel) -> str:
    with pypdfium2.PdfDocument(lot_labels(label)) as pdf:
        assert len(pdf) == 1
        assert [round(side / 72 * 25.4) for side in pdf[0].get_size()] == [210, 297]
        return " ".join(str(pdf[0].get_textpage().get_text_bounded()).split())


def test_every_label_of_the_sheet_reads() -> None:
    with pypdfium2.PdfDocument(lot_labels(LABEL)) as pdf:
        picture = pdf[0].render(scale=200 / 72).to_pil().convert("L")
    assert read_by_both(picture) == [LABEL.link] * (COLUMNS * ROWS)


def test_it_says_what_and_when_and_whose() -> None:
    words = words_of(LABEL)
    for said in ("Mận tam hoa", "Giàng Thị Mẩy", "Thu hoạch 20/11/2026", "Lô 261120-7KM"):
        assert words.count(said) == COLUMNS * ROWS, said


def test_of_whom_nobody_may_know_it_names_nobody() -> None:
    assert "Mẩy" not in words_of(replace(LABEL, seller_name=""))


def test_long_names_are_set_smaller() -> None:
    long = "Hợp tác xã Nông nghiệp Dược liệu Sa Pa Xanh và những người bạn"
    words = words_of(replace(LABEL, product_name=long, seller_name=long))
    assert words.replace(" ", "").count(long.replace(" ", "")) == 2 * COLUMNS * ROWS
