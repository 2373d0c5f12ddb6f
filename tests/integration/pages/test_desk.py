"""The desk at which a manager decides about money that does not add up."""

from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import business_day, now
from core.periods import month_of
from models import (
    CollectionChannel,
    ExceptionStatus,
    FeeInvoice,
    FeeKind,
    FeeStatus,
    Market,
    Payment,
    PaymentRequest,
    PaymentStatus,
    Refund,
    Resolution,
    ResolutionStatus,
    Stall,
    User,
)
from services import fee_tariffs, fees
from services.access import actor_of
from tests import builders
from tests.integration.pages.conftest import Browser, Enter
from tests.integration.services.desk import TYPED, balances, exception_of, tell_payer
from tests.integration.services.fees import issue, make_tariff, transfer
from tests.integration.services.statement_files import import_rows, row


@pytest.fixture
def market(session: Session) -> Market:
    return builders.make_market(session)


@pytest.fixture
def channel(session: Session, market: Market) -> CollectionChannel:
    return builders.make_payos_channel(session, market)


@pytest.fixture
def stall(session: Session, market: Market, channel: CollectionChannel) -> Stall:
    return builders.make_stall(session, market, channel_id=channel.id, number="B07")


@pytest.fixture
def orphan(session: Session, channel: CollectionChannel) -> Payment:
    """70.000 đồng."""
    return builders.make_orphan(session, channel)


@pytest.fixture
def manager(session: Session, market: Market) -> User:
    return builders.make_manager(session, market)


def path_of(session: Session, payment: Payment) -> str:
    return f"/exceptions/{exception_of(session, payment).id}"


def send(browser: Browser, path: str, form: dict[str, str]) -> None:
    """A form that is taken, and leads back to the case."""
    sent = browser.post(path, form, page=path)
    assert sent.status == 303, sent.words


def test_empty_desk_says_so_kindly(enter: Enter, manager: User, market: Market) -> None:
    page = enter(manager).get(f"/markets/{market.id}/exceptions")
    assert "Mọi khoản tiền đều đã khớp" in page.text("empty")
    assert not page.has("exceptions")
    resolved = enter(manager).get(f"/markets/{market.id}/exceptions?status=resolved")
    assert "Chưa có khoản nào được giải quyết" in resolved.text("empty")


def test_queue_is_counted_filtered_and_sorted(
    session: Session, enter: Enter, manager: User, market: Market, channel: CollectionChannel, stall: Stall
) -> None:
    builders.make_orphan(session, channel, 20_000)
    builders.make_orphan(session, channel, 90_000)
    builders.make_payment(session, builders.make_payment_request(session, stall), 55_000)
    browser, base = enter(manager), f"/markets/{market.id}/exceptions"

    def amounts(query: str) -> list[str | None]:
        found = browser.get(base + query).all("exceptions")
        return [element.get("data-amount") for element in found[0].findall(".//*[@data-amount]")]

    page = browser.get(base)
    assert page.text("kind-all").endswith("(3)")
    assert page.text("kind-orphan") == "Tiền đến không rõ của ai (2)"
    assert amounts("") == ["20000", "90000", "5000"]
    assert amounts("?order=newest") == ["5000", "90000", "20000"]
    assert amounts("?order=largest") == ["90000", "5000", "20000"]
    assert amounts("?kind=orphan&order=largest") == ["90000", "20000"]
    assert "Không có khoản nào loại này" in browser.get(f"{base}?kind=late").text("empty")


def test_suggestion_leads_to_the_form_and_the_form_to_the_sellers_money(
    session: Session, enter: Enter, manager: User, market: Market, stall: Stall, orphan: Payment
) -> None:
    request = builders.make_payment_request(session, stall, amount=70_000)
    browser, path = enter(manager), path_of(session, orphan)
    page = browser.get(path)
    assert "Đúng số tiền còn thiếu" in page.text("suggestions")
    assert request.reference in page.text("suggestions")
    assert page.text("free") == "70.000 ₫"
    form = browser.get(f"{path}/match?request={request.id}")
    assert form.typed("payment_request_id") == str(request.id)
    send(
        browser, f"{path}/match", {"payment_request_id": str(request.id), "reason": "Khách cho xem biên lai"}
    )
    page = browser.get(path)
    assert "Đã giải quyết" in page.words
    assert "Khách cho xem biên lai" in page.text("history")
    assert not page.has("actions")
    session.expire_all()
    assert session.get_one(PaymentRequest, request.id).status is PaymentStatus.PAID
    assert balances(session, market) == {"channel": 70_000, "seller": -70_000}


def test_code_is_typed_as_people_type(
    session: Session, enter: Enter, manager: User, market: Market, stall: Stall, orphan: Payment
) -> None:
    request = builders.make_payment_request(session, stall, amount=200_000)
    browser, path = enter(manager), path_of(session, orphan)
    code = f"{request.reference[:4]} {request.reference[4:]}".lower()
    send(browser, f"{path}/match", {"reference": code, "amount": "30.000", "reason": "Khách gọi"})
    assert balances(session, market) == {"channel": 70_000, "seller": -30_000, "suspense": -40_000}
    assert browser.get(path).text("free") == "40.000 ₫"


def test_refusals_stand_beside_the_fields_and_what_was_typed_stays(
    session: Session, enter: Enter, manager: User, stall: Stall, orphan: Payment
) -> None:
    paid = builders.make_payment_request(session, stall)
    builders.make_payment(session, paid)
    browser, path = enter(manager), path_of(session, orphan)
    match = f"{path}/match"
    for form, field, words in (
        ({"reason": "Khách gọi"}, "reference", "Hãy chọn một yêu cầu"),
        (
            {"reference": "CXXXXXXXX", "reason": "Khách gọi"},
            "reference",
            "không có yêu cầu hay khoản phí nào mang mã đó",
        ),
        ({"reference": paid.reference, "reason": "Khách gọi"}, "reference", "không còn chờ tiền"),
        ({"reference": paid.reference}, "reason", "Cần điền ô này"),
        (
            {"reference": paid.reference, "amount": "một", "reason": "Khách gọi"},
            "amount",
            "bằng chữ số",
        ),
    ):
        page = browser.post(match, form, page=match)
        assert page.status == 422
        assert words in str(page.error(field)), (form, page.words)
        for name, value in form.items():
            assert page.typed(name) == value
    for tail in ("write-off", "ignore", "refund"):
        page = browser.post(f"{path}/{tail}", {"reason": "  "}, page=path)
        assert (page.status, page.error("reason")) == (422, "Cần điền ô này")
    assert exception_of(session, orphan).status is ExceptionStatus.OPEN


@pytest.mark.parametrize(("tail", "kind"), [("write-off", "write_off"), ("ignore", "suspense")])
def test_decided_and_taken_back(
    session: Session, enter: Enter, manager: User, market: Market, orphan: Payment, tail: str, kind: str
) -> None:
    browser, path = enter(manager), path_of(session, orphan)
    send(browser, f"{path}/{tail}", {"reason": "Đã hỏi khắp chợ"})
    assert balances(session, market) == {"channel": 70_000, kind: -70_000}
    assert "Tiền đến không rõ của ai" in browser.get(f"/markets/{market.id}/exceptions?status=resolved").words
    (undo,) = browser.get(path).all("undo")
    send(browser, str(undo.get("href")), {"reason": "Khách vừa đến nhận"})
    page = browser.get(path)
    assert "rút lại: Khách vừa đến nhận" in page.text("history")
    assert page.has("actions")
    assert balances(session, market) == {"channel": 70_000, "suspense": -70_000}


def test_second_person_approves(
    session: Session, enter: Enter, manager: User, market: Market, channel: CollectionChannel
) -> None:
    payment = builders.make_orphan(session, channel, 2_500_000)
    path = path_of(session, payment)
    browser = enter(manager)
    assert browser.get(path).has("second-person")
    send(browser, f"{path}/write-off", {"reason": "Quá sáu tháng"})
    own = browser.get(path)
    assert "người khác của ban quản lý phải duyệt" in own.words
    assert not own.has("approve")
    assert browser.follow(browser.post(f"{path}/approve", page=path)).status == 200
    assert balances(session, market) == {"channel": 2_500_000, "suspense": -2_500_000}
    second = enter(builders.make_manager(session, market))
    assert "Chờ người thứ hai duyệt" in second.get(f"/markets/{market.id}/exceptions").words
    assert second.get(path).has("approve")
    second.follow(second.post(f"{path}/approve", page=path))
    assert balances(session, market) == {"channel": 2_500_000, "write_off": -2_500_000}
    assert "đã duyệt" in second.get(path).text("history")


def test_refund_asks_for_the_account_only_where_it_is_not_known(
    session: Session, enter: Enter, manager: User, orphan: Payment
) -> None:
    browser, path = enter(manager), path_of(session, orphan)
    refund = f"{path}/refund"
    page = browser.post(refund, {**TYPED, "account_number": "12/3", "reason": "Chuyển nhầm"}, page=refund)
    assert "1 đến 19" in str(page.error("account_number"))
    assert (page.typed("bin"), page.typed("holder_name")) == (TYPED["bin"], TYPED["holder_name"])
    assert "Tài khoản do bạn điền" in page.text("second-person")
    tell_payer(session, orphan)
    page = browser.get(refund)
    assert page.text("payer").endswith("•001")
    assert "10000000001" not in page.html
    send(browser, refund, {"reason": "Chuyển nhầm"})
    page = browser.get(path)
    assert "Chờ chuyển trả" in page.text("history")
    assert "10000000001" not in page.html
    assert session.scalars(select(Refund)).one().account_number == "10000000001"


def test_what_was_let_go_today_is_told_before_more_is(
    session: Session, enter: Enter, manager: User, channel: CollectionChannel
) -> None:
    browser = enter(manager)
    one, other = (path_of(session, builders.make_orphan(session, channel, 1_500_000)) for _ in range(2))
    assert not browser.get(f"{one}/write-off").has("second-person")
    send(browser, f"{one}/write-off", {"reason": "Quá sáu tháng"})
    assert "1.500.000 ₫" in browser.get(f"{other}/write-off").text("second-person")
    assert not browser.get(f"{other}/ignore").has("second-person")


def test_fee_that_is_not_paid_out_of_the_sellers_account_says_why(
    session: Session, enter: Enter, manager: User, market: Market
) -> None:
    make_tariff(session, market)
    own = builders.make_stall(session, market, area_m2=8)
    issue(session, market, actor_of(manager))
    code = session.scalars(select(FeeInvoice.reference)).one()
    page = enter(manager).get(path_of(session, transfer(session, own.channel, 1, 96_000, memo=code)))
    assert code in page.text("unpaid-fee")
    assert not page.has("suggestions")


def test_debit_with_a_code_is_decided_about_in_its_own_words(
    session: Session, enter: Enter, manager: User, stall: Stall
) -> None:
    payment = builders.make_payment(session, builders.make_payment_request(session, stall))
    reference = session.scalars(select(PaymentRequest.reference)).first()
    import_rows(session, stall, row(f"PHI {reference}", -20_000), by_channel=True)
    browser, path = enter(manager), path_of(session, payment)
    page = browser.get(path)
    assert page.text("at-stake").startswith("20.000")
    assert "đã trả lại khách" in page.text("refund")
    assert "khoản chi khác" in page.text("write_off")
    assert not page.has("match_money")
    assert "không chuyển gì thêm" in browser.get(f"{path}/refund").html
    send(browser, f"{path}/write-off", {"reason": "Phí ngân hàng"})
    assert "Đã giải quyết" in browser.get(path).html


def test_decided_by_somebody_else_meanwhile(
    session: Session, enter: Enter, manager: User, orphan: Payment
) -> None:
    browser, path = enter(manager), path_of(session, orphan)
    send(browser, f"{path}/ignore", {"reason": "Đã hỏi"})
    page = browser.post(f"{path}/write-off", {"reason": "Chậm chân"}, page=path)
    assert page.status == 409
    assert "đã được giải quyết" in page.text("problems")
    assert page.typed("reason") == "Chậm chân"


def test_debit_that_was_no_reversal_is_restored(
    session: Session, enter: Enter, manager: User, market: Market, stall: Stall
) -> None:
    request = builders.make_payment_request(session, stall)
    payment = builders.make_payment(session, request)
    import_rows(session, stall, row(f"THANH TOAN HO {request.reference}", -50_000), by_channel=True)
    browser, path = enter(manager), path_of(session, payment)
    page = browser.get(path)
    assert page.has("restore")
    assert not page.has("refund")
    assert browser.post(f"{path}/restore", {"reason": ""}, page=f"{path}/restore").error("reason")
    send(browser, f"{path}/restore", {"reason": "Trả tiền hàng hộ"})
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}
    assert "Trả tiền hàng hộ" in browser.get(path).text("history")


def test_wrong_match_is_taken_apart_from_the_payments_page(
    session: Session, enter: Enter, manager: User, market: Market, stall: Stall
) -> None:
    payment = builders.make_payment(session, builders.make_payment_request(session, stall))
    receipt, path = f"/stalls/{stall.id}/payments/{payment.id}/receipt", f"/payments/{payment.id}/unmatch"
    seller = enter(builders.make_stallholder(session, stall))
    assert not seller.get(receipt).has("unmatch")
    browser = enter(manager)
    assert browser.get(receipt).has("unmatch")
    assert browser.post(path, {"reason": " "}, page=path).error("reason")
    case = browser.follow(browser.post(path, {"reason": "Khách trả nhầm quầy"}, page=path))
    assert case.text("free") == "50.000 ₫"
    assert "Khách trả nhầm quầy" in case.text("history")
    assert case.has("match_money")
    assert balances(session, market) == {"channel": 50_000, "suspense": -50_000}
    again = browser.post(path, {"reason": "Lần nữa"}, page=path)
    assert (again.status, again.typed("reason")) == (409, "Lần nữa")


def test_money_for_a_fee_is_matched_by_suggestion_or_code(
    session: Session, enter: Enter, manager: User, market: Market, channel: CollectionChannel, stall: Stall
) -> None:
    who = builders.anybody(session)
    first = business_day(now()).replace(day=1)
    facts = {"kind": FeeKind.STALL_MONTH, "rate": 70_000, "valid_from": first}
    fee_tariffs.set_tariff(session, who, market_id=market.id, **facts)
    fees.issue_invoices(session, who, market.id, month_of(first))
    session.commit()
    invoice = session.scalars(select(FeeInvoice)).one()
    by_suggestion, by_code = (builders.make_orphan(session, channel, amount) for amount in (70_000, 69_000))
    browser = enter(manager)
    path = path_of(session, by_code)
    taken = {"reason": "Người bán báo", "reference": invoice.reference.lower(), "amount": "9000"}
    send(browser, f"{path}/match", taken)
    assert invoice.reference in browser.get(path).text("history")
    assert browser.follow(browser.post(f"{path}/undo/{undoable(session)}", {"reason": "Nhầm"}, page=path))
    path = path_of(session, by_suggestion)
    assert "Phí chợ · Quầy B07" in browser.get(path).text("suggestions")
    send(browser, f"{path}/match", {"reason": "Người bán báo", "payment_request_id": str(invoice.id)})
    session.refresh(invoice)
    assert (invoice.status, invoice.amount_paid) == (FeeStatus.PAID, 70_000)
    session.rollback()
    fee = browser.get(f"/fee-invoices/{invoice.id}")
    assert fee.has("unmatch")


def test_second_person_agrees_to_the_undoing(
    session: Session, enter: Enter, manager: User, market: Market, channel: CollectionChannel
) -> None:
    path = path_of(session, builders.make_orphan(session, channel, 2_500_000))
    other = builders.make_manager(session, market)
    send(enter(manager), f"{path}/write-off", {"reason": "Quá sáu tháng"})
    second = enter(other)
    second.follow(second.post(f"{path}/approve", page=path))
    first = enter(manager)
    send(first, f"{path}/undo/{undoable(session)}", {"reason": "Đã rõ của ai"})
    own = first.get(path)
    assert "người khác của ban quản lý phải duyệt" in own.words
    assert not own.has("undo")
    second = enter(other)
    assert "Đã rõ của ai" in second.get(path).words
    second.follow(second.post(f"{path}/approve", page=path))
    assert balances(session, market) == {"channel": 2_500_000, "suspense": -2_500_000}


def undoable(session: Session) -> UUID:
    """The decision that stands."""
    session.rollback()
    return session.scalars(select(Resolution.id).where(Resolution.status == ResolutionStatus.DONE)).one()


def test_another_markets_manager_sees_nothing(session: Session, enter: Enter, orphan: Payment) -> None:
    stranger = builders.make_manager(session, builders.make_market(session))
    browser, path = enter(stranger), path_of(session, orphan)
    for tail in ("", "/match", "/refund", "/write-off", "/ignore", "/restore"):
        assert browser.get(path + tail).status == 404
    for tail in ("/match", "/refund", "/write-off", "/ignore", "/restore", "/approve"):
        assert browser.post(path + tail, {"reason": "x"}, page="/markets").status == 404
