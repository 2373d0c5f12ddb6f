"""Whoever looks after an account says which of its numbers is which stall's."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.vietqr import decode
from models import Market, Payment, ReconciliationException, Stall
from services.stall_cards import get_card
from tests import builders
from tests.bank_notices import ACCOUNT
from tests.integration.pages.conftest import Enter
from tests.integration.services.told import make_virtual_account, tell

NUMBER = "VA00112233"


@pytest.fixture
def market(session: Session) -> Market:
    return builders.make_market(session)


@pytest.fixture
def stall(session: Session, market: Market) -> Stall:
    return builders.make_stall(
        session, market, payout_account=builders.payout_account(account_number=ACCOUNT)
    )


@pytest.fixture
def path(stall: Stall) -> str:
    return f"/channels/{stall.channel_id}/virtual-accounts"


def test_number_is_noted_money_comes_to_it_and_it_is_ended(
    session: Session, enter: Enter, market: Market, stall: Stall, path: str
) -> None:
    manager = enter(builders.make_manager(session, market))
    assert manager.get(f"/channels/{stall.channel_id}/notices").has("virtual-accounts")
    page = manager.get(path)
    assert (page.has("empty"), page.typed("stall_id")) == (True, str(stall.id))
    page = manager.follow(manager.post(path, {"stall_id": str(stall.id), "number": "va 0011 2233"}))
    assert NUMBER in page.text("standing")
    tell(session, stall, "mua rau", virtual=NUMBER)
    assert "1 lần tiền đến" in manager.get(path).text("standing")
    assert "50.000 ₫" in manager.get(f"/stalls/{stall.id}").words
    card = get_card(session, builders.anybody(session), stall.id)
    assert (decode(card.qr_payload).account_number, card.account_masked) == (NUMBER, "•••••••233")
    page = manager.follow(manager.post(f"{path}/{stall.id}/end"))
    assert (page.has("standing"), NUMBER in page.text("over")) == (False, True)
    session.expire_all()
    assert session.scalars(select(Payment.stall_id)).all() == [stall.id]


@pytest.mark.parametrize(
    ("number", "says"),
    [
        ("", "Cần điền"),
        ("số ảo", "chữ cái không dấu"),
        ("V" * 20, "19 chữ cái"),
        (ACCOUNT, "tài khoản chính"),
        ("VA9", "quầy khác"),
    ],
)
def test_wrong_number_is_told_beside_it_and_what_was_typed_is_kept(
    session: Session, enter: Enter, market: Market, stall: Stall, path: str, number: str, says: str
) -> None:
    other = builders.make_stall(session, market, stall.seller)
    make_virtual_account(session, other, "VA9")
    manager = enter(builders.make_manager(session, market))
    page = manager.post(path, {"stall_id": str(stall.id), "number": number})
    assert page.status == 422
    assert says in (page.error("number") or "")
    assert (page.typed("number"), page.typed("stall_id")) == (number, str(stall.id))
    assert manager.post(path, {"number": "VA1"}).error("stall_id")


def test_manager_of_one_of_the_sellers_markets_sees_it_masked_and_sets_nothing(
    session: Session, enter: Enter, market: Market, stall: Stall, path: str
) -> None:
    builders.make_stall(session, seller=stall.seller)
    make_virtual_account(session, stall, NUMBER)
    manager = enter(builders.make_manager(session, market))
    page = manager.get(path)
    assert (page.has("not-yours"), page.has("end"), NUMBER in page.html) == (True, False, False)
    sent = {"stall_id": str(stall.id), "number": "VA1"}
    assert manager.post(path, sent, page=f"/markets/{market.id}").status == 403
    holder = enter(builders.make_stallholder(session, stall))
    assert NUMBER in holder.get(path).text("standing")


def test_market_and_payos_channels_have_no_such_page(session: Session, enter: Enter, market: Market) -> None:
    manager = enter(builders.make_manager(session, market))
    payos = builders.make_payos_channel(session, market)
    assert manager.get(f"/channels/{payos.id}/virtual-accounts").status == 404


def test_desk_says_to_whose_number_contradicting_money_came(
    session: Session, enter: Enter, market: Market, stall: Stall
) -> None:
    other = builders.make_stall(session, market, stall.seller)
    make_virtual_account(session, stall, NUMBER)
    tell(session, stall, other.reference, virtual=NUMBER)
    tell(session, stall, "mua rau")
    manager = enter(builders.make_manager(session, market))
    cases = session.scalars(select(ReconciliationException).order_by(ReconciliationException.id)).all()
    pages = [manager.get(f"/exceptions/{case.id}") for case in cases]
    assert [page.has("paid-into") for page in pages] == [True, False]
    assert stall.number in pages[0].text("paid-into")
