"""Labels of a lot: a sheet of A4 with 24 of 70 × 37 mm, as sticker sheets are sold, or to be cut along the lines."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from fpdf import FPDF

from core.qr_images import matrix
from core.qr_pdf import draw_qr

A4 = (210.0, 297.0)
COLUMNS, ROWS = 3, 8
WIDTH, HEIGHT = 70.0, 37.0
TOP = (A4[1] - ROWS * HEIGHT) / 2
QR_SIZE = 31.0
EDGE = 3.0

_FONTS = Path(__file__).parent.parent / "data" / "fonts"
_Colour = tuple[int, int, int]
INK, GREY, INDIGO = (20, 16, 46), (170, 170, 170), (39, 35, 107)


@dataclass(frozen=True)
class LotLabel:
    """What each of them says; the QR says `link`. `seller_name` may be empty."""

    product_name: str
    seller_name: str
    harvested_on: date
    code: str
    link: str


def lot_labels(label: LotLabel) -> bytes:
    """A PDF of one page, full of the same label."""
    pdf = FPDF(format=A4)
    pdf.set_auto_page_break(False)
    pdf.add_font("BeVietnamPro", "", _FONTS / "BeVietnamPro-Regular.ttf")
    pdf.add_font("BeVietnamPro", "B", _FONTS / "BeVietnamPro-Bold.ttf")
    pdf.set_lang("vi")
    pdf.set_title("Tem truy xuất nguồn gốc")
    pdf.add_page()
    modules = matrix(label.link)
    for place in range(COLUMNS * ROWS):
        _draw(pdf, label, modules, place % COLUMNS * WIDTH, TOP + place // COLUMNS * HEIGHT)
    _cut_lines(pdf)
    return bytes(pdf.output())


def _draw(pdf: FPDF, label: LotLabel, modules: list[list[bool]], left: float, top: float) -> None:
    draw_qr(pdf, modules, left + EDGE, top + (HEIGHT - QR_SIZE) / 2, QR_SIZE)
    x, room = left + EDGE + QR_SIZE + 1, WIDTH - 2 * EDGE - QR_SIZE - 1
    _words(pdf, label.product_name, x, top + 5, room, 10, INDIGO, lines=2, bold=True)
    _words(pdf, label.seller_name, x, top + 14, room, 7.5, INK, lines=2)
    _words(pdf, f"Thu hoạch {label.harvested_on:%d/%m/%Y}", x, top + 22, room, 7.5, INK, lines=1)
    _words(pdf, f"Lô {label.code}", x, top + 26.5, room, 7.5, INK, lines=1, bold=True)
    _words(pdf, "Quét mã để biết nguồn gốc", x, top + 31, room, 6, INK, lines=1)


def _words(
    pdf: FPDF,
    words: str,
    x: float,
    y: float,
    room: float,
    points: float,
    colour: _Colour,
    *,
    lines: int,
    bold: bool = False,
) -> None:
    """At most so many lines from `y` down; set smaller until it fits."""
    pdf.set_text_color(*colour)
    pdf.set_xy(x, y)
    while True:
        pdf.set_font("BeVietnamPro", "B" if bold else "", points)
        height = points * 0.42
        broken: list[str] = pdf.multi_cell(  # type: ignore[assignment]
            room, height, words, align="L", dry_run=True, output="LINES"
        )
        if len(broken) <= lines or points < 4:
            break
        points -= 0.5
    pdf.multi_cell(room, height, "\n".join(broken[:lines]), align="L")


def _cut_lines(pdf: FPDF) -> None:
    pdf.set_draw_color(*GREY)
    pdf.set_line_width(0.1)
    for column in range(1, COLUMNS):
        pdf.line(column * WIDTH, 0, column * WIDTH, A4[1])
    for row in range(ROWS + 1):
        pdf.line(0, TOP + row * HEIGHT, A4[0], TOP + row * HEIGHT)
