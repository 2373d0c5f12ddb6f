"""The pages of fees, as the market's manager and a stallholder walk through them."""

import re

import pytest
from sqlalchemy import select

from core.clock import business_day, now
from core.periods import month_of
from core.vietqr import decode
from models import FeeInvoice, FeePayment, FeeStatus
from tests import builders
from tests.qr_readers import read_in_page

TODAY = business_day(now())
MONTH = month_of(TODAY)


@pytest.fixture
def walk(client):
    """Signs a person in, then reads pages and sends their forms with the page's own token."""

    class Walk:
        def sign_in(self, user):
            page = client.get("/sign-in").text
            self._send("/sign-in", page, phone=user.phone, password=builders.PASSWORD)

        def read(self, path, status=200):
            answer = client.get(path)
            assert answer.status_code == status, answer.text[:400]
            return answer.text

        def send(self, path, from_page, status=303, **typed):
            answer = self._send(path, self.read(from_page), **typed)
            assert answer.status_code == status, answer.text[:400]
            return answer

        def _send(self, path, page, **typed):
            token = re.search(r'name="csrf-token" content="([^"]+)"', page)[1]
            return client.post(path, data={"csrf_token": token, **typed})

    return Walk()


def test_from_tariff_to_receipt(session, walk):
    market = builders.make_market(session)
    stall = builders.make_stall(session, market, area_m2=8, number="A12")
    walk.sign_in(builders.make_manager(session, market))
    base = f"/markets/{market.id}/fees"
    assert "Đặt biểu phí trước" in walk.read(base)
    typed = {"kind": "area_month", "rate": "12.000", "valid_from": f"{MONTH}-01"}
    walk.send(f"{base}/tariffs", f"{base}/tariffs", **typed)
    assert "đang dùng" in walk.read(f"{base}/tariffs")
    refused = walk.send(f"{base}/tariffs", f"{base}/tariffs", status=422, **typed)
    assert "Thời gian này đã có biểu phí cùng loại" in refused.text
    account = {"bin": builders.BANK, "account_number": "0011 223 344", "holder_name": "BAN QUAN LY CHO"}
    walk.send(f"{base}/account", f"{base}/account", **account)
    walk.send(f"{base}/issue", base, period=MONTH)
    invoice = session.scalars(select(FeeInvoice).where(FeeInvoice.stall_id == stall.id)).one()
    assert invoice.reference in walk.read(base)
    one = f"/fee-invoices/{invoice.id}"
    page = walk.read(one)
    (qr,) = read_in_page(page)
    assert decode(qr).amount == 96_000
    assert (decode(qr).note or "").startswith(invoice.reference)
    assert "96.000\N{NO-BREAK SPACE}₫" in page
    assert "0011223344" not in page
    walk.send(f"{one}/cash", f"{one}/cash", amount="96.000")
    assert 'data-testid="receipt"' in walk.read(one)
    noted = session.scalars(select(FeePayment)).one()
    undoing = walk.read(f"{one}/cash/{noted.id}/undo")
    assert f'data-testid="at-stake" data-amount="{noted.amount}"' in undoing, "which cash is taken back"
    session.refresh(invoice)
    assert invoice.status is FeeStatus.PAID
    walk.read(f"{base}/arrears")
    walk.read(f"{base}/ticket")


def test_a_stallholder_reads_the_own_fees_and_may_not_change_them(session, walk):
    market = builders.make_market(session)
    stall = builders.make_stall(session, market)
    walk.sign_in(builders.make_stallholder(session, stall))
    assert "Chưa có khoản phí nào" in walk.read(f"/stalls/{stall.id}/fees")
    walk.read(f"/markets/{market.id}/fees", status=403)


def test_administrator_sets_the_provinces_rates_and_a_manager_sees_those_of_the_class(session, walk):
    market = builders.make_market(session)
    stall = builders.make_stall(session, market, area_m2=8)
    walk.sign_in(builders.make_administrator(session))
    own, province = f"/markets/{market.id}/fees/tariffs", "/provinces/15/fee-tariffs"
    assert f'href="{province}"' in walk.read(own)
    typed = {"market_class": "3", "kind": "area_month", "rate": "9.000", "valid_from": f"{MONTH}-01"}
    walk.send(province, province, **typed)
    assert 'data-testid="class-3"' in walk.read(province)
    refused = walk.send(province, province, status=422, **typed | {"rate": "9.500"})
    assert "Thời gian này đã có biểu phí cùng loại" in refused.text
    assert 'value="9.500"' in refused.text, "what was typed is kept"
    walk.read("/provinces/02839/fee-tariffs", status=404)
    walk.sign_in(builders.make_manager(session, market))
    page = walk.read(own)
    assert 'data-testid="province-list"' in page
    assert province not in page
    walk.send(f"/markets/{market.id}/fees/issue", f"/markets/{market.id}/fees", period=MONTH)
    invoice = session.scalars(select(FeeInvoice).where(FeeInvoice.stall_id == stall.id)).one()
    assert "mức của tỉnh, chợ hạng 3" in walk.read(f"/fee-invoices/{invoice.id}")
