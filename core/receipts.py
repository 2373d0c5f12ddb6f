"""The receipt of a fee: one A5 page, to be printed or kept on the phone, with a QR that says whether it is genuine."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import Align, XPos, YPos

from core.money import format_dong
from core.periods import say
from core.qr_images import matrix
from core.qr_pdf import draw_qr

A5 = (148.0, 210.0)
MARGIN, LINE = 14.0, 7.0
LABEL_WIDTH, QR_SIDE = 42.0, 38.0
GREEN, INK, GREY = (10, 77, 52), (20, 26, 23), (110, 118, 113)

_FONTS = Path(__file__).parent.parent / "data" / "fonts"


@dataclass(frozen=True)
class FeeReceipt:
    """What a receipt says. `basis` are lines of words and đồng; `paid` are (day, how, đồng)."""

    market_name: str
    reference: str
    seller_name: str
    stall_number: str | None
    period: str
    basis: Sequence[tuple[str, int]]
    amount: int
    paid: Sequence[tuple[date, str, int]]


def fee_receipt(receipt: FeeReceipt, link: str) -> bytes:
    """A PDF of one page; `link` is where anybody may check it."""
    pdf = _document()
    pdf.add_page()
    _head(pdf, receipt)
    _facts(pdf, receipt)
    _sums(pdf, [*receipt.basis], ("Phải nộp", receipt.amount))
    total = sum(amount for _, _, amount in receipt.paid)
    _sums(pdf, [(f"{day:%d/%m/%Y} · {how}", amount) for day, how, amount in receipt.paid], ("Đã nộp", total))
    _check(pdf, link)
    return bytes(pdf.output())


def _document() -> FPDF:
    pdf = FPDF(format=A5)
    pdf.set_margin(MARGIN)
    pdf.set_auto_page_break(True, MARGIN)
    pdf.add_font("BeVietnamPro", "", _FONTS / "BeVietnamPro-Regular.ttf")
    pdf.add_font("BeVietnamPro", "B", _FONTS / "BeVietnamPro-Bold.ttf")
    pdf.set_lang("vi")
    pdf.set_title("Biên lai thu phí chợ")
    return pdf


def _head(pdf: FPDF, receipt: FeeReceipt) -> None:
    _line(pdf, receipt.market_name, 12, GREY)
    _line(pdf, "Biên lai thu phí chợ", 20, GREEN, bold=True)
    pdf.ln(LINE / 2)


def _facts(pdf: FPDF, receipt: FeeReceipt) -> None:
    place = [("Quầy", receipt.stall_number)] if receipt.stall_number else []
    facts = [
        ("Số", receipt.reference),
        ("Người nộp", receipt.seller_name),
        *place,
        ("Kỳ", say(receipt.period)),
    ]
    for label, words in facts:
        _font(pdf, 11, GREY)
        pdf.cell(LABEL_WIDTH, LINE, label)
        _font(pdf, 12, INK, bold=True)
        pdf.multi_cell(0, LINE, words, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _sums(pdf: FPDF, lines: Sequence[tuple[str, int]], total: tuple[str, int]) -> None:
    pdf.ln(LINE / 2)
    pdf.set_draw_color(*GREY)
    pdf.line(MARGIN, pdf.get_y(), A5[0] - MARGIN, pdf.get_y())
    pdf.ln(LINE / 4)
    for words, amount in lines:
        _sum(pdf, words, amount, bold=False)
    _sum(pdf, *total, bold=True)


def _sum(pdf: FPDF, words: str, amount: int, *, bold: bool) -> None:
    _font(pdf, 12 if bold else 11, GREEN if bold else INK, bold=bold)
    pdf.cell(0, LINE, words)
    pdf.set_x(MARGIN)
    pdf.cell(0, LINE, format_dong(amount), align=Align.R, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _check(pdf: FPDF, link: str) -> None:
    pdf.ln(LINE)
    x, y = pdf.get_x(), pdf.get_y()
    draw_qr(pdf, matrix(link), x, y, QR_SIDE)
    pdf.link(x, y, QR_SIDE, QR_SIDE, link)
    pdf.set_xy(x + QR_SIDE + LINE, y + QR_SIDE / 3)
    _font(pdf, 11, GREY)
    pdf.multi_cell(
        0, LINE * 0.8, "Quét mã để xem biên lai này có thật và phí còn được tính là đã nộp.", align=Align.L
    )


def _line(pdf: FPDF, words: str, points: float, colour: tuple[int, int, int], *, bold: bool = False) -> None:
    _font(pdf, points, colour, bold=bold)
    pdf.multi_cell(0, points * 0.5, words, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _font(pdf: FPDF, points: float, colour: tuple[int, int, int], *, bold: bool = False) -> None:
    pdf.set_font("BeVietnamPro", "B" if bold else "", points)
    pdf.set_text_color(*colour)
