"""What a statement and a channel both tell of, and what the bank takes back."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models import (
    Market,
    PaymentRequest,
    PaymentStatus,
    ReconciliationException,
    ResolutionAction,
    Stall,
)
from services.resolution_plans import Wish
from services.statements import importing
from tests.builders import (
    anybody,
    make_orphan,
    make_payment,
    make_payment_request,
    make_payos_channel,
    make_stall,
)
from tests.integration.services.desk import decide, manager_of
from tests.integration.services.statement_files import (
    balances,
    count_payments,
    events,
    import_rows,
    kinds,
    notice,
    outcomes,
    row,
    statement_file,
    today,
    upload,
)


@pytest.fixture
def payos_stall(session: Session, market: Market) -> Stall:
    return make_stall(session, market, channel_id=make_payos_channel(session, market).id)


def test_notice_before_the_statement_is_the_same_transfer(
    session: Session, market: Market, payos_stall: Stall
) -> None:
    by_reference, by_code = (
        make_payment_request(session, payos_stall),
        make_payment_request(session, payos_stall),
    )
    notice(session, by_reference, "FT-SAME")
    notice(session, by_code, "FT-PAYOS")
    rows = [row("loi ghi chu", reference="FT-SAME"), row(by_code.reference), row(by_code.reference)]
    statement = import_rows(session, payos_stall, *rows, by_channel=True)
    assert outcomes(session, statement) == ["duplicate", "duplicate", "review"]
    assert balances(session, market) == {"channel": 150_000, "seller": -100_000, "suspense": -50_000}


@pytest.mark.parametrize("first", ["payos", "statement"])
def test_reference_that_is_used_again_after_weeks_is_another_transfer(
    session: Session, market: Market, payos_stall: Stall, first: str
) -> None:
    request = make_payment_request(session, payos_stall)
    line = row("loi ghi chu", reference="FT-SAME", day=today() - timedelta(days=30))
    steps = [
        lambda: notice(session, request, "FT-SAME"),
        lambda: import_rows(session, payos_stall, line, by_channel=True),
    ]
    for step in steps if first == "payos" else reversed(steps):
        step()
    assert balances(session, market) == {"channel": 100_000, "seller": -50_000, "suspense": -50_000}
    assert kinds(session) == ["orphan"]


def test_notice_after_the_statement_is_the_same_transfer(
    session: Session, market: Market, payos_stall: Stall
) -> None:
    request = make_payment_request(session, payos_stall)
    import_rows(session, payos_stall, row(request.reference), by_channel=True)
    assert [notice(session, request, "FT-PAYOS") for _ in range(2)] == [0, 0]
    assert (request.status, request.amount_paid) == (PaymentStatus.PAID, 50_000)
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}
    assert notice(session, request, "FT-ANOTHER") == 1
    assert (request.status, request.amount_paid) == (PaymentStatus.OVERPAID, 100_000)
    assert balances(session, market) == {"channel": 100_000, "seller": -50_000, "suspense": -50_000}


def test_orphan_of_a_statement_is_not_stored_again_by_its_notice(
    session: Session, payos_stall: Stall
) -> None:
    request = make_payment_request(session, payos_stall)
    import_rows(session, payos_stall, row("loi", reference="FT-SAME"), by_channel=True)
    assert notice(session, request, "FT-SAME") == 0
    assert count_payments(session) == 1


def test_notice_says_for_which_request_an_orphan_of_a_statement_is(
    session: Session, market: Market, payos_stall: Stall
) -> None:
    request = make_payment_request(session, payos_stall)
    import_rows(session, payos_stall, row("loi", reference="FT-SAME"), by_channel=True)
    assert kinds(session) == ["orphan"]
    assert [notice(session, request, "FT-SAME") for _ in range(2)] == [0, 0]
    assert (request.status, request.amount_paid) == (PaymentStatus.PAID, 50_000)
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}
    assert kinds(session) == []
    (event,) = events(session, "payment.settled.v1")
    assert (event.stall_id, event.payload["amount"]) == (payos_stall.id, 50_000)


def test_notice_of_a_part_that_a_statement_told_of_is_the_same_transfer(
    session: Session, market: Market, payos_stall: Stall
) -> None:
    """Also where the bank has references of its own."""
    request = make_payment_request(session, payos_stall)
    import_rows(session, payos_stall, row(request.reference, 20_000), by_channel=True)
    assert (request.amount_paid, kinds(session)) == (0, ["underpaid"])
    assert notice(session, request, "FT-PAYOS", 20_000) == 0
    assert (request.status, request.amount_paid) == (PaymentStatus.PARTLY_PAID, 20_000)
    assert notice(session, request, "FT-REST", 40_000) == 1
    assert (request.status, request.amount_paid) == (PaymentStatus.OVERPAID, 60_000)
    assert balances(session, market) == {"channel": 60_000, "seller": -50_000, "suspense": -10_000}
    assert kinds(session) == ["overpaid"]


def test_person_who_has_decided_is_not_overruled_by_a_notice(
    session: Session, market: Market, payos_stall: Stall
) -> None:
    request = make_payment_request(session, payos_stall)
    import_rows(session, payos_stall, row(request.reference, 20_000), by_channel=True)
    exception = session.scalars(select(ReconciliationException)).one()
    decide(session, anybody(session), exception, Wish(ResolutionAction.WRITE_OFF))
    assert notice(session, request, "FT-PAYOS", 20_000) == 0
    assert (count_payments(session), request.amount_paid) == (1, 0)
    assert balances(session, market) == {"channel": 20_000, "write_off": -20_000}


def test_parts_in_another_order_than_they_came_are_known_again(session: Session, payos_stall: Stall) -> None:
    request = make_payment_request(session, payos_stall)
    notice(session, request, "FT-ONE", 20_000)
    notice(session, request, "FT-TWO", 30_000)
    rows = [row(request.reference, amount) for amount in (30_000, 20_000)]
    statement = import_rows(session, payos_stall, *rows, by_channel=True)
    assert outcomes(session, statement) == ["duplicate", "duplicate"]


def test_notice_told_again_is_not_taken_for_another_line(session: Session, payos_stall: Stall) -> None:
    request = make_payment_request(session, payos_stall, amount=100_000)
    notice(session, request, "FT-ONE")
    rows = [row(request.reference), row(request.reference)]
    import_rows(session, payos_stall, *rows, by_channel=True)
    assert [notice(session, request, reference) for reference in ("FT-ONE", "FT-TWO", "FT-ONE")] == [0, 0, 0]
    assert (request.status, request.amount_paid) == (PaymentStatus.PAID, 100_000)
    assert count_payments(session) == 2


def test_notice_waits_while_its_channels_statement_is_read(
    session: Session, engine: Engine, payos_stall: Stall
) -> None:
    """A line whose note says nothing shares no request with it."""
    request = make_payment_request(session, payos_stall)
    statement = upload(
        session, payos_stall, statement_file([row("loi", reference="FT-SAME")]), by_channel=True
    )
    begun = importing.begin_import(session, statement.id)
    assert begun
    reading = importing.open_reading(*begun)
    session.commit()
    importing.take_rows(session, reading, importing.next_rows(reading))

    def tell() -> int:
        with Session(engine) as own:
            return notice(own, request, "FT-SAME")

    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(tell)
        with pytest.raises(TimeoutError):
            told.result(timeout=0.5)
        session.commit()
        assert told.result(timeout=10) == 0
    assert count_payments(session) == 1


def test_debit_that_names_the_request_takes_its_payment_back(
    session: Session, market: Market, stall: Stall, request_: PaymentRequest
) -> None:
    statement = import_rows(
        session, stall, row(f"HOAN TRA GD {request_.reference}", -50_000), row(request_.reference)
    )
    assert outcomes(session, statement) == ["reversal", "matched"]
    assert (statement.matched, statement.review, statement.reversals) == (1, 0, 1)
    assert request_.status is PaymentStatus.REVERSED
    assert balances(session, market) == {}
    assert kinds(session) == ["reversed"]
    (event,) = events(session, "payment.reversed.v1")
    assert (event.stall_id, event.payload["payment_request_id"]) == (stall.id, str(request_.id))
    again = import_rows(session, stall, row(f"HOAN TRA GD {request_.reference}", -50_000))
    assert outcomes(session, again) == ["review"]
    assert balances(session, market) == {}


def test_reversal_of_a_notified_payment(session: Session, market: Market, payos_stall: Stall) -> None:
    request = make_payment_request(session, payos_stall)
    make_payment(session, request, 60_000)
    line = row(f"HOAN TRA GD {request.reference}", -60_000)
    assert outcomes(session, import_rows(session, payos_stall, line, by_channel=True)) == ["reversal"]
    session.refresh(request)
    assert request.status is PaymentStatus.REVERSED
    assert balances(session, market) == {}
    assert kinds(session) == ["reversed"]


def test_reversal_by_the_banks_reference(session: Session, market: Market, payos_stall: Stall) -> None:
    orphan = make_orphan(session, payos_stall.channel)
    line = row(f"HOAN TRA GIAO DICH {orphan.reference}", -70_000)
    assert outcomes(session, import_rows(session, payos_stall, line, by_channel=True)) == ["reversal"]
    assert balances(session, market) == {}


def test_ordinary_debit_undoes_nothing(session: Session, market: Market, stall: Stall) -> None:
    request = make_payment_request(session, stall)
    rows = [
        row(request.reference),
        row("RUT TIEN ATM", -50_000),
        row(f"HOAN TRA {request.reference}", -1_000),
    ]
    assert outcomes(session, import_rows(session, stall, *rows)) == ["matched", "review", "review"]
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}


def earlier(memo: str, amount: int = 50_000, reference: str | None = None, days: int = 9) -> Sequence[str]:
    return row(memo, amount, reference, day=today() - timedelta(days=days))


def test_later_period_may_be_told_before_the_earlier_one(
    session: Session, market: Market, stall: Stall
) -> None:
    later = import_rows(
        session, stall, row("HOAN TRA GD FT7700000001", -50_000), row("RUT TIEN ATM", -50_000)
    )
    assert outcomes(session, later) == ["review", "review"]
    import_rows(session, stall, earlier(stall.reference, reference="FT7700000001"))
    assert outcomes(session, later) == ["reversal", "review"]
    assert balances(session, market) == {}
    assert kinds(session) == ["reversed"]
    session.refresh(later)
    assert (later.review, later.reversals) == (1, 1)


def test_debit_before_the_money_takes_nothing_back(session: Session, market: Market, stall: Stall) -> None:
    debit = import_rows(session, stall, earlier("HOAN TRA GD FT7700000001", -50_000))
    import_rows(session, stall, row(stall.reference, reference="FT7700000001"))
    assert outcomes(session, debit) == ["review"]
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}


def test_debit_of_an_earlier_upload_that_a_person_is_shown_stays_at_the_desk(
    session: Session, market: Market, stall: Stall, request_: PaymentRequest
) -> None:
    later = import_rows(session, stall, row(f"HOAN TRA {request_.reference}", -50_000))
    import_rows(session, stall, earlier(request_.reference, days=0))
    assert outcomes(session, later) == ["review"]
    assert kinds(session) == ["debited"]
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}


def test_what_a_person_said_to_be_no_reversal_stays_none(
    session: Session, market: Market, stall: Stall
) -> None:
    later = import_rows(
        session,
        stall,
        row(stall.reference, reference="FT7700000001"),
        row("CHUYEN TIEN FT7700000001", -50_000),
    )
    reversed_ = session.scalars(select(ReconciliationException)).one()
    decide(session, manager_of(session, market), reversed_, Wish(ResolutionAction.RESTORE))
    import_rows(session, stall, earlier("tien rau"))
    assert outcomes(session, later) == ["matched", "review"]
    assert balances(session, market) == {"channel": 100_000, "seller": -50_000, "suspense": -50_000}
