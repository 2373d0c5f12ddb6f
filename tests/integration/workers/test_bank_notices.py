"""From a posted notice to the settled payment, by the relay and the worker as they run."""

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import DeliveryStatus, InboxMessage, Payment, PaymentStatus
from tests.bank_notices import ACCOUNT, casso, casso_data
from tests.builders import make_payment_request, make_stall, make_told_channel, payout_account
from tests.integration.workers.harness import deliveries, work_off
from workers import relay


def test_notice_travels_to_its_request_and_a_bad_one_holds_up_none(
    session: Session, client: FlaskClient
) -> None:
    stall = make_stall(session, payout_account=payout_account(account_number=ACCOUNT))
    channel = make_told_channel(session, stall, "casso")
    requests = [make_payment_request(session, stall) for _ in range(3)]
    for request in requests:
        signed = casso(casso_data(description=request.reference))
        answer = client.post(f"/webhooks/casso/{channel.id}", data=signed.body, headers=signed.headers)
        assert answer.status_code == 200
    spoilt = session.scalars(select(InboxMessage).order_by(InboxMessage.id)).all()[1]
    spoilt.body = {**spoilt.body, "amount": "50000"}
    session.commit()
    while relay.relay_once():
        pass
    work_off()
    session.expire_all()
    assert [request.status for request in requests] == [
        PaymentStatus.PAID,
        PaymentStatus.AWAITING_PAYMENT,
        PaymentStatus.PAID,
    ]
    assert session.query(Payment).count() == 2
    undone = [one for one in deliveries(session) if one.status is not DeliveryStatus.DONE]
    assert [one.job for one in undone if one.job == "settle_bank_notices"] == ["settle_bank_notices"]
