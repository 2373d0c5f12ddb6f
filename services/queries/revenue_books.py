"""What a seller took in a year, day by day: the book that the state asks of a household business.

Revenue is what the journal holds for the seller: matched transfers, less what was reversed or paid back (once it has
gone), and cash that the stallholder noted; and orders whose money no journal sees: what floors took for the seller,
less what they gave back, and the shop's that were paid at the door. An order that is paid by a payment request is in
the journal by its payment (the database lets it be in only one of the two).
"""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, aliased

from core.clock import business_day, now
from core.errors import InvalidInput, NotFound, text
from core.revenue_books import BookForm, DayLine, RevenueBook, add_up, by_month, by_quarter, share_of
from models import AccountKind, JournalAccount, JournalEntry, Seller, TaxRule
from services.access import Actor, require, sellers_with_books, visible_sellers
from services.queries.order_revenue import OrderDay, order_days
from services.queries.places import unit_names
from services.queries.tax_rules import EXEMPT_REVENUE, PIT, VAT, TaxRules, read_tax_rules
from services.queries.thresholds import Reach, Threshold, thresholds_over

OWN = (AccountKind.SELLER, AccountKind.REFUNDS)
"""What is on its way back is the seller's until it has gone."""
RULE_OF_FORM = {BookForm.NOT_TAXED: "form_S1a", BookForm.PERCENTAGE: "form_S2a"}


@dataclass(frozen=True)
class OpenedBook:
    """A book with the thresholds that stand over it."""

    seller: Seller
    book: RevenueBook
    thresholds: list[Threshold]


def open_revenue_book(
    session: Session, actor: Actor, seller_id: UUID, year: int | None = None, form: BookForm | None = None
) -> OpenedBook:
    """This year's where none is named; in the form that the year's revenue asks for where none is named.

    Raises InvalidInput (field `year`) for a year that has no such form, NotFound, Forbidden.
    """
    seller = get_seller_with_books(session, actor, seller_id)
    year = year or business_day(now()).year
    rules, days = read_tax_rules(session), _days(session, seller_id, year)
    revenue = sum(line.revenue for line in days)
    thresholds = thresholds_over(rules, year, revenue)
    form = form or _fitting(thresholds)
    named = _form_rule(rules, form, year)
    book = _write(seller, _place(session, seller), year, form, named, rules, days)
    return OpenedBook(seller, book, thresholds)


def get_seller_with_books(session: Session, actor: Actor, seller_id: UUID) -> Seller:
    """A seller whose revenue the person may read. Raises Forbidden for one that is only within sight."""
    seller = session.scalar(select(Seller).where(Seller.id == seller_id, visible_sellers(actor)))
    if seller is None:
        raise NotFound()
    require(may_read_book(session, actor, seller_id))
    return seller


def may_read_book(session: Session, actor: Actor, seller_id: UUID) -> bool:
    own = select(Seller.id).where(Seller.id == seller_id, sellers_with_books(actor))
    return session.scalar(own) is not None


def _place(session: Session, seller: Seller) -> str:
    return unit_names(session, {seller.commune_code})[seller.commune_code]


def _write(
    seller: Seller,
    place: str,
    year: int,
    form: BookForm,
    named: TaxRule,
    rules: TaxRules,
    days: list[DayLine],
) -> RevenueBook:
    taxed = form is BookForm.PERCENTAGE
    lines = [_taxed(line, rules) for line in days] if taxed else days
    last = min(business_day(now()), date(year, 12, 31))
    months = by_month(lines)
    return RevenueBook(
        seller_name=seller.name,
        place=place,
        year=year,
        form=form,
        form_name=named.name or form.value,
        source=named.source,
        vat_rate=rules.number(VAT, last) if taxed else None,
        pit_rate=rules.number(PIT, last) if taxed else None,
        days=lines,
        months=months,
        quarters=by_quarter(months),
        total=add_up(months, str(year)),
    )


def _days(session: Session, seller_id: UUID, year: int) -> list[DayLine]:
    """The days of the year on which the seller took anything, in every market and on every floor."""
    booked = _booked_days(session, seller_id, year)
    ordered = order_days(session, seller_id, year)
    lines = [
        _with_orders(booked.get(day, DayLine(date=day)), ordered.get(day))
        for day in sorted({*booked, *ordered})
    ]
    return [line for line in lines if not line.is_blank]


def _with_orders(line: DayLine, orders: OrderDay | None) -> DayLine:
    if orders is None:
        return line
    return replace(
        line, ordered=orders.amount, withheld=orders.withheld, orders=orders.count, lowered=orders.lowered
    )


def _booked_days(session: Session, seller_id: UUID, year: int) -> dict[date, DayLine]:
    """What was booked to the seller in the journal."""
    own, other = aliased(JournalAccount), aliased(JournalAccount)
    came = JournalEntry.credit_account_id == own.id
    amount = case((came, JournalEntry.amount), else_=-JournalEntry.amount)
    in_cash = other.kind == AccountKind.CASH
    query = (
        select(
            JournalEntry.business_day,
            func.coalesce(func.sum(amount).filter(~in_cash), 0),
            func.coalesce(func.sum(amount).filter(in_cash), 0),
            func.count(JournalEntry.payment_id.distinct()).filter(came, ~in_cash, other.kind.not_in(OWN)),
            func.coalesce(func.sum(case((came, 1), else_=-1)).filter(in_cash), 0),
        )
        .join(own, (own.id == JournalEntry.credit_account_id) | (own.id == JournalEntry.debit_account_id))
        .join(
            other,
            other.id == case((came, JournalEntry.debit_account_id), else_=JournalEntry.credit_account_id),
        )
        .where(
            own.kind.in_(OWN),
            own.owner_id == seller_id,
            JournalEntry.business_day.between(date(year, 1, 1), date(year, 12, 31)),
        )
        .group_by(JournalEntry.business_day)
    )
    return {
        day: DayLine(
            date=day, cashless=int(cashless), cash=int(cash), payments=payments, cash_notes=int(notes)
        )
        for day, cashless, cash, payments, notes in session.execute(query)
    }


def _taxed(line: DayLine, rules: TaxRules) -> DayLine:
    """Each day by the percentages of its own date, so that what stands above adds up to what stands below."""
    return replace(
        line,
        vat=share_of(line.revenue, rules.number(VAT, line.date)),
        pit=share_of(line.revenue, rules.number(PIT, line.date)),
    )


def _form_rule(rules: TaxRules, form: BookForm, year: int) -> TaxRule:
    named = rules.on(RULE_OF_FORM[form], date(year, 12, 31))
    if named is None:
        raise InvalidInput.of("year", text("Năm này chưa có mẫu sổ doanh thu"))
    return named


def _fitting(thresholds: list[Threshold]) -> BookForm:
    passed = any(one.code == EXEMPT_REVENUE and one.reach is Reach.PASSED for one in thresholds)
    return BookForm.PERCENTAGE if passed else BookForm.NOT_TAXED
