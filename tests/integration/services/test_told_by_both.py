"""One transfer, told by the bank's notice, by a statement and by payOS, in any order: one payment."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import now
from gateways.ports import Transfer
from models import CollectionChannel, Market, PaymentRequest, PaymentStatus, Stall, StatementLine
from services.matching import ChannelTransfer
from services.payments import settle_transfers
from tests.bank_notices import ACCOUNT
from tests.builders import (
    make_payment_request,
    make_seller,
    make_stall,
    payout_account,
)
from tests.integration.services.statement_files import (
    balances,
    count_payments,
    import_rows,
    kinds,
    outcomes,
    row,
    timed,
)
from tests.integration.services.told import message, settle, tell


@pytest.fixture
def stall(session: Session, market: Market) -> Stall:
    """Paid directly into its own account."""
    return make_stall(session, market, payout_account=payout_account(account_number=ACCOUNT))


Tell = Callable[[], object]
END = {"channel": 50_000, "seller": -50_000}


def in_order(first: str, notice: Tell, statement: Tell) -> None:
    for step in (notice, statement) if first == "notice" else (statement, notice):
        step()


BOTH_ORDERS = pytest.mark.parametrize("first", ["notice", "statement"])


@BOTH_ORDERS
@pytest.mark.parametrize("by", ["request", "stall"])
def test_one_reference_is_one_payment(
    session: Session, market: Market, stall: Stall, request_: PaymentRequest, first: str, by: str
) -> None:
    note = request_.reference if by == "request" else f"{stall.reference} rau"
    in_order(
        first,
        lambda: tell(session, stall, note, reference="FT1"),
        lambda: import_rows(session, stall, row(note, reference="FT1")),
    )
    assert (count_payments(session), balances(session, market), kinds(session)) == (1, END, [])
    again = import_rows(session, stall, row(note, reference="FT1"))
    assert outcomes(session, again) == ["duplicate"]
    assert count_payments(session) == 1


@BOTH_ORDERS
@pytest.mark.parametrize(
    ("reference", "noted", "booked"),
    [
        ("", "{} rau", "{} rau"),
        ("MBVCB.3278907687", "MBVCB.3278907687.{}.CT tu 0123", "{}"),
        ("FT26001122\\BNK", "{} mua rau", "{} MUA RAU TRACE 123"),
    ],
    ids=["no reference", "of another form", "note cut"],
)
@pytest.mark.parametrize("clock", ["timed", "day only"])
def test_other_words_for_one_transfer_are_one_payment(
    session: Session,
    market: Market,
    stall: Stall,
    first: str,
    reference: str,
    noted: str,
    booked: str,
    clock: str,
) -> None:
    at = now().replace(microsecond=0)
    line = row(booked.format(stall.reference), reference="FT26001122")
    line = timed(line, at + timedelta(minutes=4)) if clock == "timed" else line
    in_order(
        first,
        lambda: tell(session, stall, noted.format(stall.reference), reference=reference, at=at),
        lambda: import_rows(session, stall, line),
    )
    assert (count_payments(session), balances(session, market), kinds(session)) == (1, END, [])
    assert outcomes(session, import_rows(session, stall, line)) == ["duplicate"]
    tell(session, stall, noted.format(stall.reference), reference=reference or "FT777", at=at)
    assert count_payments(session) == (1 if reference else 2), "a further notice is a further transfer"


@BOTH_ORDERS
@pytest.mark.parametrize(
    "change",
    [
        {"reference": "FT0000000009"},
        {"amount": 50_001},
        {"memo": "ca phe sang nay"},
        {"at": timedelta(hours=2)},
    ],
    ids=["reference", "amount", "note", "time"],
)
def test_what_differs_is_another_transfer(
    session: Session, stall: Stall, first: str, change: Mapping[str, Any]
) -> None:
    at = now().replace(microsecond=0) - timedelta(hours=3)
    told = {"reference": "MBVCB.327", "amount": 50_000, "memo": "mua rau cai", "at": timedelta()} | change
    in_order(
        first,
        lambda: tell(
            session, stall, told["memo"], told["amount"], reference=told["reference"], at=at + told["at"]
        ),
        lambda: import_rows(session, stall, timed(row("mua rau cai", reference="FT0000000001"), at)),
    )
    assert count_payments(session) == 2


@BOTH_ORDERS
def test_like_transfers_are_as_many_as_each_told_of(
    session: Session, market: Market, stall: Stall, first: str
) -> None:
    """Three of the same sum and note; one notice was lost."""
    ids = [message(session, stall.channel_id, "mua rau", reference=f"MBVCB.{n}") for n in range(2)]
    rows = [row("mua rau", reference=f"FT000{n}") for n in range(3)]
    in_order(first, lambda: settle(session, *ids), lambda: import_rows(session, stall, *rows))
    assert count_payments(session) == 3
    assert balances(session, market) == {"channel": 150_000, "suspense": -150_000}


@BOTH_ORDERS
def test_reference_decides_before_the_note_does(session: Session, stall: Stall, first: str) -> None:
    """Of two like lines one is the notice's by its reference: the other is not taken for it."""
    rows = [row("mua rau", reference="TRACE/77"), row("mua rau", reference="MBVCB.1")]
    in_order(
        first,
        lambda: tell(session, stall, "mua rau", reference="MBVCB.1"),
        lambda: import_rows(session, stall, *rows),
    )
    assert count_payments(session) == 2


# And by payOS, where its link is paid into the same account.


@pytest.mark.parametrize("order", ["PNS", "PSN", "NPS", "NSP", "SPN", "SNP"])
def test_payos_notice_and_statement_tell_of_one_payment(
    session: Session, market: Market, channel: CollectionChannel, order: str
) -> None:
    """P: payOS, told again each time; N: the bank's notice; S: a statement."""
    seller = make_seller(session)
    account = payout_account(account_number=ACCOUNT)
    stall = make_stall(session, market, seller, payout_account=account, channel_id=channel.id)
    direct = make_stall(session, market, seller, payout_account=account)
    request = make_payment_request(session, stall)
    at = now().replace(microsecond=0)
    transfer = Transfer(request.order_code, "V3CAS0001", "FT5", 50_000, at, request.reference)

    def by_payos() -> None:
        for _ in range(2):
            settle_transfers(session, [ChannelTransfer(channel.id, transfer)], cause="notice")
            session.commit()
            session.expire_all()

    steps: dict[str, Tell] = {
        "P": by_payos,
        "N": lambda: tell(session, direct, request.reference, reference="MBVCB.5", at=at),
        "S": lambda: import_rows(session, direct, row(request.reference, reference="FT5")),
    }
    for step in order * 2:
        if step == "N" and session.scalar(
            select(StatementLine.id).where(StatementLine.inbox_message_id.is_not(None))
        ):
            continue
        steps[step]()
    assert (request.status, request.amount_paid) == (PaymentStatus.PAID, 50_000)
    assert (count_payments(session), balances(session, market), kinds(session)) == (1, END, [])
