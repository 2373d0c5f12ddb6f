"""A manager has a provider tell of an account's money."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import business_day, now
from models import AuditEntry, CollectionChannel, InboxMessage, Market, Role, Stall
from services import fee_tariffs
from services.bank_notices import settle_bank_notices
from tests import builders
from tests.bank_notices import SECRET, sepay, sepay_data
from tests.integration.pages.conftest import Enter

GOOD = {"provider": "sepay", "secret": SECRET, "keep_old_days": "14"}


@pytest.fixture
def market(session: Session) -> Market:
    return builders.make_market(session)


@pytest.fixture
def stall(session: Session, market: Market) -> Stall:
    return builders.make_stall(
        session, market, payout_account=builders.payout_account(account_number="190055")
    )


def test_from_the_market_to_the_first_money_told(
    session: Session, enter: Enter, market: Market, stall: Stall
) -> None:
    manager = enter(builders.make_manager(session, market))
    assert manager.get(f"/markets/{market.id}").has("channels")
    assert stall.seller.name in manager.get(f"/markets/{market.id}/channels").text("accounts")
    path = f"/channels/{stall.channel_id}/notices"
    page = manager.get(path)
    assert "sao kê" in page.text("notice-state")
    address = page.all("address-sepay")[0].get("value", "")
    assert address.endswith(f"/webhooks/sepay/{stall.channel_id}")
    page = manager.follow(manager.post(path, GOOD))
    assert page.status == 200
    assert SECRET not in page.html
    assert "chưa báo" in page.text("notice-state")
    signed = sepay(sepay_data(accountNumber="190055", content=f"{stall.reference} rau"))
    other = sepay(sepay_data(accountNumber="190066"))
    for notice in (signed, other):
        where = address.partition("/webhooks/")[2]
        answer = manager.client.post(f"/webhooks/{where}", data=notice.body, headers=notice.headers)
        assert answer.status_code == 200
    settle_bank_notices(session, session.scalars(select(InboxMessage.id)).all())
    session.commit()
    page = manager.get(path)
    assert "đang báo" in page.text("notice-state")
    assert page.text("other-accounts").startswith("1 thông báo")
    assert "50.000 ₫" in manager.get(f"/stalls/{stall.id}").words
    day = business_day(now())
    assert "50.000 ₫" in manager.get(f"/markets/{market.id}/report?first={day}&last={day}").words


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("provider", ""),
        ("provider", "momo"),
        ("secret", ""),
        ("secret", "short"),
        ("secret", "không dấu thì mới được"),
        ("secret", "two words and some more"),
        ("secret", "x" * 201),
        ("keep_old_days", "x"),
        ("keep_old_days", "91"),
    ],
)
def test_wrong_fields_are_told_beside_them_and_what_was_typed_is_kept(
    session: Session, enter: Enter, market: Market, stall: Stall, field: str, value: str
) -> None:
    manager = enter(builders.make_manager(session, market))
    page = manager.post(f"/channels/{stall.channel_id}/notices", GOOD | {field: value})
    assert page.status == 422
    assert page.error(field)
    if field != "provider":
        assert page.typed("provider") == "sepay"
    assert SECRET not in page.html
    session.expire_all()
    assert session.get_one(CollectionChannel, stall.channel_id).notices_by is None


def test_secret_is_changed_and_notices_are_stopped(
    session: Session, enter: Enter, market: Market, stall: Stall
) -> None:
    manager = enter(builders.make_manager(session, market))
    path = f"/channels/{stall.channel_id}/notices"
    manager.post(path, GOOD)
    page = manager.follow(manager.post(path, GOOD | {"secret": "the-newest-secret"}))
    assert page.has("old-keys")
    session.expire_all()
    channel = session.get_one(CollectionChannel, stall.channel_id)
    assert channel.credentials == '{"checksum_keys": ["the-newest-secret"]}'
    assert [keys.credentials for keys in channel.former_keys] == [f'{{"checksum_keys": ["{SECRET}"]}}']
    page = manager.follow(manager.post(f"{path}/stop"))
    assert "sao kê" in page.text("notice-state")
    session.expire_all()
    assert (channel.notices_by, channel.credentials, channel.former_keys) == (None, None, [])
    entries = session.scalars(select(AuditEntry).where(AuditEntry.subject_id == channel.id)).all()
    assert sorted(entry.action for entry in entries) == [
        "channel_notices.chosen",
        "channel_notices.chosen",
        "channel_notices.stopped",
    ]
    assert not [entry for entry in entries if SECRET in str(entry.facts)]


def test_weaker_proof_is_chosen_and_its_weakness_told(
    session: Session, enter: Enter, market: Market, stall: Stall
) -> None:
    manager = enter(builders.make_manager(session, market))
    path = f"/channels/{stall.channel_id}/notices"
    assert not manager.follow(manager.post(path, GOOD)).has("plain-key")
    page = manager.follow(manager.post(path, GOOD | {"plain_key": "yes"}))
    assert "tự tạo được thông báo" in page.text("plain-key")
    assert page.typed("plain_key") == "yes"
    refused = manager.post(path, GOOD | {"provider": "casso", "plain_key": "yes"})
    assert (refused.status, bool(refused.error("plain_key"))) == (422, True)


def test_seller_paid_through_the_markets_channel_gets_one_for_the_static_qr(
    session: Session, enter: Enter, market: Market
) -> None:
    channel = builders.make_payos_channel(session, market)
    stall = builders.make_stall(session, market, channel_id=channel.id)
    elsewhere = builders.make_stall(session)
    manager = enter(builders.make_manager(session, market))
    assert manager.get(f"/markets/{market.id}/channels").has("open-channel")
    path = f"/markets/{market.id}/channels/open"
    page = manager.follow(manager.post(path, {"seller_id": str(stall.seller_id)}))
    assert stall.seller.name in page.words
    assert manager.post(path, {"seller_id": str(elsewhere.seller_id)}).status == 404
    assert manager.post(path, {"seller_id": "x"}).status == 404
    assert not manager.get(f"/markets/{market.id}/channels").has("open-channel")


def test_fee_account_has_its_own_line(session: Session, enter: Enter, market: Market) -> None:
    manager = enter(builders.make_manager(session, market))
    path = f"/markets/{market.id}/channels"
    assert not manager.get(path).has("fee-channel")
    account = {"bin": builders.BANK, "account_number": "190099", "holder_name": "BAN QUAN LY CHO"}
    fee_tariffs.set_fee_account(session, builders.anybody(session), market.id, account)
    session.commit()
    (line,) = manager.get(path).all("fee-channel")
    assert manager.get(line.get("href", "")).status == 200


def test_market_manager_elsewhere_changes_nothing(session: Session, enter: Enter, stall: Stall) -> None:
    other = enter(builders.make_manager(session, builders.make_market(session)))
    assert other.post(f"/channels/{stall.channel_id}/notices", GOOD).status == 404
    assert other.post(f"/channels/{stall.channel_id}/notices/stop").status == 404


def test_payos_channel_has_no_such_page(session: Session, enter: Enter, market: Market) -> None:
    channel = builders.make_payos_channel(session, market)
    assert enter(builders.make_manager(session, market)).get(f"/channels/{channel.id}/notices").status == 404


@pytest.fixture
def elsewhere(session: Session, stall: Stall) -> Stall:
    """The same seller's, in another market."""
    return builders.make_stall(session, seller=stall.seller)


def test_manager_of_one_of_the_sellers_markets_sees_but_sets_nothing(
    session: Session, enter: Enter, market: Market, stall: Stall, elsewhere: Stall
) -> None:
    """Who has the secret may tell of money at the other market, too."""
    path = f"/channels/{stall.channel_id}/notices"
    for where in (market, elsewhere.market):
        manager = enter(builders.make_manager(session, where))
        page = manager.get(path)
        assert "chợ khác" in page.text("not-yours")
        assert not page.all("address-sepay")
        assert manager.post(path, GOOD, page=f"/markets/{where.id}").status == 403
    session.expire_all()
    assert session.get_one(CollectionChannel, stall.channel_id).notices_by is None


def test_manager_of_all_the_sellers_markets_sets_it(
    session: Session, enter: Enter, market: Market, stall: Stall, elsewhere: Stall
) -> None:
    user = builders.make_manager(session, market)
    builders.grant(session, user, Role.MANAGER, str(elsewhere.market_id))
    manager = enter(user)
    path = f"/channels/{stall.channel_id}/notices"
    assert manager.follow(manager.post(path, GOOD)).status == 200


def test_seller_and_the_clerk_who_serves_it_set_it_wherever_its_stalls_are(
    session: Session, enter: Enter, stall: Stall, elsewhere: Stall
) -> None:
    path = f"/channels/{stall.channel_id}/notices"
    for number, user in enumerate(
        (
            builders.make_stallholder(session, stall),
            builders.make_seller_account(session, stall.seller),
            builders.make_clerk(session, stall.seller.commune_code),
        )
    ):
        person = enter(user)
        page = person.follow(person.post(path, GOOD | {"secret": f"an-invented-secret-{number}"}))
        assert (page.status, page.has("not-yours")) == (200, False)
    assert enter(builders.make_stallholder(session, stall)).get(f"/stalls/{stall.id}").has("notices")
    clerk = enter(builders.make_clerk(session, stall.seller.commune_code))
    assert clerk.get(f"/sellers/{stall.seller_id}").has("notices")
    for stranger in (
        builders.make_stallholder(session, builders.make_stall(session)),
        builders.make_clerk(session, builders.SA_PA),
    ):
        assert enter(stranger).get(path).status in {403, 404}


def test_fee_accounts_replacement_is_told_where_it_is_set(
    session: Session, enter: Enter, market: Market
) -> None:
    path = f"/markets/{market.id}/fees/account"
    first = {"bin": builders.BANK, "account_number": "19008811", "holder_name": "BAN QUAN LY CHO"}
    user = builders.make_manager(session, market)
    manager = enter(user)
    assert not manager.get(path).has("account-changes")
    manager.post(path, first)
    manager.post(path, first)
    manager.post(path, first | {"account_number": "19009922"})
    words = manager.get(path).text("account-changes")
    assert "•••••811 → " in words
    assert "•••••922" in words
    assert user.name in words
    assert "190088" not in words
    entries = session.scalars(select(AuditEntry).where(AuditEntry.subject_id == market.id)).all()
    assert [entry.facts["changed"] for entry in entries] == [
        "account_number,bin,holder_name",
        "account_number",
    ]
    assert "19008811" not in str([entry.facts for entry in entries])
