"""How it is said that a year's revenue comes near a threshold, or is past it."""

from core.errors import Text, text
from core.money import format_dong
from services.queries.tax_rules import EINVOICE_REVENUE, EXEMPT_REVENUE
from services.queries.thresholds import Reach, Threshold

WARNINGS = {
    (EXEMPT_REVENUE, Reach.NEAR): text("Doanh thu sắp đến mức phải nộp thuế (%(amount)s một năm)."),
    (EXEMPT_REVENUE, Reach.PASSED): text("Doanh thu đã vượt mức được miễn thuế (%(amount)s một năm)."),
    (EINVOICE_REVENUE, Reach.NEAR): text("Doanh thu sắp đến mức phải dùng hóa đơn điện tử (%(amount)s)."),
    (EINVOICE_REVENUE, Reach.PASSED): text("Doanh thu đã đến mức phải dùng hóa đơn điện tử (%(amount)s)."),
}


def warning(threshold: Threshold) -> Text:
    """Of one that is near or passed."""
    said = WARNINGS[threshold.code, threshold.reach]
    return Text(said.template, {"amount": format_dong(threshold.amount)})
