"""Bank statements: each line settles what it names or nothing, once for ever, to the đồng."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import InvalidInput, NotFound
from core.periods import month_of
from models import (
    FeeInvoice,
    FeeKind,
    FeeStatus,
    Market,
    Payment,
    PaymentRequest,
    PaymentRequestChange,
    PaymentStatus,
    Seller,
    Stall,
    StatementFile,
    StatementStatus,
)
from services import fee_tariffs, fees
from services.access import actor_of
from services.payment_requests import cancel_payment_request
from services.queries.statements import list_broken_lines, list_statement_lines
from services.statements import importing
from services.statements.uploading import upload_statement
from tests.builders import (
    anybody,
    make_manager,
    make_market,
    make_payment_request,
    make_payos_channel,
    make_seller,
    make_stall,
    payout_account,
)
from tests.integration.services.statement_files import (
    balances,
    count_payments,
    events,
    import_rows,
    kinds,
    outcomes,
    read_to_the_end,
    row,
    statement_file,
    timed,
    today,
    upload,
)


@pytest.fixture
def payos_stall(session: Session, market: Market) -> Stall:
    return make_stall(session, market, channel_id=make_payos_channel(session, market).id)


def test_code_and_amount_settle_the_request(
    session: Session, market: Market, stall: Stall, request_: PaymentRequest
) -> None:
    statement = import_rows(session, stall, row(f"IBFT {request_.reference}"))
    assert statement.status is StatementStatus.DONE
    assert (statement.lines, statement.matched, statement.review) == (1, 1, 0)
    assert (request_.status, request_.amount_paid) == (PaymentStatus.PAID, 50_000)
    (payment,) = session.scalars(select(Payment))
    assert (payment.stall_id, payment.market_id, payment.order_code) == (stall.id, market.id, None)
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}
    (step,) = session.scalars(select(PaymentRequestChange))
    assert (step.from_status, step.to_status, step.cause) == ("awaiting_payment", "paid", "statement")
    (event,) = events(session, "payment.settled.v1")
    assert event.stall_id == stall.id
    assert event.payload == {
        "market_id": str(market.id),
        "stall_id": str(stall.id),
        "payment_request_id": str(request_.id),
        "reference": request_.reference,
        "status": "paid",
        "payment_id": str(payment.id),
        "amount": 50_000,
        "amount_paid": 50_000,
    }
    (line,) = list_statement_lines(session, anybody(session), statement.id).items
    assert line.payment_request_references == [request_.reference]
    assert kinds(session) == []


@pytest.mark.parametrize(("amount", "kind"), [(30_000, "underpaid"), (60_000, "overpaid")])
def test_part_of_a_payos_request_waits_until_payos_tells_of_it(
    session: Session, market: Market, amount: int, kind: str
) -> None:
    stall = make_stall(session, market, channel_id=make_payos_channel(session, market).id)
    request = make_payment_request(session, stall)
    statement = import_rows(session, stall, row(request.reference, amount), by_channel=True)
    assert (outcomes(session, statement), kinds(session)) == (["review"], [kind])
    assert balances(session, market) == {"channel": amount, "suspense": -amount}


def test_second_transfer_for_one_request_waits_for_a_person(
    session: Session, stall: Stall, request_: PaymentRequest
) -> None:
    statement = import_rows(session, stall, row(request_.reference), row(request_.reference))
    assert outcomes(session, statement) == ["matched", "review"]
    assert kinds(session) == ["duplicate"]
    assert outcomes(session, import_rows(session, stall, row(request_.reference))) == ["review"]


def test_two_codes_and_their_sum_settle_both(session: Session, market: Market, stall: Stall) -> None:
    one, two = make_payment_request(session, stall), make_payment_request(session, stall, amount=20_000)
    statement = import_rows(session, stall, row(f"{one.reference} {two.reference}", 70_000))
    assert [one.status, two.status] == [PaymentStatus.PAID] * 2
    assert (one.amount_paid, two.amount_paid) == (50_000, 20_000)
    assert balances(session, market) == {"channel": 70_000, "seller": -70_000}
    assert count_payments(session) == 1
    (line,) = list_statement_lines(session, anybody(session), statement.id).items
    assert line.payment_request_references == sorted([one.reference, two.reference])


def test_two_codes_and_another_sum_settle_none(session: Session, stall: Stall) -> None:
    one, two = make_payment_request(session, stall), make_payment_request(session, stall, amount=20_000)
    statement = import_rows(session, stall, row(f"{one.reference} {two.reference}", 50_000))
    assert outcomes(session, statement) == ["review"]
    assert {one.status, two.status} == {PaymentStatus.AWAITING_PAYMENT}


def test_code_of_another_sellers_request_settles_nothing(
    session: Session, market: Market, stall: Stall, request_: PaymentRequest
) -> None:
    other = make_stall(session, market)
    assert outcomes(session, import_rows(session, other, row(request_.reference))) == ["review"]
    assert request_.status is PaymentStatus.AWAITING_PAYMENT
    assert kinds(session) == ["orphan"]


def test_late_transfer_is_matched_and_shown(session: Session, stall: Stall, request_: PaymentRequest) -> None:
    at = request_.expires_at + timedelta(seconds=1)
    import_rows(session, stall, timed(row(request_.reference), at))
    assert request_.status is PaymentStatus.PAID_LATE
    assert kinds(session) == ["late"]


def test_bank_day_alone_makes_nobody_late(session: Session, stall: Stall, request_: PaymentRequest) -> None:
    request_.status = PaymentStatus.EXPIRED
    session.commit()
    import_rows(session, stall, row(request_.reference))
    assert request_.status is PaymentStatus.PAID
    (payment,) = session.scalars(select(Payment))
    assert payment.business_day == payment.bank_day == today()


def test_cancelled_request_is_not_settled(session: Session, stall: Stall, request_: PaymentRequest) -> None:
    cancel_payment_request(session, anybody(session), request_.id)
    session.commit()
    assert outcomes(session, import_rows(session, stall, row(request_.reference))) == ["review"]
    assert (request_.status, kinds(session)) == (PaymentStatus.CANCELLED, ["late"])


def test_code_of_the_static_qr_credits_its_stall(session: Session, market: Market, stall: Stall) -> None:
    assert outcomes(session, import_rows(session, stall, row(f"{stall.reference} rau", 15_000))) == [
        "matched"
    ]
    assert balances(session, market) == {"channel": 15_000, "seller": -15_000}
    (event,) = events(session, "stall_payment.received.v1")
    assert (event.stall_id, event.payload["amount"]) == (stall.id, 15_000)
    assert kinds(session) == []


def test_broken_rows_are_listed_and_the_rest_is_taken(
    session: Session, stall: Stall, request_: PaymentRequest
) -> None:
    bad = ("31-02-2026", "FT1", "+50000", "chuyen tien")
    statement = import_rows(session, stall, bad, row(request_.reference))
    assert (statement.lines, statement.matched, statement.rejected) == (1, 1, 1)
    (broken,) = list_broken_lines(session, statement.id)
    assert broken.number == 4
    assert "31-02-2026" in broken.reason


def test_closing_balance_that_the_lines_do_not_make_is_told_and_loses_none(
    session: Session, stall: Stall, request_: PaymentRequest
) -> None:
    words = statement_file([row(request_.reference)]).decode().replace("\n\n", "\nSo du dau ky: 100,000\n", 1)
    statement = upload(session, stall, (words + "So du cuoi ky;;180,000;\n").encode())
    read_to_the_end(session, statement)
    assert (statement.lines, statement.matched, statement.rejected) == (1, 1, 0)
    (told,) = list_broken_lines(session, statement.id)
    assert (told.number, told.rejected) == (5, False)
    assert "lệch 30.000 ₫" in told.reason


def test_file_with_no_line_that_can_be_read_fails(session: Session, stall: Stall) -> None:
    statement = import_rows(session, stall, ("31-02-2026", "FT1", "+50000", "chuyen tien"))
    assert statement.status is StatementStatus.FAILED
    assert statement.problem


@pytest.mark.parametrize("content", [b"", b"xin chao\n", b"a;b\n1;2\n", b"\x89PNG\r\n\x1a\n" + bytes(300)])
def test_what_is_no_statement_is_refused_at_once(session: Session, stall: Stall, content: bytes) -> None:
    with pytest.raises(InvalidInput) as refusal:
        upload(session, stall, content)
    assert list(refusal.value.errors) == ["file"]


def test_file_is_sealed_and_forgotten_after_it_was_read(session: Session, stall: Stall) -> None:
    content = statement_file([row("NGUYEN VAN A chuyen tien")])
    statement = upload(session, stall, content)
    kept = session.get_one(StatementFile, statement.id).content
    assert b"NGUYEN" not in kept
    read_to_the_end(session, statement)
    assert session.get(StatementFile, statement.id) is None


def test_import_that_was_broken_off_goes_on(
    session: Session, market: Market, stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    asked = [make_payment_request(session, stall) for _ in range(5)]
    statement = upload(session, stall, statement_file([row(request.reference) for request in asked]))
    begun = importing.begin_import(session, statement.id)
    assert begun
    reading = importing.open_reading(*begun)
    importing.take_rows(session, reading, importing.next_rows(reading))
    session.commit()
    reading.taken += 2
    importing.take_rows(session, reading, importing.next_rows(reading))
    session.rollback()
    session.refresh(statement)
    assert (statement.status, statement.taken, statement.matched) == (StatementStatus.RUNNING, 2, 2)
    read_to_the_end(session, statement)
    assert (statement.status, statement.lines, statement.matched) == (StatementStatus.DONE, 5, 5)
    assert balances(session, market) == {"channel": 250_000, "seller": -250_000}


def test_second_reader_of_the_same_file_stands_back(session: Session, stall: Stall) -> None:
    statement = upload(session, stall, statement_file([row("mua rau")]))
    begun = importing.begin_import(session, statement.id)
    assert begun
    reading, other = importing.open_reading(*begun), importing.open_reading(*begun)
    importing.take_rows(session, reading, importing.next_rows(reading))
    session.commit()
    with pytest.raises(importing.Overtaken):
        importing.take_rows(session, other, importing.next_rows(other))


def test_other_markets_manager_may_not_upload(session: Session, market: Market, stall: Stall) -> None:
    stranger = actor_of(make_manager(session, make_market(session)))
    about = {"payout_account_id": stall.payout_account_id}
    with pytest.raises(NotFound):
        upload_statement(session, stranger, content=statement_file([]), file_name="x", **about)
    session.rollback()
    both = {**about, "channel_id": stall.channel_id}
    with pytest.raises(InvalidInput):
        upload_statement(session, anybody(session), content=statement_file([]), file_name="x", **both)


def test_seller_with_stalls_in_two_markets_is_matched_and_taken_back_in_both(
    session: Session, market: Market
) -> None:
    seller = make_seller(session)
    account = {"bin": "970436", "account_number": "190077", "holder_name": "SUNG THI MAY"}
    here = make_stall(session, market, seller, payout_account=account)
    elsewhere = make_market(session)
    there = make_stall(session, elsewhere, seller, payout_account=account)
    asked = [make_payment_request(session, stall) for stall in (here, there)]
    import_rows(session, here, *(row(request.reference) for request in asked))
    assert [request.status for request in asked] == [PaymentStatus.PAID] * 2
    for place in (market, elsewhere):
        assert balances(session, place) == {"channel": 50_000, "seller": -50_000}
    import_rows(session, here, *(row(f"HOAN {request.reference}", -50_000) for request in asked))
    assert [request.status for request in asked] == [PaymentStatus.REVERSED] * 2
    for place in (market, elsewhere):
        assert balances(session, place) == {}


def test_file_of_a_seller_with_several_accounts_is_about_one_of_them(
    session: Session, market: Market, stall: Stall
) -> None:
    """About their channel, its lines would be others than those of the account."""
    seller = session.get_one(Seller, stall.seller_id)
    make_stall(session, market, seller, payout_account=payout_account(account_number="190099998888"))
    line = row(stall.reference)
    import_rows(session, stall, line)
    with pytest.raises(InvalidInput) as refusal:
        import_rows(session, stall, line, by_channel=True)
    assert set(refusal.value.errors) == {"payout_account_id"}


def test_rows_of_another_account_or_currency_are_listed(session: Session, market: Market) -> None:
    account = {"bin": "970436", "account_number": "190077", "holder_name": "SUNG THI MAY"}
    stall = make_stall(session, market, payout_account=account)
    header = "Ngay GD;Ma GD;So tien;Dien giai;So tai khoan;Loai tien"
    rows = ["FT1;+1000;rau;190077;VND", "FT2;+1000;rau;190088;VND", "FT3;+1000;rau;190077;USD"]
    words = "\n".join([header, *(f"02-11-2026;{line}" for line in rows)])
    statement = upload(session, stall, words.encode())
    read_to_the_end(session, statement)
    assert (statement.lines, statement.rejected) == (1, 2)
    reasons = [broken.reason for broken in list_broken_lines(session, statement.id)]
    assert reasons == ["Dòng này của tài khoản khác", "Không phải đồng Việt Nam: USD"]


def test_code_of_a_fee_pays_its_invoice(session: Session, market: Market, stall: Stall) -> None:
    actor, day = anybody(session), today()
    account = {"bin": "970436", "account_number": "190099", "holder_name": "BAN QUAN LY CHO"}
    fee_account = fee_tariffs.set_fee_account(session, actor, market.id, account)
    rate = {"kind": FeeKind.STALL_MONTH, "rate": 90_000, "valid_from": day.replace(day=1)}
    fee_tariffs.set_tariff(session, actor, market_id=market.id, **rate)
    fees.issue_invoices(session, actor, market.id, month_of(day))
    session.commit()
    invoice = session.scalars(select(FeeInvoice)).one()
    content = statement_file([row(f"PHI CHO {invoice.reference}", 90_000)])
    about = {"channel_id": fee_account.channel_id}
    statement, _ = upload_statement(session, actor, content=content, file_name="x.csv", **about)
    session.commit()
    read_to_the_end(session, statement)
    assert (statement.matched, statement.review) == (1, 0)
    assert (invoice.status, invoice.amount_paid) == (FeeStatus.PAID, 90_000)
    assert balances(session, market) == {"channel": 90_000, "fees": -90_000}
    content = statement_file([row(f"HOAN TRA {invoice.reference} {_reference_of(session)}", -90_000)])
    undone, _ = upload_statement(session, actor, content=content, file_name="y.csv", **about)
    session.commit()
    read_to_the_end(session, undone)
    assert outcomes(session, undone) == ["reversal"]
    assert (invoice.status, invoice.amount_paid) == (FeeStatus.ISSUED, 0)
    assert balances(session, market) == {}


def _reference_of(session: Session) -> str:
    """The bank's reference of the only payment."""
    return session.scalars(select(Payment.reference)).one()
