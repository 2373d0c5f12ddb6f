"""The stall's payment card: one A5 page to hang up, or for a whole market A6 cards, four on an A4 sheet."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap

from fpdf import FPDF
from fpdf.enums import RenderStyle

from core.qr_images import matrix
from core.qr_pdf import draw_qr

A4, A5 = (210.0, 297.0), (148.0, 210.0)
WIDTH, HEIGHT = A5
MARGIN = 10.0
LONGEST_NAME = 36
CARDS_ON_A_SHEET = 4

_FONTS = Path(__file__).parent.parent / "data" / "fonts"

_Colour = tuple[int, int, int]
GREEN, PALE, INK, GREY, WHITE = (10, 77, 52), (230, 241, 235), (20, 26, 23), (150, 150, 150), (255, 255, 255)


@dataclass(frozen=True)
class StallCard:
    """What a card says; the full account number is in the QR only."""

    market_name: str
    stall_number: str
    seller_name: str
    qr_payload: str
    reference: str
    bank_name: str
    account_masked: str
    holder_name: str


def stall_card(card: StallCard) -> bytes:
    """A PDF of one A5 page."""
    pdf = _document(A5)
    pdf.add_page()
    _Canvas(pdf, 0, 0, 1).draw(card)
    return bytes(pdf.output())


def stall_cards(cards: Sequence[StallCard]) -> bytes:
    """A PDF of A4 sheets with four A6 cards each, to be cut along the lines between them."""
    pdf = _document(A4)
    width, height = A4[0] / 2, A4[1] / 2
    for first in range(0, len(cards), CARDS_ON_A_SHEET):
        pdf.add_page()
        for place, card in enumerate(cards[first : first + CARDS_ON_A_SHEET]):
            _Canvas(pdf, place % 2 * width, place // 2 * height, width / WIDTH).draw(card)
        _cut_lines(pdf)
    return bytes(pdf.output())


def _cut_lines(pdf: FPDF) -> None:
    pdf.set_draw_color(*GREY)
    pdf.set_line_width(0.1)
    pdf.line(A4[0] / 2, 0, A4[0] / 2, A4[1])
    pdf.line(0, A4[1] / 2, A4[0], A4[1] / 2)


def _document(size: tuple[float, float]) -> FPDF:
    pdf = FPDF(format=size)
    pdf.set_auto_page_break(False)
    pdf.add_font("BeVietnamPro", "", _FONTS / "BeVietnamPro-Regular.ttf")
    pdf.add_font("BeVietnamPro", "B", _FONTS / "BeVietnamPro-Bold.ttf")
    pdf.set_lang("vi")
    pdf.set_title("Thẻ thu tiền của quầy")
    return pdf


@dataclass(frozen=True)
class _Canvas:
    """An A5 drawing in millimetres, laid on the page at (`left`, `top`) and scaled."""

    pdf: FPDF
    left: float
    top: float
    scale: float

    def draw(self, card: StallCard) -> None:
        self.box(0, 0, WIDTH, 23, GREEN)
        self.line(card.market_name, 15, 22, WHITE, bold=True)
        self.line(f"Quầy {card.stall_number}", 36.5, 32, GREEN, bold=True)
        self.name(card.seller_name, 45.5, 17)
        self.box(20, 51, 108, 108, GREEN, radius=4)
        self.box(21.2, 52.2, 105.6, 105.6, WHITE, radius=3)
        self.qr(card.qr_payload, 22, 53, 104)
        self.line("Quét mã để trả tiền", 172, 28, GREEN, bold=True)
        self.line(f"{card.bank_name} {card.account_masked}", 181, 15, INK, bold=True)
        self.line(f"Người nhận: {card.holder_name}", 188.5, 14, INK)
        self.box(0, 193, WIDTH, HEIGHT - 193, PALE)
        self.line("Xem đúng tên người nhận rồi hãy trả tiền", 200, 11.5, INK)
        self.line(f"Mã quầy {card.reference}", 206.3, 11.5, INK, bold=True)

    def name(self, words: str, baseline: float, points: float) -> None:
        """A seller's name; one too long to be read from afar on one line takes two smaller ones."""
        lines = wrap(words, max(LONGEST_NAME, len(words) * 2 // 3))
        if len(lines) == 1:
            self.line(words, baseline, points, INK)
            return
        for number, line in enumerate(lines):
            self.line(line, baseline - 2.3 + 5.3 * number, points * 0.7, INK)

    def box(
        self, x: float, y: float, width: float, height: float, colour: _Colour, radius: float = 0
    ) -> None:
        self.pdf.set_fill_color(*colour)
        self.pdf.rect(
            *self.place(x, y),
            width * self.scale,
            height * self.scale,
            style=RenderStyle.F,
            round_corners=radius > 0,
            corner_radius=radius * self.scale,
        )

    def line(
        self, words: str, baseline: float, points: float, colour: _Colour, *, bold: bool = False
    ) -> None:
        """One centred line, set smaller where it would be wider than the card."""
        self.pdf.set_font("BeVietnamPro", "B" if bold else "", points * self.scale)
        self.pdf.set_text_color(*colour)
        room, width = (WIDTH - 2 * MARGIN) * self.scale, self.pdf.get_string_width(words)
        if width > room:
            self.pdf.set_font_size(points * self.scale * room / width)
        x, y = self.place(WIDTH / 2, baseline)
        self.pdf.text(x - min(width, room) / 2, y, words)

    def qr(self, payload: str, x: float, y: float, size: float) -> None:
        draw_qr(self.pdf, matrix(payload), *self.place(x, y), size * self.scale)

    def place(self, x: float, y: float) -> tuple[float, float]:
        return self.left + x * self.scale, self.top + y * self.scale
