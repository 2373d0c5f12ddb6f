"""The state's thresholds, percentages and forms, as they stand on a day. They are data, with their dates."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import TaxRule

EXEMPT_REVENUE = "exempt_revenue"
EINVOICE_REVENUE = "einvoice_revenue"
VAT, PIT = "vat_goods", "pit_goods"
KEEP_BOOKS = "keep_books"
WARN_FROM = "warn_from"
"""From how much of a threshold on people are told that it is near: ours, not the state's."""


class TaxRules:
    """All rules, read once; each code is asked for by day."""

    def __init__(self, rules: Sequence[TaxRule]) -> None:
        self._rules = sorted(rules, key=lambda rule: rule.valid_from, reverse=True)

    def on(self, code: str, day: date) -> TaxRule | None:
        """The newest rule of that code in force on `day`; None where there is none."""
        return next((rule for rule in self._rules if rule.code == code and rule.valid_from <= day), None)

    def number(self, code: str, day: date) -> int | None:
        rule = self.on(code, day)
        return rule.number if rule else None


def read_tax_rules(session: Session) -> TaxRules:
    return TaxRules(list_tax_rules(session))


def list_tax_rules(session: Session) -> Sequence[TaxRule]:
    """By code, the newest first."""
    return session.scalars(select(TaxRule).order_by(TaxRule.code, TaxRule.valid_from.desc())).all()
