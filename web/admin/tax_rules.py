"""The state's thresholds, percentages and forms: what is in force, and reading the file again."""

from flask import render_template, url_for
from werkzeug.wrappers import Response

from core.errors import text
from core.money import format_dong
from core.revenue_books import say_rate
from models import Role, TaxRule
from services.queries.tax_rules import list_tax_rules
from services.tax_rules import reload_tax_rules
from web.auth import actor, allow
from web.database import session
from web.forms import do
from web.languages import translate

NAMES = {
    "exempt_revenue": text("Doanh thu năm được miễn thuế"),
    "einvoice_revenue": text("Doanh thu năm phải dùng hóa đơn điện tử"),
    "vat_goods": text("Thuế GTGT, bán hàng hóa"),
    "pit_goods": text("Thuế TNCN, bán hàng hóa"),
    "form_S1a": text("Sổ cho hộ không chịu thuế"),
    "form_S2a": text("Sổ cho hộ nộp theo tỷ lệ doanh thu"),
    "warn_from": text("Báo trước khi doanh thu đạt"),
    "keep_books": text("Thời gian giữ sổ"),
}


@allow(Role.ADMINISTRATOR)
def tax_rules() -> str:
    rules = list_tax_rules(session())
    return render_template("admin/tax_rules.html", rules=rules, names=NAMES, value=_value)


@allow(Role.ADMINISTRATOR)
def reload() -> Response:
    """Read `data/tax_rules.csv` again, as `flask import-tax-rules` does."""
    return do(
        lambda: reload_tax_rules(session(), actor()),
        done=text("Đã nạp lại các mức thuế."),
        back=url_for("admin.tax_rules"),
    )


def _value(rule: TaxRule) -> str:
    if rule.number is None:
        return rule.name or ""
    if rule.unit == "dong":
        return format_dong(rule.number)
    if rule.unit == "basis_points":
        return say_rate(rule.number)
    return translate(text("%(count)s năm", count=rule.number))
