"""Statements uploaded and read to their end, as the worker does it."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import count

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.clock import VIETNAM, now
from gateways.ports import Transfer
from models import (
    ExceptionStatus,
    Market,
    OutboxEvent,
    Payment,
    PaymentRequest,
    ReconciliationException,
    Stall,
    Statement,
    StatementLine,
)
from services.matching import ChannelTransfer
from services.payments import settle_transfers
from services.queries.journal import journal_balance
from services.statements import importing
from services.statements.uploading import upload_statement
from tests.builders import anybody
from tests.unit.services.statements.files import MB_HEADER, workbook

HEADER = ("Ngay GD", "Ma GD", "So tien", "Dien giai")
_numbers = count(1)


def today() -> date:
    return now().astimezone(VIETNAM).date()


def at(hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A moment of the same day in Vietnam."""
    return now().astimezone(VIETNAM).replace(hour=hour, minute=minute, second=second, microsecond=0)


def row(
    memo: str, amount: int = 50_000, reference: str | None = None, day: date | None = None
) -> Sequence[str]:
    """One line of a BIDV-like export."""
    when = (day or today()).strftime("%d-%m-%Y")
    return when, f"FT{next(_numbers):010}" if reference is None else reference, f"{amount:+d}", memo


def timed(row: Sequence[str], at: datetime) -> Sequence[str]:
    """The same, with the moment at which the bank booked it."""
    return at.astimezone(VIETNAM).strftime("%d-%m-%Y %H:%M:%S"), *row[1:]


def statement_file(rows: Iterable[Sequence[str]]) -> bytes:
    words = io.StringIO()
    csv.writer(words, delimiter=";").writerows([HEADER, *rows])
    return ("\ufeffNGAN HANG THU NGHIEM\n\n" + words.getvalue()).encode()


def upload(session: Session, stall: Stall, content: bytes, *, by_channel: bool = False) -> Statement:
    """About the stall's own account, or its channel."""
    about = {"channel_id": stall.channel_id} if by_channel else {"payout_account_id": stall.payout_account_id}
    statement, _ = upload_statement(
        session, anybody(session), content=content, file_name="sao-ke.csv", **about
    )
    session.commit()
    return statement


def read_to_the_end(session: Session, statement: Statement) -> None:
    begun = importing.begin_import(session, statement.id)
    assert begun
    reading = importing.open_reading(*begun)
    session.commit()
    while rows := importing.next_rows(reading):
        importing.take_rows(session, reading, rows)
        session.commit()
        reading.taken += len(rows)
    importing.finish_import(session, reading)
    session.commit()
    session.expire_all()


def import_rows(session: Session, stall: Stall, *rows: Sequence[str], by_channel: bool = False) -> Statement:
    statement = upload(session, stall, statement_file(rows), by_channel=by_channel)
    read_to_the_end(session, statement)
    return statement


def in_mb_layout(session: Session, stall: Stall, *rows: Sequence[object]) -> Statement:
    file = workbook([MB_HEADER, *rows])
    assert isinstance(file, io.BytesIO)
    statement = upload(session, stall, file.getvalue())
    read_to_the_end(session, statement)
    return statement


def outcomes(session: Session, statement: Statement) -> list[str]:
    query = select(StatementLine.outcome).where(StatementLine.statement_id == statement.id)
    return [str(outcome) for outcome in session.scalars(query.order_by(StatementLine.number))]


def count_payments(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Payment)) or 0


def kinds(session: Session) -> list[str]:
    open_ones = ReconciliationException.status == ExceptionStatus.OPEN
    query = select(ReconciliationException.kind).where(open_ones).order_by(ReconciliationException.kind)
    return [str(kind) for kind in session.scalars(query)]


def balances(session: Session, market: Market) -> dict[str, int]:
    balance = journal_balance(session, anybody(session), market.id)
    assert balance.total == 0
    sums: Counter[str] = Counter()
    for account in balance.accounts:
        sums[account.kind] += account.balance
    return {kind: amount for kind, amount in sums.items() if amount}


def events(session: Session, name: str) -> list[OutboxEvent]:
    return list(session.scalars(select(OutboxEvent).where(OutboxEvent.type == name).order_by(OutboxEvent.id)))


def notice(session: Session, request: PaymentRequest, reference: str, amount: int = 50_000) -> int:
    transfer = Transfer(request.order_code, "V3CAS0001", reference, amount, now(), "CHUYEN TIEN")
    new = settle_transfers(session, [ChannelTransfer(request.channel_id, transfer)], cause="notice")
    session.commit()
    session.expire_all()
    return new
