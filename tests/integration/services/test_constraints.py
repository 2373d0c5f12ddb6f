"""The database itself refuses nonsense, whoever writes to it: raw SQL, past every form and service."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.clock import now
from models import Base, InboxMessage, Stall
from tests.builders import (
    LAO_CAI,
    make_household,
    make_listing,
    make_market,
    make_payment,
    make_payment_request,
    make_payos_channel,
    make_seller,
    make_stall,
    make_user,
)

TOO_MUCH = 10**13
ROWS = {
    "users": make_user,
    "households": make_household,
    "sellers": make_seller,
    "markets": make_market,
    "stalls": make_stall,
    "listings": make_listing,
}


def refused_by(session: Session, statement: str, values: Mapping[str, Any]) -> str:
    """The name of the constraint that refuses it."""
    with pytest.raises(DBAPIError) as refusal:
        session.execute(text(statement), values)
    session.rollback()
    diagnosis = refusal.value.orig.diag  # type: ignore[union-attr]
    return str(diagnosis.constraint_name or diagnosis.message_primary)


def change(session: Session, table: str, row_id: UUID, **values: Any) -> str:
    changes = ", ".join(f"{column} = :{column}" for column in values)
    return refused_by(
        session, f"UPDATE {table} SET {changes} WHERE id = :row_id", {**values, "row_id": row_id}
    )


@pytest.mark.parametrize(
    ("table", "column", "value", "constraint"),
    [
        ("users", "phone", "0912345678", "ck_users_phone_e164"),
        ("users", "name", "  ", "ck_users_name_not_blank"),
        ("households", "phone", "+8412345", "ck_households_phone_vietnamese"),
        ("households", "phone", "+14155552671", "ck_households_phone_vietnamese"),
        ("households", "commune_code", LAO_CAI, "ck_households_commune_not_province"),
        ("households", "commune_code", "99999", "fk_households_commune_code"),
        ("households", "head_name", "", "ck_households_head_name_not_blank"),
        ("households", "status", "loved", "ck_households_status_known"),
        ("households", "status", "merged", "ck_households_merged_into_one"),
        ("households", "national_id_index", b"short", "ck_households_national_id_indexed"),
        ("households", "national_id_tail", "12a", "ck_households_national_id_tail_digits"),
        ("sellers", "phone", "84912345678", "ck_sellers_phone_vietnamese"),
        ("sellers", "commune_code", LAO_CAI, "ck_sellers_commune_not_province"),
        ("sellers", "commune_code", "00000", "fk_sellers_commune_code"),
        ("sellers", "kind", "giant", "ck_sellers_kind_known"),
        ("markets", "commune_code", LAO_CAI, "ck_markets_commune_not_province"),
        ("markets", "commune_code", "00000", "fk_markets_commune_code"),
        ("markets", "weekdays", [7], "ck_markets_weekdays_known"),
        ("stalls", "number", " ", "ck_stalls_number_not_blank"),
        ("stalls", "number", "a12", "ck_stalls_number_well_formed"),
        ("stalls", "number", "A  12", "ck_stalls_number_well_formed"),
        ("stalls", "number", " A12", "ck_stalls_number_well_formed"),
        ("stalls", "number", "A\t12", "ck_stalls_number_well_formed"),
        ("stalls", "number", "---", "ck_stalls_number_well_formed"),
        ("stalls", "number", "A" * 21, "ck_stalls_number_well_formed"),
        ("markets", "alert_reversals", 0, "ck_markets_alert_reversals_countable"),
        ("markets", "alert_late_reversals", 101, "ck_markets_alert_reversals_countable"),
        ("stalls", "area_m2", 0, "ck_stalls_area_positive"),
        ("stalls", "area_m2", -1, "ck_stalls_area_positive"),
        ("listings", "price", 0, "ck_listings_price_positive"),
        ("listings", "price", TOO_MUCH, "ck_listings_price_positive"),
        ("listings", "stock", -1, "ck_listings_stock_not_negative"),
        ("listings", "sku", "lower case", "ck_listings_sku_well_formed"),
        ("listings", "status", "gone", "ck_listings_status_known"),
        ("listings", "version", 0, "ck_listings_version_positive"),
    ],
)
def test_value_that_cannot_be_is_refused(
    session: Session, table: str, column: str, value: object, constraint: str
) -> None:
    row = ROWS[table](session)
    assert change(session, table, row.id, **{column: value}) == constraint  # type: ignore[attr-defined]


@pytest.mark.parametrize("amount", [0, -1, TOO_MUCH])
@pytest.mark.parametrize("table", ["payment_requests", "payments"])
def test_amount_that_no_transfer_can_have_is_refused(session: Session, table: str, amount: int) -> None:
    request = make_payment_request(session, make_stall(session))
    make_payment(session, request)
    assert change(session, table, _first(session, table), amount=amount) == f"ck_{table}_amount_positive"


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE payment_matches SET amount = 0", "ck_payment_matches_amount_positive"),
        (f"UPDATE payment_matches SET amount = {TOO_MUCH}", "ck_payment_matches_amount_positive"),
        ("INSERT INTO payment_matches SELECT * FROM payment_matches", "pk_payment_matches"),
    ],
)
def test_a_match_is_an_amount_and_stands_once(session: Session, statement: str, constraint: str) -> None:
    make_payment(session, make_payment_request(session, make_stall(session)))
    assert refused_by(session, statement, {}) == constraint


def test_requests_times_and_codes_are_kept_in_bounds(session: Session) -> None:
    request = make_payment_request(session, make_stall(session))
    kept = {"expires_at": request.created_at, "order_code": 2**53, "status": "lost", "amount_paid": -1}
    refusals = {
        "expires_at": "ck_payment_requests_expires_later",
        "order_code": "ck_payment_requests_order_code_in_range",
        "status": "ck_payment_requests_status_known",
        "amount_paid": "ck_payment_requests_amount_paid_not_negative",
    }
    for column, value in kept.items():
        assert change(session, "payment_requests", request.id, **{column: value}) == refusals[column]


def copy(session: Session, table: str, row_id: UUID, **changes: Any) -> str:
    """Store the row once more under another id."""
    columns = [column.name for column in Base.metadata.tables[table].columns if column.identity is None]
    values = {"id": uuid4(), **changes}
    chosen = ", ".join(f":{column}" if column in values else column for column in columns)
    statement = f"INSERT INTO {table} ({', '.join(columns)}) SELECT {chosen} FROM {table} WHERE id = :row_id"
    return refused_by(session, statement, {**values, "row_id": row_id})


def test_what_is_unique_is_stored_once(session: Session) -> None:
    request = make_payment_request(session, make_stall(session))
    payment = make_payment(session, request)
    stall, listing = session.get_one(Stall, request.stall_id), make_listing(session)
    household = make_household(session)
    seller = make_seller(session, household_id=household.id)
    user = make_user(session)
    entry, account = (_first(session, table) for table in ("journal_entries", "journal_accounts"))
    copies: list[tuple[str, UUID, dict[str, str], str]] = [
        ("stalls", stall.id, {"code": "QU-OTHER1", "reference": "S00000000"}, "open_number"),
        ("markets", stall.market_id, {"code": "CH-OTHER1"}, "commune_code_name"),
        ("sellers", seller.id, {"code": "NB-OTHER1"}, "household_id"),
        ("users", user.id, {}, "phone"),
        ("listings", listing.id, {}, "sku"),
        ("payment_requests", request.id, {"reference": "C00000000"}, "order_code"),
        ("payment_requests", request.id, {"order_code": "1"}, "reference"),
        ("payments", payment.id, {}, "channel_id_reference_account_number_order_code"),
        ("journal_entries", entry, {}, "key"),
        ("journal_accounts", account, {}, "market_id_kind_owner_id"),
    ]
    for table, row_id, changes, columns in copies:
        assert copy(session, table, row_id, **changes) == f"uq_{table}_{columns}"


def _first(session: Session, table: str) -> UUID:
    row_id = session.scalar(text(f"SELECT id FROM {table} ORDER BY id LIMIT 1"))
    assert isinstance(row_id, UUID)
    return row_id


def test_same_number_in_another_market_is_another_stall(session: Session) -> None:
    make_stall(session, number="A1")
    make_stall(session, number="A1")


@pytest.mark.parametrize("table", ["journal_entries", "payment_request_changes", "consents"])
def test_what_was_written_down_is_not_written_over(session: Session, table: str) -> None:
    make_household(session)
    make_payment(session, make_payment_request(session, make_stall(session)))
    refusal = f"{table} is append-only"
    assert refused_by(session, f"UPDATE {table} SET id = gen_random_uuid()", {}) == refusal
    assert refused_by(session, f"DELETE FROM {table}", {}) == refusal


def test_entry_moves_money_between_two_accounts(session: Session) -> None:
    make_payment(session, make_payment_request(session, make_stall(session)))
    entry = _first(session, "journal_entries")
    account = _first(session, "journal_accounts")
    same = {"key": "other", "debit_account_id": account, "credit_account_id": account}
    assert copy(session, "journal_entries", entry, **same) == "ck_journal_entries_two_accounts"
    for amount in (0, -5, TOO_MUCH):
        assert copy(session, "journal_entries", entry, key="other", amount=amount) == (
            "ck_journal_entries_amount_positive"
        )


def test_entry_stays_within_its_market(session: Session) -> None:
    make_payment(session, make_payment_request(session, make_stall(session)))
    entry, other = _first(session, "journal_entries"), make_market(session)
    session.commit()
    assert "account_id_market_id" in copy(session, "journal_entries", entry, key="other", market_id=other.id)
    account = copy_account(session, _first(session, "journal_accounts"), other.id)
    for side in ("debit_account_id", "credit_account_id"):
        assert copy(session, "journal_entries", entry, key="other", **{side: account}) == (
            f"fk_journal_entries_{side}_market_id"
        )


def copy_account(session: Session, account: UUID, market_id: UUID) -> UUID:
    """The same account in another market."""
    statement = text(
        "INSERT INTO journal_accounts (id, market_id, kind, owner_id) "
        "SELECT gen_random_uuid(), :market_id, kind, owner_id FROM journal_accounts WHERE id = :id RETURNING id"
    )
    copied: UUID = session.execute(statement, {"id": account, "market_id": market_id}).scalar_one()
    session.commit()
    return copied


def test_account_has_an_owner_unless_it_is_suspense(session: Session) -> None:
    make_payment(session, make_payment_request(session, make_stall(session)))
    account = _first(session, "journal_accounts")
    for changes in ({"kind": "suspense"}, {"owner_id": None}):
        assert (
            copy(session, "journal_accounts", account, **changes) == "ck_journal_accounts_owner_where_needed"
        )


def test_channel_has_one_owner_and_the_credentials_of_its_kind(session: Session) -> None:
    market = make_market(session)
    channel, seller = make_payos_channel(session, market), make_seller(session)
    assert change(session, "collection_channels", channel.id, seller_id=seller.id) == (
        "ck_collection_channels_one_owner"
    )
    assert change(session, "collection_channels", channel.id, market_id=None) == (
        "ck_collection_channels_one_owner"
    )
    assert change(session, "collection_channels", channel.id, credentials=None) == (
        "ck_collection_channels_credentials_where_needed"
    )
    assert change(session, "collection_channels", channel.id, kind="direct", client_index=None) == (
        "ck_collection_channels_credentials_where_needed"
    )
    assert change(session, "collection_channels", channel.id, kind="Cash") == (
        "ck_collection_channels_kind_well_formed"
    )
    assert change(session, "collection_channels", channel.id, notices_by="sepay") == (
        "ck_collection_channels_notices_where_direct"
    )
    direct = make_stall(session).channel_id
    assert change(session, "collection_channels", direct, notices_by="sepay") == (
        "ck_collection_channels_credentials_where_needed"
    )
    assert change(session, "collection_channels", direct, notices_by="Se Pay", credentials=b"x") == (
        "ck_collection_channels_notices_by_well_formed"
    )


def test_channel_says_whose_client_it_is_and_why_its_webhook_is_refused(session: Session) -> None:
    channel, other = (make_payos_channel(session, make_market(session)) for _ in range(2))
    table = "collection_channels"
    assert change(session, table, channel.id, client_index=None) == f"ck_{table}_client_where_collector"
    assert change(session, table, channel.id, client_index=b"x") == f"ck_{table}_client_indexed"
    assert change(session, table, channel.id, client_index=other.client_index) == f"uq_{table}_client_index"
    refused = {"webhook_refused_at": now()}
    rule = f"ck_{table}_webhook_refused_with_reason"
    assert change(session, table, channel.id, **refused) == rule
    confirmed = {"webhook_problem": "x", "webhook_confirmed_at": now()}
    assert change(session, table, channel.id, **refused, **confirmed) == rule


def test_former_keys_are_kept_for_something(session: Session) -> None:
    channel = make_payos_channel(session, make_market(session))
    row = {"id": uuid4(), "channel_id": channel.id, "credentials": b"x", "retired_at": now()}
    insert = (
        "INSERT INTO former_keys (id, channel_id, credentials, retired_at, taken_until, knows_orders) "
        "VALUES (:id, :channel_id, :credentials, :retired_at, :taken_until, false)"
    )
    assert refused_by(session, insert, row | {"taken_until": None}) == "ck_former_keys_kept_for_something"
    past = now() - timedelta(days=1)
    assert refused_by(session, insert, row | {"taken_until": past}) == "ck_former_keys_taken_afterwards"


def test_line_is_told_by_a_statement_or_by_a_notice(session: Session) -> None:
    stall = make_stall(session)
    message = InboxMessage(source="sepay", key="k", channel_id=stall.channel_id, body={})
    session.add(message)
    session.flush()
    statement = (
        "INSERT INTO statement_lines (id, account_id, number, bank_reference, amount, memo, bank_day, outcome,"
        " identity, repeated, inbox_message_id, same_as_id) VALUES (gen_random_uuid(), :account, 1, 'FT1', :amount, '',"
        " '2026-11-25', :outcome, decode(repeat('00', 32), 'hex'), false, :message, :same)"
    )
    good = {
        "account": stall.payout_account_id,
        "amount": 1_000,
        "outcome": "review",
        "message": message.id,
        "same": None,
    }
    session.commit()
    for change_, constraint in (
        ({"message": None}, "ck_statement_lines_one_teller"),
        ({"amount": 0}, "ck_statement_lines_amount_not_zero"),
        ({"same": uuid4()}, "ck_statement_lines_same_is_duplicate"),
        ({"same": uuid4(), "outcome": "duplicate"}, "fk_statement_lines_same_as_id"),
    ):
        assert refused_by(session, statement, good | change_) == constraint
    session.execute(text(statement), good)
    again = good | {"account": uuid4()}
    assert refused_by(session, statement, again) == "uq_statement_lines_inbox_message_id"


def test_message_is_ignored_for_a_known_reason(session: Session) -> None:
    statement = (
        "INSERT INTO inbox_messages (id, source, key, body, ignored)"
        " VALUES (gen_random_uuid(), 'sepay', 'k', '{}', 'because')"
    )
    assert refused_by(session, statement, {}) == "ck_inbox_messages_ignored_known"


def test_role_is_held_where_it_belongs(session: Session) -> None:
    user = make_user(session)
    statement = (
        "INSERT INTO role_grants (id, user_id, role, place_kind, place_key)"
        " VALUES (gen_random_uuid(), :user, 'clerk', 'market', 'x')"
    )
    assert refused_by(session, statement, {"user": user.id}) == "ck_role_grants_place_fits_role"


def test_message_is_kept_once_for_its_source_and_key(session: Session) -> None:
    statement = (
        "INSERT INTO inbox_messages (id, source, key, body) VALUES (gen_random_uuid(), 'payos', 'k', '{}')"
    )
    session.execute(text(statement))
    assert refused_by(session, statement, {}) == "uq_inbox_messages_source_key"
