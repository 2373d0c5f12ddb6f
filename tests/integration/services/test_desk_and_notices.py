"""The desk and the notices reach for the same request at the same moment: nobody waits for ever, no đồng is lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import BusinessError
from gateways.ports import Transfer
from models import PaymentMatch, PaymentRequest, PaymentStatus, ResolutionAction
from services import resolutions
from services.matching import ChannelTransfer
from services.payments import settle_transfers
from services.resolution_plans import Wish
from tests.builders import make_market, make_orphan, make_payment_request, make_payos_channel, make_stall
from tests.integration.services.desk import balances, exception_of, manager_of

_numbers = count(1)


@pytest.mark.parametrize("round_", range(3))
def test_they_take_turns(session: Session, engine: Engine, round_: int) -> None:
    market = make_market(session)
    channel = make_payos_channel(session, market)
    stall = make_stall(session, market, channel_id=channel.id)
    request = make_payment_request(session, stall)
    exceptions = [exception_of(session, make_orphan(session, channel, 20_000)).id for _ in range(4)]
    manager = manager_of(session, market)
    request_id, channel_id, order_code = request.id, channel.id, request.order_code
    session.rollback()

    def notice(own: Session) -> None:
        reference = f"FTX{round_}{next(_numbers):06}"
        transfer = Transfer(order_code, "V3CAS0001", reference, 10_000, now(), "CHUYEN TIEN")
        settle_transfers(own, [ChannelTransfer(channel_id, transfer)], cause="notice")

    def desk(own: Session) -> None:
        wish = Wish(ResolutionAction.MATCH, request_id)
        resolutions.resolve(own, manager, exceptions.pop(), wish, "Khách gọi")

    def run(work: Callable[[Session], None]) -> str:
        with Session(engine) as own:
            try:
                work(own)
                own.commit()
            except BusinessError as refusal:
                return type(refusal).__name__
            return "done"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(run, [notice, desk] * 4))
    assert set(outcomes) <= {"done", "InvalidInput"}
    assert outcomes[::2] == ["done"] * 4
    sums = balances(session, market)
    assert (sums["channel"], sums["seller"]) == (120_000, -50_000)
    paid = session.get_one(PaymentRequest, request_id)
    assert paid.amount_paid >= 50_000
    assert paid.status in {PaymentStatus.PAID, PaymentStatus.OVERPAID}
    tied = session.scalar(select(func.sum(PaymentMatch.amount)))
    assert tied == 50_000
