"""Who notes a stall's virtual account, what is refused, and what the database itself refuses."""

from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.errors import Conflict, Forbidden, InvalidInput, NotFound
from models import AuditEntry, Market, Role, Stall
from models import VirtualAccount as Virtual
from services.access import actor_of
from services.open_stalls import StallNotOpen
from services.stall_closing import close_stall
from services.virtual_accounts import end_virtual_account, note_virtual_account
from tests import builders
from tests.bank_notices import ACCOUNT
from tests.builders import anybody, make_stall, payout_account
from tests.integration.services.told import make_virtual_account, tell

NUMBER = "VA00112233"


@pytest.fixture
def stall(session: Session, market: Market) -> Stall:
    return make_stall(session, market, payout_account=payout_account(account_number=ACCOUNT))


@pytest.fixture
def neighbour(session: Session, market: Market, stall: Stall) -> Stall:
    """The same seller's, paid into the same account."""
    return make_stall(session, market, stall.seller, payout_account=payout_account(account_number=ACCOUNT))


@pytest.fixture
def virtual(session: Session, stall: Stall) -> Virtual:
    return make_virtual_account(session, stall, NUMBER)


def note(session: Session, stall: Stall, number: str = NUMBER) -> Virtual:
    return note_virtual_account(session, anybody(session), stall.channel_id, stall_id=stall.id, number=number)


def test_noted_again_nothing_changes_and_another_number_takes_its_place(
    session: Session, stall: Stall, virtual: Virtual
) -> None:
    assert note(session, stall, NUMBER.lower()).id == virtual.id
    other = note(session, stall, "VA2")
    session.commit()
    assert virtual.ended_at is not None
    assert (other.ended_at, stall.virtual_account) == (None, other)
    end_virtual_account(session, anybody(session), stall.channel_id, stall.id)
    end_virtual_account(session, anybody(session), stall.channel_id, stall.id)
    session.commit()
    assert stall.virtual_account is None
    entries = session.scalars(select(AuditEntry).where(AuditEntry.subject_id == stall.id)).all()
    assert [entry.action for entry in entries if entry.action.startswith("virtual")] == [
        "virtual_account.noted",
        "virtual_account.noted",
        "virtual_account.ended",
    ]
    assert not [entry for entry in entries if "VA" in str(entry.facts)]


@pytest.mark.parametrize("number", [ACCOUNT, "", "VA-1", "VÀ1", "V" * 20])
def test_number_that_cannot_be_is_refused(session: Session, stall: Stall, number: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        note(session, stall, number)
    assert list(refusal.value.errors) == ["number"]


def test_number_is_one_stalls_and_the_stall_the_sellers_and_open(
    session: Session, market: Market, stall: Stall, neighbour: Stall, virtual: Virtual
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        note(session, neighbour)
    assert list(refusal.value.errors) == ["number"]
    session.rollback()
    for stranger in (make_stall(session, market).id, uuid4()):
        with pytest.raises(NotFound):
            note_virtual_account(session, anybody(session), stall.channel_id, stall_id=stranger, number="VA3")
        with pytest.raises(NotFound):
            end_virtual_account(session, anybody(session), stall.channel_id, stranger)
    close_stall(session, anybody(session), neighbour.id)
    with pytest.raises(StallNotOpen):
        note(session, neighbour, "VA3")


def test_only_who_looks_after_the_account_notes_numbers(
    session: Session, market: Market, stall: Stall
) -> None:
    make_stall(session, seller=stall.seller)
    manager = actor_of(builders.make_manager(session, market))
    stranger = actor_of(builders.make_user(session, Role.MANAGER, str(builders.make_market(session).id)))
    holder = actor_of(builders.make_stallholder(session, stall))
    with pytest.raises(Forbidden):
        note_virtual_account(session, manager, stall.channel_id, stall_id=stall.id, number=NUMBER)
    with pytest.raises(NotFound):
        note_virtual_account(session, stranger, stall.channel_id, stall_id=stall.id, number=NUMBER)
    assert note_virtual_account(session, holder, stall.channel_id, stall_id=stall.id, number=NUMBER)
    payos = builders.make_payos_channel(session, market)
    with pytest.raises(Conflict):
        note_virtual_account(session, anybody(session), payos.id, stall_id=stall.id, number=NUMBER)


COPY = """
    INSERT INTO virtual_accounts (id, channel_id, stall_id, number, ended_at)
    SELECT gen_random_uuid(), channel_id, {stall}, {number}, {ended} FROM virtual_accounts
"""
GOOD = {"stall": "CAST(:neighbour AS uuid)", "number": "'VA2'", "ended": "NULL"}


def refused(session: Session, statement: str, **values: object) -> str:
    with pytest.raises(IntegrityError) as refusal:
        session.execute(text(statement), values)
    session.rollback()
    return str(refusal.value.orig.diag.constraint_name)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"number": "'va2'"}, "ck_virtual_accounts_number_well_formed"),
        ({"number": "''"}, "ck_virtual_accounts_number_well_formed"),
        ({"number": "repeat('1', 20)"}, "ck_virtual_accounts_number_well_formed"),
        ({"number": "number"}, "uq_virtual_accounts_number"),
        ({"stall": "stall_id"}, "uq_virtual_accounts_stall"),
        ({"stall": "gen_random_uuid()"}, "fk_virtual_accounts_stall_id"),
        ({"ended": "created_at - interval '1 s'"}, "ck_virtual_accounts_ended_after_noted"),
    ],
)
def test_row_that_cannot_be_is_refused(
    session: Session, neighbour: Stall, virtual: Virtual, wrong: dict[str, str], constraint: str
) -> None:
    facts = {"neighbour": neighbour.id}
    assert refused(session, COPY.format(**GOOD | wrong), **facts) == constraint
    session.execute(text(COPY.format(**GOOD)), facts)
    session.execute(text("UPDATE virtual_accounts SET ended_at = now()"))
    session.execute(text(COPY.format(**GOOD | {"number": "number"}) + " LIMIT 1"), facts)


def test_only_a_noticed_credit_came_to_one(session: Session, stall: Stall, virtual: Virtual) -> None:
    tell(session, stall, "mua rau")
    tell(session, stall, "rut tien", -50_000)
    change = f"UPDATE statement_lines SET virtual_account_id = '{virtual.id}'"
    constraint = "ck_statement_lines_virtual_account_of_noticed_credit"
    assert refused(session, f"{change} WHERE amount < 0") == constraint
    session.execute(text(f"{change} WHERE amount > 0"))
    assert refused(session, "DELETE FROM virtual_accounts") == "fk_statement_lines_virtual_account_id"
