"""Cash noted by a stallholder: stored once, taken back by a counter-note, balanced in the journal."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from core.clock import business_day, now
from core.errors import Forbidden, InvalidInput, NotFound
from models import AccountKind, AuditEntry, CashNote, JournalAccount, JournalEntry, TaxRule
from services.access import actor_of
from services.cash_notes import note_cash, void_cash_note
from services.queries.cash_notes import cash_of_day, list_cash_notes
from services.queries.journal import journal_balance
from tests import builders

TODAY = business_day(now())


@pytest.fixture
def stall(session: Session):
    return builders.make_stall(session)


@pytest.fixture
def holder(session: Session, stall):
    return actor_of(builders.make_stallholder(session, stall))


def balances(session: Session, stall) -> dict[AccountKind, int]:
    found = journal_balance(session, builders.anybody(session), stall.market_id)
    assert found.total == 0
    return {account.kind: account.balance for account in found.accounts}


def test_note_is_booked_from_the_sellers_cash(session: Session, stall, holder) -> None:
    noted, new = note_cash(session, holder, stall.id, 35_000, note="2 kg mận")
    assert new
    assert (noted.business_day, noted.seller_id, noted.noted_by) == (TODAY, stall.seller_id, holder.user_id)
    assert balances(session, stall) == {AccountKind.CASH: 35_000, AccountKind.SELLER: -35_000}
    owners = session.scalars(select(JournalAccount.owner_id)).all()
    assert set(owners) == {stall.seller_id}


def test_sent_again_it_is_stored_once(session: Session, stall, holder) -> None:
    own_id = uuid4()
    first, _ = note_cash(session, holder, stall.id, 20_000, id=own_id)
    second, new = note_cash(session, holder, stall.id, 20_000, id=own_id)
    assert (second.id, new) == (first.id, False)
    assert session.scalar(select(func.count()).select_from(JournalEntry)) == 1


def test_what_was_noted_offline_belongs_to_its_day(session: Session, stall, holder) -> None:
    noted, _ = note_cash(session, holder, stall.id, 20_000, occurred_at=now() - timedelta(days=3))
    assert noted.business_day == TODAY - timedelta(days=3)
    assert cash_of_day(session, holder, stall.id, TODAY) == 0


@pytest.mark.parametrize("away", [timedelta(hours=1), timedelta(days=-400)])
def test_time_to_come_or_long_gone_is_refused(session: Session, stall, holder, away: timedelta) -> None:
    with pytest.raises(InvalidInput) as refused:
        note_cash(session, holder, stall.id, 20_000, occurred_at=now() + away)
    assert list(refused.value.errors) == ["occurred_at"]


def test_taken_back_it_counts_no_more_and_still_stands_there(session: Session, stall, holder) -> None:
    noted, _ = note_cash(session, holder, stall.id, 20_000)
    note_cash(session, holder, stall.id, 15_000)
    for _ in range(2):
        assert void_cash_note(session, holder, noted.id).voided_at
    assert cash_of_day(session, holder, stall.id, TODAY) == 15_000
    assert balances(session, stall) == {AccountKind.CASH: 15_000, AccountKind.SELLER: -15_000}
    items = list_cash_notes(session, holder, stall.id).items
    assert [(item.amount, item.voided_at is None) for item in items] == [(15_000, True), (20_000, False)]
    assert session.scalar(select(func.count()).select_from(CashNote)) == 3
    actions = session.scalars(select(AuditEntry.action).where(AuditEntry.subject_id == noted.id)).all()
    assert actions == ["cash_note.voided"]


def test_counter_note_is_no_note_of_its_own(session: Session, stall, holder) -> None:
    noted, _ = note_cash(session, holder, stall.id, 20_000)
    void_cash_note(session, holder, noted.id)
    counter = session.scalars(select(CashNote).where(CashNote.voids_id == noted.id)).one()
    with pytest.raises(NotFound):
        void_cash_note(session, holder, counter.id)
    with pytest.raises(NotFound):
        note_cash(session, holder, stall.id, 20_000, id=counter.id)


def test_only_the_holder_notes_the_manager_reads_and_others_know_nothing(session: Session, stall, holder):
    noted, _ = note_cash(session, holder, stall.id, 20_000)
    manager = actor_of(builders.make_manager(session, stall.market))
    stranger = actor_of(builders.make_stallholder(session, builders.make_stall(session)))
    assert len(list_cash_notes(session, manager, stall.id).items) == 1
    with pytest.raises(Forbidden):
        note_cash(session, manager, stall.id, 1_000)
    with pytest.raises(Forbidden):
        void_cash_note(session, manager, noted.id)
    with pytest.raises(NotFound):
        note_cash(session, stranger, stall.id, 1_000)
    with pytest.raises(NotFound):
        void_cash_note(session, stranger, noted.id)
    with pytest.raises(NotFound):
        list_cash_notes(session, stranger, stall.id)


def test_next_holder_of_the_stall_does_not_see_the_former_ones_cash(session: Session, stall, holder) -> None:
    noted, _ = note_cash(session, holder, stall.id, 20_000)
    stall.seller_id = builders.make_seller(session).id
    session.flush()
    assert list_cash_notes(session, holder, stall.id).items == []
    assert cash_of_day(session, holder, stall.id, TODAY) == 0
    with pytest.raises(NotFound):
        void_cash_note(session, holder, noted.id)


@pytest.mark.parametrize("change", [update(CashNote).values(amount=1), delete(CashNote)])
def test_database_refuses_to_change_or_delete_a_note(session: Session, stall, holder, change) -> None:
    note_cash(session, holder, stall.id, 20_000)
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(change)
    session.rollback()


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"amount": 0}, "ck_cash_notes_amount_positive"),
        ({"amount": 10**13}, "ck_cash_notes_amount_positive"),
        ({"note": "  "}, "ck_cash_notes_note_not_blank"),
        ({"voids_id": "itself"}, "ck_cash_notes_voids_another"),
        ({"voids_id": "another"}, "uq_cash_notes_voids_id"),
    ],
)
def test_database_refuses_nonsense_notes(session: Session, stall, holder, values, constraint) -> None:
    noted, _ = note_cash(session, holder, stall.id, 20_000)
    void_cash_note(session, holder, noted.id)
    own_id = uuid4()
    names = {"itself": own_id, "another": noted.id}
    row = {column.key: getattr(noted, column.key) for column in CashNote.__table__.columns}
    changed = {name: names.get(value, value) for name, value in values.items()}
    with pytest.raises(IntegrityError, match=constraint):
        session.execute(insert(CashNote).values({**row, "id": own_id, **changed}))
    session.rollback()


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"unit": "percent"}, "ck_tax_rules_unit_known"),
        ({"number": None}, "ck_tax_rules_number_of_the_others"),
        ({"number": 10_001}, "ck_tax_rules_rate_within_whole"),
        ({"number": -1}, "ck_tax_rules_number_not_negative"),
        ({"name": "S1a"}, "ck_tax_rules_name_of_a_form"),
        ({"source": " "}, "ck_tax_rules_source_not_blank"),
        ({"valid_from": "2026-01-01"}, "pk_tax_rules"),
    ],
)
def test_database_refuses_nonsense_rules(session: Session, values, constraint) -> None:
    good = {
        "code": "vat_goods",
        "valid_from": "2090-01-01",
        "unit": "basis_points",
        "number": 1,
        "source": "law",
    }
    with pytest.raises(IntegrityError, match=constraint):
        session.execute(insert(TaxRule).values({**good, **values}))
    session.rollback()
