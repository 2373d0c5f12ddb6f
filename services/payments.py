"""Money that came: stored once, tied to what asked for it, booked, announced; in sets, never one by one.

One transfer may be told to us many times, by notices and by polls; it is one row, by
(channel, account, reference, order code). Everything that follows, follows from the rows that were new.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from core.clock import bank_day, business_day, now
from core.ids import new_id
from models import (
    CollectionChannel,
    ExceptionKind,
    ExceptionStatus,
    Payment,
    PaymentMatch,
    PaymentRequest,
    PaymentRequestChange,
    PaymentStatus,
    ReconciliationException,
    Stall,
)
from models.bulk import among, given_rows, insert_rows
from models.payment_states import move, status_after_payment
from services.events import FeePaymentSettled, PaymentOrphaned, PaymentSettled, record_all
from services.journal import book
from services.matching import (
    AskedFor,
    Came,
    ChannelTransfer,
    Settled,
    Share,
    orphan_booking,
    share_bookings,
    share_out,
)
from services.polling import next_poll
from services.received import received_for
from services.statements.told import Claim, sort_told, take_over
from services.turns import take_turns, tell_beside_statements
from services.unclaimed import list_unclaimed, with_unclaimed


def settle_transfers(session: Session, seen: Sequence[ChannelTransfer], cause: str) -> int:
    """Store, match, book and announce `seen`; how many were new. Repeating it changes nothing. They are stored
    in the order of their keys, so that two who were told the same wait for each other in one direction only.

    A transfer that names no request of its channel is kept in its market's suspense, with an exception. One that a
    statement put there goes on from there, now that its channel says for which request it is; so does one that came
    before its request.
    """
    if not seen:
        return 0
    unique = sorted({item.key: item for item in seen}.values(), key=lambda item: item.key)
    tell_beside_statements(session, {item.channel_id for item in unique})
    asked = _lock_requests(session, unique)
    told = sort_told(session, unique, asked)
    claims = told.claims + list_unclaimed(session, asked)
    if not (told.rest or claims):
        return 0
    markets = _markets(session, told.rest, asked)
    came = _store_payments(session, [_came(item, asked, markets) for item in told.rest])
    claimed = _take_over(session, claims, asked)
    orphans = [payment for payment in came if payment.asked is None]
    shares = share_out(payment for payment in [*came, *claimed] if payment.asked is not None)
    settle_shares(session, shares, orphans, cause=cause)
    return len(came)


def settle_unclaimed(session: Session, requests: ColumnElement[bool], *, cause: str) -> None:
    """These requests get the money that came before they were there."""
    ids = session.scalars(with_unclaimed(requests)).all()
    if not ids:
        return
    which = among(PaymentRequest.id, ids)
    take_turns(session, which)
    asked = {(request.channel_id, request.order_code): request for request in lock_asked(session, which)}
    claimed = _take_over(session, list_unclaimed(session, asked), asked)
    settle_shares(session, share_out(claimed), cause=cause)


def settle_shares(
    session: Session, shares: Sequence[Share], orphans: Sequence[Came] = (), *, cause: str
) -> None:
    """Store, book and announce what stored payments mean for their requests, which are locked."""
    _store_matches(session, shares)
    settled = _settled(session, {share.asked.id: share.asked for share in shares})
    store_statuses(session, settled, cause)
    _store_exceptions(session, shares, orphans)
    book(session, [*share_bookings(shares), *map(orphan_booking, orphans)])
    _announce(session, shares, settled, orphans)


def _lock_requests(session: Session, seen: Iterable[ChannelTransfer]) -> dict[tuple[UUID, int], AskedFor]:
    """The requests that `seen` names, by (channel, order code), locked after their stalls."""
    named = among(PaymentRequest.order_code, {item.transfer.order_code for item in seen})
    take_turns(session, named)
    return {(asked.channel_id, asked.order_code): asked for asked in lock_asked(session, named)}


def lock_asked(session: Session, which: ColumnElement[bool]) -> list[AskedFor]:
    """These requests, locked; the turns at their stalls have been taken."""
    columns = (
        PaymentRequest.id,
        PaymentRequest.channel_id,
        PaymentRequest.order_code,
        PaymentRequest.market_id,
        PaymentRequest.stall_id,
        Stall.seller_id,
        PaymentRequest.reference,
        PaymentRequest.status,
        PaymentRequest.amount,
        PaymentRequest.amount_paid,
        PaymentRequest.created_at,
        PaymentRequest.expires_at,
        PaymentRequest.tolerance,
    )
    query = (
        select(*columns)
        .outerjoin(Stall, Stall.id == PaymentRequest.stall_id)
        .where(which)
        .order_by(PaymentRequest.id)
        .with_for_update(of=PaymentRequest, key_share=True)
    )
    return [AskedFor(**row._asdict()) for row in session.execute(query)]


def _came(item: ChannelTransfer, asked: dict[tuple[UUID, int], AskedFor], markets: dict[UUID, UUID]) -> Came:
    request = asked.get((item.channel_id, item.transfer.order_code))
    return Came(new_id(), item, request, request.market_id if request else markets[item.channel_id])


def _take_over(
    session: Session, claims: Sequence[Claim], asked: dict[tuple[UUID, int], AskedFor]
) -> list[Came]:
    requests = {
        claim.payment_id: asked[claim.item.channel_id, claim.item.transfer.order_code] for claim in claims
    }
    take_over(session, claims, {payment_id: request.stall_id for payment_id, request in requests.items()})
    return [
        Came(claim.payment_id, claim.item, request, request.market_id, claim.exception_id)
        for claim in claims
        for request in [requests[claim.payment_id]]
    ]


def _markets(
    session: Session, seen: Iterable[ChannelTransfer], asked: dict[tuple[UUID, int], AskedFor]
) -> dict[UUID, UUID]:
    """The market to which a channel's unexpected money belongs: its own, or that of its seller's stall."""
    channels = {i.channel_id for i in seen if (i.channel_id, i.transfer.order_code) not in asked}
    if not channels:
        return {}
    of_stall = (
        select(Stall.market_id)
        .where(or_(Stall.channel_id == CollectionChannel.id, Stall.seller_id == CollectionChannel.seller_id))
        .order_by(
            (Stall.channel_id == CollectionChannel.id).desc(), Stall.closed_on.is_not(None), Stall.created_at
        )
        .limit(1)
        .scalar_subquery()
    )
    query = select(CollectionChannel.id, func.coalesce(CollectionChannel.market_id, of_stall))
    rows = session.execute(query.where(CollectionChannel.id.in_(channels)))
    return {row[0]: row[1] for row in rows}


def _store_payments(session: Session, came: Sequence[Came]) -> list[Came]:
    """Those of `came` that were not stored before."""
    if not came:
        return []
    statement = (
        insert_rows(Payment, [_payment_row(payment) for payment in came])
        .on_conflict_do_nothing(constraint="uq_payments_channel_id_reference_account_number_order_code")
        .returning(Payment.id)
    )
    new = set(session.scalars(statement))
    return [payment for payment in came if payment.id in new]


def _payment_row(came: Came) -> dict[str, Any]:
    transfer = came.item.transfer
    return {
        "id": came.id,
        "market_id": came.market_id,
        "stall_id": came.asked.stall_id if came.asked else None,
        "channel_id": came.item.channel_id,
        "order_code": transfer.order_code,
        "account_number": transfer.account_number,
        "reference": transfer.reference,
        "amount": transfer.amount,
        "memo": transfer.memo,
        "occurred_at": transfer.occurred_at,
        "business_day": business_day(transfer.occurred_at),
        "bank_day": bank_day(transfer.occurred_at),
    }


def _settled(session: Session, asked: dict[UUID, AskedFor]) -> dict[UUID, Settled]:
    """What each request has become, from all the money that ever came for it."""
    return {
        request_id: Settled(
            asked[request_id],
            money.paid,
            status_after_payment(
                asked[request_id].status,
                asked[request_id].amount,
                money.paid,
                money.in_time,
                asked[request_id].tolerance,
            ),
        )
        for request_id, money in received_for(session, asked).items()
    }


def store_statuses(
    session: Session,
    settled: dict[UUID, Settled],
    cause: str,
    step: Callable[[PaymentStatus, PaymentStatus], PaymentStatus] = move,
) -> None:
    """What locked requests have become, and the steps to it."""
    if not settled:
        return
    moment = now()
    become = given_rows(
        PaymentRequest,
        [
            {
                "id": request_id,
                "status": step(after.asked.status, after.status),
                "amount_paid": after.paid,
                "next_poll_at": next_poll(
                    after.status, after.asked.created_at, after.asked.expires_at, moment
                ),
            }
            for request_id, after in settled.items()
        ],
    )
    session.execute(
        update(PaymentRequest)
        .where(PaymentRequest.id == become.c.id)
        .values({name: become.c[name] for name in ("status", "amount_paid", "next_poll_at")}),
        execution_options={"synchronize_session": False},
    )
    changes = [
        {
            "id": new_id(),
            "payment_request_id": request_id,
            "from_status": after.asked.status,
            "to_status": after.status,
            "cause": cause,
        }
        for request_id, after in settled.items()
        if after.status is not after.asked.status
    ]
    if changes:
        session.execute(insert_rows(PaymentRequestChange, changes))


def _store_matches(session: Session, shares: Sequence[Share]) -> None:
    rows = [
        {
            "payment_id": share.came.id,
            "payment_request_id": share.asked.id,
            "amount": share.matched,
        }
        for share in shares
        if share.matched
    ]
    if rows:
        session.execute(insert_rows(PaymentMatch, rows))


def _store_exceptions(session: Session, shares: Sequence[Share], orphans: Sequence[Came]) -> None:
    new = [share for share in shares if share.came.exception_id is None]
    rows = [_exception(share.came, share.kind, share.asked.id) for share in new if share.kind]
    rows += [_exception(orphan, ExceptionKind.ORPHAN, None) for orphan in orphans]
    if rows:
        session.execute(insert_rows(ReconciliationException, rows))
    changed = [_changed_exception(share) for share in shares if share.came.exception_id]
    if changed:
        session.execute(update(ReconciliationException), changed)


def _changed_exception(share: Share) -> dict[str, Any]:
    """What the line could not say is settled, or is now about what the channel's word leaves open."""
    if share.kind is None:
        return {"id": share.came.exception_id, "status": ExceptionStatus.RESOLVED}
    return {"id": share.came.exception_id, "kind": share.kind, "payment_request_id": share.asked.id}


def _exception(came: Came, kind: ExceptionKind, request_id: UUID | None) -> dict[str, Any]:
    return {
        "id": new_id(),
        "market_id": came.market_id,
        "kind": kind,
        "status": ExceptionStatus.OPEN,
        "payment_id": came.id,
        "payment_request_id": request_id,
        "amount": came.item.transfer.amount,
    }


def _announce(
    session: Session, shares: Sequence[Share], settled: dict[UUID, Settled], orphans: Sequence[Came]
) -> None:
    record_all(
        session,
        [
            PaymentSettled(
                market_id=share.asked.market_id,
                stall_id=share.asked.stall_id,
                payment_request_id=share.asked.id,
                reference=share.asked.reference,
                status=settled[share.asked.id].status,
                payment_id=share.came.id,
                amount=share.came.item.transfer.amount,
                amount_paid=settled[share.asked.id].paid,
            )
            for share in shares
            if share.asked.stall_id
        ],
    )
    record_all(session, [_fee_settled(share) for share in shares if share.asked.stall_id is None])
    record_all(
        session,
        [PaymentOrphaned(orphan.market_id, orphan.id, orphan.item.transfer.amount) for orphan in orphans],
    )


def _fee_settled(share: Share) -> FeePaymentSettled:
    return FeePaymentSettled(share.asked.market_id, share.asked.id, share.came.id, share.matched)
