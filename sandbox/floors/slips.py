"""The slip that a floor prints for a parcel: an A6 page with the carrier's number, the buyer and what is in it."""

from datetime import UTC, datetime
from pathlib import Path

from fpdf import FPDF

from sandbox.floors.books import Row

_FONTS = Path(__file__).parents[2] / "data" / "fonts"
SHIP_WITHIN_SECONDS = 2 * 24 * 3600


def tracking_number(row: Row) -> str:
    return f"{row['floor'][:3].upper()}VN{row['id']}"


def ship_by(row: Row) -> int:
    """By when the floor wants a parcel on its way, in seconds."""
    return int(row["created_at"]) + SHIP_WITHIN_SECONDS


def slip(row: Row) -> bytes:
    """A PDF."""
    body, number = row["body"], tracking_number(row)
    buyer = body["buyer"]
    goods = [f"{line['quantity']} × {line['title']}" for line in body["lines"]]
    pdf = FPDF(format=(105, 148))
    pdf.set_creation_date(datetime.fromtimestamp(row["created_at"], UTC))
    pdf.set_auto_page_break(False)
    pdf.set_margin(6)
    pdf.add_font("BeVietnamPro", "", _FONTS / "BeVietnamPro-Regular.ttf")
    pdf.add_page()
    pdf.set_font("BeVietnamPro", size=14)
    pdf.cell(text=row["floor"].title(), new_x="LMARGIN", new_y="NEXT")
    pdf.code39(f"*{number}*", x=6, y=18, w=0.55, h=16)
    pdf.set_y(36)
    pdf.set_font("BeVietnamPro", size=10)
    for words in (number, buyer["name"], buyer["phone"], buyer["address"], "", *goods):
        pdf.multi_cell(0, 6, words, new_x="LMARGIN", new_y="NEXT")
    return bytes(pdf.output())
