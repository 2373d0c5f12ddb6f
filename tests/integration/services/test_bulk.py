"""Rows that travel as one JSON value are the rows that were given."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.clock import now
from core.ids import new_id
from models import OutboxEvent, PaymentMatch
from models.bulk import among, insert_rows

ODD = 'Giàng «A» \\ "Pao" \t 🍑 \u2028 {"}'


def test_every_kind_of_value_arrives_as_it_was(session: Session) -> None:
    moment = now() - timedelta(microseconds=1)
    row = {
        "type": ODD,
        "payload": {"text": ODD, "number": 2**53, "nothing": None},
        "market_id": new_id(),
        "stall_id": None,
        "relayed_at": moment,
    }
    session.execute(insert_rows(OutboxEvent, [row]))
    stored = session.scalars(select(OutboxEvent)).one()
    assert {name: getattr(stored, name) for name in row} == row


def test_rows_are_numbered_in_the_order_in_which_they_are_given(session: Session) -> None:
    session.execute(insert_rows(OutboxEvent, [{"type": f"{n}", "payload": {}} for n in range(2_000)]))
    types = session.scalars(select(OutboxEvent.type).order_by(OutboxEvent.id))
    assert list(types) == [f"{n}" for n in range(2_000)]


def test_database_refuses_nonsense_this_way_too(session: Session) -> None:
    row = {"payment_id": new_id(), "payment_request_id": new_id(), "amount": 0}
    with pytest.raises(IntegrityError, match="amount_positive"):
        session.execute(insert_rows(PaymentMatch, [row]))


def test_none_is_among_no_values(session: Session) -> None:
    session.execute(insert_rows(OutboxEvent, [{"type": "a", "payload": {}}]))
    assert session.scalars(select(OutboxEvent.id).where(among(OutboxEvent.id, []))).all() == []
