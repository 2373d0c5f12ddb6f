"""A seller's own account and payOS may tell of one transfer, or of two with one code: never one where there are two,
and one where the bank's reference or the very minute says so."""

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations

import pytest
from sqlalchemy.orm import Session

from core.clock import now
from gateways.ports import Transfer
from models import Market, PaymentRequest, PaymentStatus, Stall
from services.matching import ChannelTransfer
from services.payments import settle_transfers
from tests.builders import make_payos_channel, make_stall
from tests.integration.services.statement_files import (
    balances,
    count_payments,
    import_rows,
    kinds,
    row,
    timed,
)

BOTH_ORDERS = pytest.mark.parametrize("first", ["payos", "bank"])
ONE, TWO = (
    {"channel": 50_000, "seller": -50_000},
    {"channel": 100_000, "seller": -50_000, "suspense": -50_000},
)


@pytest.fixture
def stall(session: Session, market: Market) -> Stall:
    """Its requests go through payOS; its own account has statements too."""
    return make_stall(session, market, channel_id=make_payos_channel(session, market).id)


def in_order(first: str, payos: Callable[[], object], bank: Callable[[], object]) -> None:
    for step in (payos, bank) if first == "payos" else (bank, payos):
        step()


def by_payos(session: Session, request: PaymentRequest, reference: str, at=None) -> int:
    transfer = Transfer(request.order_code, "V3CAS0001", reference, 50_000, at or now(), "CHUYEN TIEN")
    new = settle_transfers(session, [ChannelTransfer(request.channel_id, transfer)], cause="notice")
    session.commit()
    session.expire_all()
    return new


@BOTH_ORDERS
@pytest.mark.parametrize(
    ("payos", "bank", "apart"),
    [
        ("FT26001122", "FT26001122", None),
        ("TF-230204", "FT26001122", timedelta(seconds=40)),
        ("TF-230204", "", timedelta()),
    ],
    ids=["by reference", "by the minute", "without a reference"],
)
def test_one_transfer_is_one_payment(
    session: Session,
    market: Market,
    stall: Stall,
    request_: PaymentRequest,
    first: str,
    payos: str,
    bank: str,
    apart: timedelta | None,
) -> None:
    at = now().replace(microsecond=0)
    line = row(request_.reference, reference=bank)
    line = line if apart is None else timed(line, at + apart)
    in_order(
        first,
        lambda: by_payos(session, request_, payos, at),
        lambda: import_rows(session, stall, line),
    )
    assert (count_payments(session), balances(session, market), kinds(session)) == (1, ONE, [])
    assert (request_.status, request_.amount_paid) == (PaymentStatus.PAID, 50_000)
    assert by_payos(session, request_, payos, at) == 0


@BOTH_ORDERS
@pytest.mark.parametrize(
    ("payos", "bank", "apart"),
    [
        ("FT26001123", "FT26001122", None),
        ("FT26001123", "FT26001122", timedelta(seconds=20)),
        ("TF-230204", "FT26001122", timedelta(minutes=20)),
        ("TF-230204", "FT26001122", None),
        ("TF-230204", "", None),
    ],
    ids=["references of one form", "though at once", "another time", "nothing says", "no reference at all"],
)
def test_second_payment_of_the_same_sum_is_not_lost(
    session: Session,
    market: Market,
    stall: Stall,
    request_: PaymentRequest,
    first: str,
    payos: str,
    bank: str,
    apart: timedelta | None,
) -> None:
    at = now().replace(microsecond=0)
    line = row(request_.reference, reference=bank)
    line = line if apart is None else timed(line, at - apart)
    in_order(
        first,
        lambda: by_payos(session, request_, payos, at),
        lambda: import_rows(session, stall, line),
    )
    assert (count_payments(session), balances(session, market)) == (2, TWO)
    assert kinds(session) == ["duplicate"]
    assert by_payos(session, request_, payos, at) == 0


@pytest.mark.parametrize("order", [*permutations(("payos 1", "payos 2", "bank 1", "bank 2"))], ids="-".join)
def test_two_transfers_that_both_tell_of_are_two(
    session: Session, market: Market, stall: Stall, request_: PaymentRequest, order: tuple[str, ...]
) -> None:
    for step in order:
        teller, number = step.split()
        if teller == "payos":
            by_payos(session, request_, f"FT000{number}")
        else:
            import_rows(session, stall, row(request_.reference, reference=f"FT000{number}"))
    assert (count_payments(session), balances(session, market)) == (2, TWO)
    assert kinds(session) == ["duplicate"]


def test_reference_chooses_between_two_that_are_alike(
    session: Session, market: Market, stall: Stall, request_: PaymentRequest
) -> None:
    """The line that payOS did not tell of stays a payment of its own, whichever was told first."""
    rows = [row(request_.reference, reference=f"FT000{number}") for number in (1, 2)]
    import_rows(session, stall, *rows)
    by_payos(session, request_, "FT0002")
    by_payos(session, request_, "FT0001")
    assert balances(session, market)["channel"] == 50_000 * count_payments(session)


def test_second_payment_that_payos_tells_again_of_is_not_a_third(
    session: Session, market: Market, stall: Stall, request_: PaymentRequest
) -> None:
    """It waits for a person, and has payOS's own key since the first time."""
    rows = [row(request_.reference, reference=f"FT000{number}") for number in (1, 2)]
    import_rows(session, stall, *rows)
    for reference in ("FT0001", "FT0002") * 2:
        by_payos(session, request_, reference)
    assert (count_payments(session), balances(session, market)) == (2, TWO)
    assert kinds(session) == ["duplicate"]
