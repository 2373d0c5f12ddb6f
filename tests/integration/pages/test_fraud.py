"""Receipts that anybody may check, stickers that a manager checks, reversals that repeat."""

import io
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select

from core.clock import now
from core.config import config
from core.ids import new_id
from core.qr_images import png
from core.receipt_codes import ReceiptKind, receipt_code
from core.vietqr import decode, encode
from models import (
    AccountKind,
    ExceptionKind,
    JournalEntry,
    PaymentRequest,
    PaymentStatus,
    ReconciliationException,
    ResolutionAction,
    Stall,
)
from services import resolutions
from services.access import actor_of
from services.journal import Account, Booking, book
from services.queries.reversals import list_reversal_alerts
from services.resolution_plans import Wish
from tests import builders
from tests.qr_readers import read_in_page
from web.pages import format_moment

REVERSALS = JournalEntry.key.like("reversal:%")


@pytest.fixture
def stall(session):
    return builders.make_stall(session)


def pay(session, stall, at=None):
    return builders.make_payment(session, builders.make_payment_request(session, stall), occurred_at=at)


def reverse(session, payment):
    facts = {"market_id": payment.market_id, "payment_id": payment.id, "amount": payment.amount}
    session.add(ReconciliationException(kind=ExceptionKind.REVERSED, **facts))
    market_id, seller_id = payment.market_id, session.get_one(Stall, payment.stall_id).seller_id
    taken = Booking(
        key=f"reversal:{payment.id}:by the test",
        debit=Account(market_id, AccountKind.SELLER, seller_id),
        credit=Account(market_id, AccountKind.CHANNEL, payment.channel_id),
        amount=payment.amount,
        business_day=payment.business_day,
        payment_id=payment.id,
    )
    book(session, [taken])
    session.commit()


def address_of(payment):
    return f"/r/{receipt_code(ReceiptKind.PAYMENT, payment.id)}"


def test_receipt_is_found_from_the_stalls_list_and_names_nobody(session, stall, enter, browser):
    payment = pay(session, stall)
    holder = enter(builders.make_stallholder(session, stall))
    link = f"/stalls/{stall.id}/payments/{payment.id}/receipt"
    assert link in holder.get(f"/stalls/{stall.id}/payments").html
    page = holder.get(link)
    address = address_of(payment)
    assert address in page.html
    assert read_in_page(page.html) == [config().base_url + address]
    shown = browser.get(address)
    assert (shown.status, shown.text("receipt-amount")) == (200, "50.000 ₫")
    assert (shown.text("receipt-stall"), shown.text("receipt-status")) == (stall.number, "Tiền đã vào quầy")
    assert stall.market.name in shown.words
    assert stall.seller.name not in shown.html
    assert payment.reference not in shown.html


@pytest.mark.parametrize(
    ("status", "words"),
    [(PaymentStatus.REVERSED, "Tiền bị rút lại"), (PaymentStatus.REFUNDED, "Đã trả lại tiền")],
)
def test_receipt_follows_what_became_of_the_money(session, stall, browser, status, words):
    request = builders.make_payment_request(session, stall)
    payment = builders.make_payment(session, request)
    session.get_one(PaymentRequest, request.id).status = status
    session.commit()
    assert browser.get(address_of(payment)).text("receipt-status") == words


def test_receipt_says_that_money_was_taken_back(session, stall, browser):
    payment = pay(session, stall)
    reverse(session, payment)
    assert browser.get(address_of(payment)).text("receipt-status") == "Tiền bị rút lại"


def test_stall_sees_what_was_taken_back_from_it(session, stall, enter):
    stayed, taken = pay(session, stall), pay(session, stall)
    reverse(session, taken)
    holder, said = enter(builders.make_stallholder(session, stall)), "Đã trả lại hoặc bị rút lại: 50.000 ₫"
    for path in ("payments", "today", f"payments/{taken.id}/receipt"):
        assert holder.get(f"/stalls/{stall.id}/{path}").text("went-back") == said, path
    assert not holder.get(f"/stalls/{stall.id}/payments/{stayed.id}/receipt").has("went-back")


def void_since(page, moment):
    return f"không còn hiệu lực từ {format_moment(moment)}" in page.text("receipt-void")


def test_receipt_is_void_since_the_bank_took_the_money(session, stall, browser):
    payment = pay(session, stall)
    address = address_of(payment)
    assert not browser.get(address).has("receipt-void")
    reverse(session, payment)
    page = browser.get(address)
    assert void_since(page, session.scalars(select(JournalEntry.created_at).where(REVERSALS)).one())
    assert "Ngân hàng đã rút lại" in page.text("receipt-void")
    assert "Biên nhận không còn hiệu lực" in page.words


def test_receipt_is_void_since_its_match_was_taken_apart(session, stall, browser):
    payment = pay(session, stall)
    address, manager = address_of(payment), actor_of(builders.make_manager(session, stall.market))
    made = resolutions.unmatch(session, manager, payment.id, "Nhầm quầy")
    session.commit()
    page = browser.get(address)
    assert (page.status, void_since(page, made.created_at)) == (200, True)
    assert "Chợ đã gỡ khoản tiền này ra" in page.text("receipt-void")
    assert not page.has("receipt-part")
    for secret in (stall.seller.name, stall.number, payment.reference, "50.000", "Nhầm quầy"):
        assert secret not in page.words
    other = builders.make_payment_request(session, stall)
    wish = Wish(ResolutionAction.MATCH, payment_request_id=other.id)
    resolutions.resolve(session, manager, made.exception_id, wish, "Đúng quầy")
    session.commit()
    page = browser.get(address)
    assert (page.text("receipt-status"), page.has("receipt-void")) == ("Tiền đã vào quầy", False)


def test_unknown_receipts_are_all_alike_and_not_tried_for_ever(session, browser):
    channel = builders.make_stall(session).channel
    codes = [
        "x",
        receipt_code(ReceiptKind.PAYMENT, new_id()),
        receipt_code(ReceiptKind.PAYMENT, builders.make_orphan(session, channel).id),
    ]
    shown = [browser.get(f"/r/{code}") for code in codes]
    assert [one.status for one in shown] == [404] * 3
    assert len({one.words for one in shown}) == 1
    assert 429 in {browser.get("/r/x").status for _ in range(40)}


def test_manager_checks_a_sticker(session, stall, enter):
    page = f"/markets/{stall.market_id}/qr-check"
    browser = enter(builders.make_manager(session, stall.market))
    assert browser.get(f"/markets/{stall.market_id}").has("qr-check")
    good = browser.post(page, {"text": builders.payload_of(stall)}, page=page)
    assert "Đúng là mã đã cấp" in good.text("verdict")
    parts = decode(builders.payload_of(stall))
    bad = browser.post(page, {"text": encode(parts.bin, "66668888", note=parts.note)}, page=page)
    assert "Mã đã bị sửa" in bad.text("verdict")
    assert "Số tài khoản khác" in bad.text("verdict")
    assert f"Quầy {stall.number}" in bad.text("verdict")
    asking = encode(parts.bin, parts.account_number, amount=5_000, note=parts.note)
    assert "Mã ghi sẵn số tiền" in browser.post(page, {"text": asking}, page=page).text("verdict")
    assert browser.post(page, {"text": ""}, page=page).status == 422


def photographed(*pictures, size=(1800, 2400)):
    """As a phone sees stickers on a wall: small, askew, in a JPEG."""
    wall = Image.new("RGB", size, (180, 170, 150))
    for number, picture in enumerate(pictures):
        sticker = Image.open(io.BytesIO(picture)).convert("RGB").resize((500, 500))
        askew = sticker.rotate(12, expand=True, fillcolor=(180, 170, 150), resample=Image.Resampling.BICUBIC)
        wall.paste(askew, (150 + 850 * number, 900))
    taken = io.BytesIO()
    wall.save(taken, "JPEG", quality=70)
    taken.seek(0)
    return (taken, "qr.jpg")


def test_manager_photographs_a_sticker(session, stall, enter):
    """Browsers of iPhones cannot scan."""
    page = f"/markets/{stall.market_id}/qr-check"
    browser = enter(builders.make_manager(session, stall.market))
    ours, another = builders.payload_of(stall), encode("970422", "66668888")
    good = browser.post(page, {"photo": photographed(png(ours))}, page=page)
    assert "Đúng là mã đã cấp" in good.text("verdict")
    both = browser.post(page, {"photo": photographed(png(ours), png(another))}, page=page)
    assert (both.status, "nhiều mã" in both.html) == (422, True)
    none = browser.post(page, {"photo": photographed(), "text": ours}, page=page)
    assert (none.status, "Không thấy mã" in none.html) == (422, True)
    assert ours in none.html
    torn = browser.post(page, {"photo": (io.BytesIO(b"no picture"), "qr.jpg")}, page=page)
    assert torn.status == 422


def test_repeated_and_late_reversals_are_pointed_out(session, stall, enter):
    manager = builders.make_manager(session, stall.market)
    browser, page = enter(manager), f"/markets/{stall.market_id}"
    for _ in range(2):
        reverse(session, pay(session, stall))
    assert not browser.get(page).has("reversal-alerts")
    assert not browser.get("/").has("reversals")
    reverse(session, pay(session, stall))
    assert f"Quầy {stall.number}" in browser.get(page).text("reversal-alerts")
    assert "1 quầy" in browser.get("/").text("reversals")
    late = builders.make_stall(session, stall.market)
    for _ in range(2):
        reverse(session, pay(session, late, now() - timedelta(days=3)))
    alerts = list_reversal_alerts(session, actor_of(manager), stall.market_id)
    assert [(a.stall_id, a.reversals, a.late, a.amount) for a in alerts] == [
        (stall.id, 3, 0, 150_000),
        (late.id, 2, 2, 100_000),
    ]
    settings = f"{page}/settings"
    assert browser.post(settings, {"tolerance": "0", "alert_reversals": "0"}, page=settings).status == 422
    typed = {"tolerance": "0", "alert_reversals": "4", "alert_late_reversals": "3"}
    browser.post(settings, typed, page=settings)
    assert not browser.get(page).has("reversal-alerts"), "the market says from how many on"


def test_a_clerk_sees_no_reversals(session, stall, enter):
    for _ in range(3):
        reverse(session, pay(session, stall))
    assert not enter(builders.make_clerk(session)).get(f"/markets/{stall.market_id}").has("reversal-alerts")
