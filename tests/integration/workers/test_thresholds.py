"""The clock adds up what sellers took, and those who come near a threshold are written to once."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import ReminderStatus, Seller, Stall, ThresholdNotice
from services import cash_notes
from tests import builders
from tests.contract.sms.harness import SmsSandbox
from tests.integration.workers.harness import carry, pass_time
from workers.jobs.maintenance import seal_journal, watch_thresholds

NOON = datetime(2026, 11, 30, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock(set_clock: Callable[[datetime], None]) -> None:
    set_clock(NOON)


def strike() -> None:
    seal_journal()
    watch_thresholds()
    carry()


def test_who_comes_near_is_written_to_once_also_where_the_gateway_fails(
    session: Session, sms: SmsSandbox, stall: Stall
) -> None:
    cash_notes.note_cash(session, builders.anybody(session), stall.id, 450_000_000)
    session.commit()
    sms.fault("http_500")
    strike()
    pass_time(session, 3_600)
    for _ in range(2):
        strike()
    (message,) = sms.messages()
    assert message["phone"] == session.get_one(Seller, stall.seller_id).phone
    assert "500.000.000d" in message["text"]
    session.expire_all()
    notice = session.scalars(select(ThresholdNotice)).one()
    assert (notice.status, notice.problem) == (ReminderStatus.SENT, None)
    assert notice.message_id
