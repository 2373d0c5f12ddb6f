"""Transfers that a statement told of before their notice came: they are stored already, and must not be twice.

What a channel's own statement tells is the channel's money. A line of a seller's own account may tell of the same
transfer too, where the channel pays into that account, or of another one with the same code: they are one only where
the bank's reference or the very minute says so. What neither says is two payments, the second of which a person sees.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlalchemy import and_, exists, or_, select, update
from sqlalchemy.orm import Session

from core.clock import bank_day
from core.reference_codes import find_references
from models import (
    ExceptionStatus,
    LineOutcome,
    Payment,
    PaymentMatch,
    PaymentRequest,
    PaymentStatus,
    ReconciliationException,
    Resolution,
    ResolutionAction,
    ResolutionStatus,
    StatementLine,
)
from models.bulk import among
from services.holdings import in_suspense, reversal_stands
from services.matching import AskedFor, ChannelTransfer
from services.received import DECIDED
from services.statements.pairing import are_told_apart
from services.statements.staging import SAME_WITHIN_DAYS, is_reference

NEAR = timedelta(days=1)
USED_AGAIN = timedelta(days=SAME_WITHIN_DAYS)
"""Of days that lie further apart, one reference stands for two transfers."""
SAME_MOMENT = timedelta(minutes=1)
"""Nobody sends one sum to one request twice within it."""


class Told(NamedTuple):
    """A stored payment. `key` is its channel's, where that told of it; `settled`: a line tied it to this request,
    which moved at `booked_at` if the bank told the time of day. `taken_back`: by the bank, so another may follow."""

    id: UUID
    channel_id: UUID
    market_id: UUID
    account_number: str
    reference: str
    order_code: int | None
    amount: int
    day: date
    booked_at: datetime | None = None
    taken_back: bool = False
    settled: bool = False

    @property
    def key(self) -> tuple[UUID, str, str, int] | None:
        if self.order_code is None:
            return None
        return self.channel_id, self.account_number, self.reference, self.order_code


@dataclass(frozen=True)
class Claim:
    """A payment that waits for a person, with its exception: now its channel says for which request it is."""

    payment_id: UUID
    exception_id: UUID
    item: ChannelTransfer


@dataclass
class Sorted:
    """`rest` was never heard of; `claims` lie in suspense, and nobody has decided about them yet."""

    rest: list[ChannelTransfer] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)


def sort_told(
    session: Session, seen: Sequence[ChannelTransfer], asked: Mapping[tuple[UUID, int], AskedFor]
) -> Sorted:
    """What of `seen` is new. A payment is known by its reference, or as one for the same request and sum about the
    same day (of a seller's own account only by what `_is_same` asks for); where the line had settled it, it takes the
    channel's own key: so it is known again, and a second transfer is another one. Where the line could not, the
    channel's word decides, unless a person has."""
    by_reference = _by_reference(session, seen)
    likes, taken_before = _by_request(session, asked.values())
    known = _Known([told for told in by_reference if told.key is None], likes)
    stored = {told.key for told in by_reference}
    new = [item for item in seen if item.key not in stored and item.key[1:] not in taken_before]
    named = [(item, asked.get((item.channel_id, item.transfer.order_code))) for item in new]
    same = [known.take_same(item, request) for item, request in named]
    found, waiting, adopted = Sorted(), [], []
    for (item, request), payment in zip(named, same, strict=True):
        payment = payment or known.take_like(item, request)
        if payment is None:
            found.rest.append(item)
        elif payment.settled:
            adopted.append(_adopted(payment.id, item))
        elif request and payment.market_id == request.market_id:
            waiting.append((payment, item))
    if adopted:
        session.execute(update(Payment), adopted)
    found.claims = _claims(session, waiting)
    return found


class _Known:
    """Payments to choose from; each is taken once."""

    def __init__(self, by_reference: Sequence[Told], by_request: Mapping[UUID, list[Told]]) -> None:
        self._same = {(told.channel_id, told.reference, told.amount): told for told in by_reference}
        self._like = by_request
        self._taken: set[UUID] = set()

    def take_same(self, item: ChannelTransfer, request: AskedFor | None) -> Told | None:
        told = self._same.get((item.channel_id, item.transfer.reference, item.transfer.amount))
        if told and abs(told.day - bank_day(item.transfer.occurred_at)) > USED_AGAIN:
            return None
        likes = {like.id: like for like in self._likes(request)}
        return self._take(likes.get(told.id, told)) if told else None

    def _likes(self, request: AskedFor | None) -> list[Told]:
        return self._like.get(request.id, []) if request else []

    def take_like(self, item: ChannelTransfer, request: AskedFor | None) -> Told | None:
        day = bank_day(item.transfer.occurred_at)
        free = [
            told for told in self._likes(request) if told.id not in self._taken and _may_be(told, item, day)
        ]
        free.sort(key=lambda told: not _same_reference(told, item))
        return self._take(free[0]) if free else None

    def _take(self, told: Told) -> Told:
        self._taken.add(told.id)
        return told


def _may_be(told: Told, item: ChannelTransfer, day: date) -> bool:
    near = told.amount == item.transfer.amount and abs(told.day - day) <= NEAR
    if told.account_number == item.transfer.account_number:
        return near and told.reference == item.transfer.reference
    if told.taken_back and are_told_apart(told.reference, item.transfer.reference):
        return False
    return near and (told.channel_id == item.channel_id or _is_same(told, item))


def _is_same(told: Told, item: ChannelTransfer) -> bool:
    """Whether a line of another account tells of this very transfer (`recognising` asks the same the other way
    round)."""
    if _same_reference(told, item):
        return True
    if told.booked_at is None or are_told_apart(told.reference, item.transfer.reference):
        return False
    return abs(told.booked_at - item.transfer.occurred_at) < SAME_MOMENT


def _same_reference(told: Told, item: ChannelTransfer) -> bool:
    return is_reference(told.reference) and told.reference.upper() == item.transfer.reference.upper()


_OF_LINE = and_(StatementLine.payment_id == Payment.id, StatementLine.outcome != LineOutcome.REVERSAL)
_CAME = or_(Payment.order_code.is_not(None), exists().where(_OF_LINE).correlate(Payment))
"""Not what a line made and then let go of, since it was told twice (`services.told_twice`)."""
_TOLD = (
    Payment.id,
    Payment.channel_id,
    Payment.market_id,
    Payment.account_number,
    Payment.reference,
    Payment.order_code,
    Payment.amount,
    Payment.bank_day,
)


def _by_request(
    session: Session, requests: Collection[AskedFor]
) -> tuple[dict[UUID, list[Told]], set[tuple[str, str, int]]]:
    """Those that a line settled first, then those that it could not, then those that a person took from it; and the
    channel's own keys of payments that took them before, though another channel's account told of them first."""
    statuses = {request.id: (request.amount_paid, request.status) for request in requests}
    if not statuses:
        return {}, set()
    asked = {request.reference: request for request in requests}
    paid = {id_ for id_, (amount, status) in statuses.items() if amount or status is PaymentStatus.REVERSED}
    settled = (
        select(PaymentMatch.payment_request_id, *_TOLD, StatementLine.booked_at, reversal_stands(Payment.id))
        .join(Payment, Payment.id == PaymentMatch.payment_id)
        .outerjoin(StatementLine, _OF_LINE)
        .join(PaymentRequest, PaymentRequest.id == PaymentMatch.payment_request_id)
        .where(
            among(PaymentMatch.payment_request_id, paid),
            Payment.amount - PaymentMatch.amount <= PaymentRequest.tolerance,
        )
        .order_by(Payment.id)
    )
    named = (
        select(
            ReconciliationException.payment_request_id,
            *_TOLD,
            StatementLine.booked_at,
            reversal_stands(Payment.id),
        )
        .join(Payment, Payment.id == ReconciliationException.payment_id)
        .outerjoin(StatementLine, _OF_LINE)
        .where(among(ReconciliationException.payment_request_id, set(statuses)), _CAME)
        .order_by(Payment.id)
    )
    found: dict[UUID, dict[UUID, Told]] = {}
    taken_before = set()
    for query in (settled, named) if paid else (named,):
        for request_id, *row in session.execute(query):
            told = Told(*cast("tuple[Any, ...]", row))._replace(settled=query is settled)
            if told.key is None:
                found.setdefault(cast("UUID", request_id), {}).setdefault(told.id, told)
            else:
                taken_before.add(told.key[1:])
    for request_id, told in _taken_apart(session, asked):
        found.setdefault(request_id, {}).setdefault(told.id, told)
    return {request_id: list(likes.values()) for request_id, likes in found.items()}, taken_before


def _taken_apart(session: Session, asked: Mapping[str, AskedFor]) -> Iterator[tuple[UUID, Told]]:
    """What a line had settled, until a person took it apart: its note still says for which request it was."""
    query = (
        select(Payment.memo, *_TOLD, StatementLine.booked_at, reversal_stands(Payment.id))
        .join(ReconciliationException, ReconciliationException.payment_id == Payment.id)
        .join(Resolution, Resolution.exception_id == ReconciliationException.id)
        .outerjoin(StatementLine, _OF_LINE)
        .where(
            Resolution.action == ResolutionAction.UNMATCH,
            Resolution.status == ResolutionStatus.DONE,
            Payment.order_code.is_(None),
            among(Payment.market_id, {request.market_id for request in asked.values()}),
        )
        .order_by(Payment.id)
    )
    for memo, *row in session.execute(query):
        told = Told(*cast("tuple[Any, ...]", row))
        yield from ((asked[code].id, told) for code in find_references(memo) if code in asked)


def _by_reference(session: Session, seen: Sequence[ChannelTransfer]) -> list[Told]:
    query = (
        select(*_TOLD)
        .where(
            among(Payment.channel_id, {item.channel_id for item in seen}),
            among(Payment.reference, {item.transfer.reference for item in seen}),
            _CAME,
        )
        .order_by(Payment.id)
    )
    return [Told(*row) for row in session.execute(query)]


def _claims(session: Session, waiting: Sequence[tuple[Told, ChannelTransfer]]) -> list[Claim]:
    """Those about which nobody has decided, nor is deciding right now; they take the channel's own key. Those that a
    person has decided about are known again by its reference, and another transfer is not taken for them."""
    if not waiting:
        return []
    ids = [told.id for told, _ in waiting]
    is_open = ReconciliationException.status == ExceptionStatus.OPEN
    query = (
        select(ReconciliationException.payment_id, ReconciliationException.id, and_(is_open, ~DECIDED))
        .join(Payment, Payment.id == ReconciliationException.payment_id)
        .where(among(ReconciliationException.payment_id, ids))
        .order_by(ReconciliationException.id)
        .with_for_update(of=ReconciliationException, skip_locked=True, key_share=True)
    )
    free, claimable = in_suspense(session, ids), dict[UUID | None, UUID]()
    decided = set[UUID | None]()
    for payment_id, exception_id, undecided in session.execute(query):
        decided.add(payment_id)
        if undecided:
            claimable[payment_id] = exception_id
    claims = [
        Claim(told.id, claimable[told.id], item)
        for told, item in waiting
        if told.id in claimable and free.get(told.id) == told.amount
    ]
    decided -= {claim.payment_id for claim in claims}
    _note_told(session, [(told.id, item) for told, item in waiting if told.id in decided])
    return claims


def _note_told(session: Session, decided: Sequence[tuple[UUID, ChannelTransfer]]) -> None:
    """Without the order code: a person said what becomes of it."""
    rows = [_adopted(payment_id, item) | {"order_code": None} for payment_id, item in decided]
    if rows:
        session.execute(update(Payment), rows)


def take_over(session: Session, claims: Sequence[Claim], stalls: Mapping[UUID, UUID | None]) -> None:
    """The claimed payments are the channel's from now on, at these stalls (by payment)."""
    rows = [
        _adopted(claim.payment_id, claim.item)
        | {"stall_id": stalls[claim.payment_id], "occurred_at": claim.item.transfer.occurred_at}
        for claim in claims
    ]
    if rows:
        session.execute(update(Payment), rows)


def _adopted(payment_id: UUID, item: ChannelTransfer) -> dict[str, Any]:
    return {
        "id": payment_id,
        "order_code": item.transfer.order_code,
        "account_number": item.transfer.account_number,
        "reference": item.transfer.reference,
    }
