"""QR codes as drawings on a PDF."""

from fpdf import FPDF
from fpdf.enums import RenderStyle

from core.qr_images import bars

INK = (20, 26, 23)
_BLEED = 0.02
"""So much taller than it is, in mm, is each row: renderers leave no white line between two."""


def draw_qr(pdf: FPDF, modules: list[list[bool]], left: float, top: float, side: float) -> None:
    """The `matrix` of a payload, `side` mm square, its quiet zone included."""
    module = side / len(modules)
    pdf.set_fill_color(*INK)
    for column, row, run in bars(modules):
        pdf.rect(left + column * module, top + row * module, run * module, module + _BLEED, RenderStyle.F)
