"""Taking over what floors paid out. The same settlement again changes nothing; what cannot be is kept aside."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from core.ids import new_id
from core.money import MAX_DONG
from gateways.settlements import FloorSettlement as Told
from gateways.settlements import SettlementPage
from models import FloorSettlement, Order, PollSubject, SettlementProblem, SettlementShare
from models.bulk import among
from services.floor_parts import share_of
from services.floor_polls import take_cursor

DONG = "VND"

log = structlog.get_logger()


def take_settlements(session: Session, marketplace: str, page: SettlementPage) -> int:
    """Store the settlements of `page`, give the sellers of known orders their shares, and remember its cursor, all in
    one transaction; how many were new."""
    # Orders that are being taken over at this moment must be seen here, or this must be seen there.
    take_cursor(session, PollSubject.ORDERS, marketplace)
    cursor = take_cursor(session, PollSubject.SETTLEMENTS, marketplace)
    told = {one.external_id: one for one in page.settlements if _is_readable(marketplace, one)}
    new = _store(session, marketplace, list(told.values()))
    share_out(session, marketplace, {one.order_id for one in told.values() if one.order_id})
    cursor.cursor = page.cursor
    session.flush()
    return new


def share_out(session: Session, marketplace: str, order_numbers: Collection[str]) -> None:
    """Give what was settled for these orders of the floor to their sellers: an order may come to be known after it."""
    if not order_numbers:
        return
    orders = _orders(session, marketplace, order_numbers)
    settled = session.scalars(
        select(FloorSettlement).where(
            FloorSettlement.marketplace == marketplace,
            among(FloorSettlement.order_number, list(orders)),
            FloorSettlement.problem.is_(None),
        )
    )
    rows = [row for one in settled for row in _shares(one, orders[one.order_number or ""])]
    if rows:
        session.execute(upsert(SettlementShare).values(rows).on_conflict_do_nothing())


def problem_of(told: Told) -> SettlementProblem | None:
    """Why it may not be counted."""
    if told.currency != DONG:
        return SettlementProblem.FOREIGN_CURRENCY
    if told.amounts is None:
        return SettlementProblem.NOT_WHOLE
    return None if told.amounts.add_up else SettlementProblem.SUMS


def _is_readable(marketplace: str, told: Told) -> bool:
    """What no table could hold must not keep the floor's other settlements out."""
    names = (told.external_id, told.order_id or "", told.currency)
    amounts = told.amounts and (
        told.amounts.gross,
        told.amounts.fees,
        told.amounts.withheld,
        told.amounts.net,
    )
    small = all(abs(amount) <= MAX_DONG for amount in amounts or ())
    named = told.external_id.strip() and not any("\0" in name for name in names)
    if named and small and told.settled_at.tzinfo:
        return True
    log.error("settlement_unreadable", marketplace=marketplace, external_id=told.external_id)
    return False


def _store(session: Session, marketplace: str, told: Sequence[Told]) -> int:
    """What was kept aside is replaced once the floor tells it rightly; anything else stays as it was first told."""
    if not told:
        return 0
    known = _known(session, marketplace, [one.external_id for one in told])
    new = 0
    for one in told:
        facts = _facts(one)
        row = known.get(one.external_id)
        if row is None:
            session.add(FloorSettlement(id=new_id(), marketplace=marketplace, **facts))
            new += 1
        elif row.problem is not None:
            for name, value in facts.items():
                setattr(row, name, value)
        elif any(getattr(row, name) != facts[name] for name in ("gross", "fees", "withheld", "net")):
            log.error("settlement_told_differently", marketplace=marketplace, external_id=one.external_id)
        if facts["problem"]:
            log.warning("settlement_kept_aside", marketplace=marketplace, problem=facts["problem"])
    session.flush()
    return new


def _known(session: Session, marketplace: str, numbers: list[str]) -> dict[str, FloorSettlement]:
    query = select(FloorSettlement).where(
        FloorSettlement.marketplace == marketplace, among(FloorSettlement.external_id, numbers)
    )
    return {row.external_id: row for row in session.scalars(query)}


def _facts(told: Told) -> dict[str, Any]:
    """Of foreign money the amounts are not đồng, so they are not kept as such."""
    problem = problem_of(told)
    amounts = None if problem is SettlementProblem.FOREIGN_CURRENCY else told.amounts
    apart = amounts is not None and problem is None
    return {
        "external_id": told.external_id,
        "order_number": told.order_id,
        "kind": told.kind,
        "settled_at": told.settled_at,
        "currency": told.currency,
        "gross": amounts and amounts.gross,
        "fees": amounts and amounts.fees,
        "withheld": amounts and amounts.withheld,
        "net": amounts and amounts.net,
        "vat": amounts.vat if amounts and apart else None,
        "pit": amounts.pit if amounts and apart else None,
        "problem": problem,
    }


def _orders(session: Session, marketplace: str, numbers: Collection[str]) -> dict[str, list[Order]]:
    """The sellers' parts of each, always in the same order, so that their shares add up."""
    query = (
        select(Order)
        .where(Order.marketplace == marketplace, among(Order.external_id, list(numbers)))
        .order_by(Order.seller_id)
    )
    parts: dict[str, list[Order]] = defaultdict(list)
    for order in session.scalars(query):
        parts[order.external_id].append(order)
    return parts


def _shares(settled: FloorSettlement, parts: Sequence[Order]) -> list[dict[str, Any]]:
    """By what each seller's goods cost; what nobody here has sold is nobody's here."""
    before, rows = 0, []
    for order in parts:
        rows.append(_share(settled, order.id, before, order.total, order.floor_total))
        before += order.total
    return rows


def _share(settled: FloorSettlement, order_id: UUID, before: int, worth: int, whole: int) -> dict[str, Any]:
    def part(amount: int | None) -> int:
        return share_of(amount or 0, before, worth, whole)

    apart = settled.vat is not None
    vat, pit = part(settled.vat), part(settled.pit)
    gross, fees = part(settled.gross), part(settled.fees)
    withheld = vat + pit if apart else part(settled.withheld)
    return {
        "id": new_id(),
        "settlement_id": settled.id,
        "order_id": order_id,
        "settled_at": settled.settled_at,
        "gross": gross,
        "fees": fees,
        "withheld": withheld,
        "net": gross - fees - withheld,
        "vat": vat if apart else None,
        "pit": pit if apart else None,
    }
