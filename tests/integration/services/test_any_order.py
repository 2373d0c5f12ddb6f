"""Notices, polls, expiry and a change of mind over one request, in whatever order they reach us: the end is the
same, because it follows from when the money moved and not from when we heard of it."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Conflict
from gateways.ports import LinkStatus, PaymentLink, Transfer
from models import JournalEntry, OutboxEvent, Payment, PaymentRequest, PaymentRequestChange, PaymentStatus
from models.payment_states import TRANSITIONS
from services import payment_links
from services.matching import ChannelTransfer
from services.payment_requests import cancel_payment_request
from services.payments import settle_transfers
from services.queries.journal import journal_balance
from tests.builders import anybody, make_market, make_payment_request, make_payos_channel, make_stall

ASKED = 50_000


@dataclass(frozen=True)
class Money:
    """`minute` is when it moved; the request expires at minute 30 and may be paid in any of the two hours."""

    amount: int
    minute: int


@dataclass(frozen=True)
class Step:
    """One thing that reaches us: a notice of some of the money, a poll that knows all so far, the end of the
    time, a person's change of mind."""

    kind: str
    told: tuple[int, ...] = ()


@dataclass(frozen=True)
class Story:
    money: tuple[Money, ...]
    steps: tuple[Step, ...]


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Each transfer is told of at least once."""
    part = st.sampled_from([ASKED, ASKED // 2, 20_000, 30_000, ASKED + 10_000])
    money = draw(st.lists(st.builds(Money, part, st.integers(1, 120)), min_size=1, max_size=4))
    told = st.lists(st.integers(0, len(money) - 1), min_size=1, max_size=5).map(tuple)
    notice = st.builds(Step, st.just("notice"), told)
    poll = st.builds(Step, st.just("poll"), told)
    other = st.sampled_from([Step("expire"), Step("cancel"), Step("open")])
    steps = draw(st.lists(st.one_of(notice, notice, poll, other), max_size=8))
    told_all = [Step("notice", (number,)) for number in range(len(money))]
    return Story(tuple(money), tuple(draw(st.permutations([*steps, *told_all]))))


@dataclass(frozen=True)
class End:
    status: PaymentStatus
    amount_paid: int
    balances: frozenset[tuple[str, int]]


@pytest.fixture
def world(session: Session) -> tuple[Session, PaymentRequest]:
    """A request two hours old; what a story does to it is rolled back."""
    market = make_market(session)
    channel = make_payos_channel(session, market)
    request = make_payment_request(session, make_stall(session, market, channel_id=channel.id), amount=ASKED)
    made = now() - timedelta(hours=2)
    times = {"created_at": made, "expires_at": made + timedelta(minutes=30)}
    session.execute(update(PaymentRequest).where(PaymentRequest.id == request.id).values(times))
    session.commit()
    session.expire_all()
    return session, request


def live_through(
    session: Session, request: PaymentRequest, money: tuple[Money, ...], steps: tuple[Step, ...]
) -> bool:
    """Whether a change of mind was taken."""
    transfers = [
        Transfer(request.order_code, "V3CAS1", f"FT{number}", each.amount, _moment(request, each), "")
        for number, each in enumerate(money)
    ]
    taken_back = False
    for step in steps:
        told = [transfers[number] for number in step.told]
        if step.kind == "notice":
            settle_transfers(session, [ChannelTransfer(request.channel_id, t) for t in told], cause="notice")
        elif step.kind == "cancel":
            taken_back |= _cancel(session, request)
        elif step.kind == "open":
            payment_links.record_opened(session, request.id, _link(request, LinkStatus.OPEN, qr_payload="QR"))
        else:
            status = LinkStatus.EXPIRED if step.kind == "expire" else LinkStatus.OPEN
            link = _link(request, status, transfers=tuple(told))
            payment_links.record_polled(session, request.id, link)
        session.flush()
        session.expire_all()
    return taken_back


def _moment(request: PaymentRequest, money: Money) -> datetime:
    return request.created_at + timedelta(minutes=money.minute)


def _link(request: PaymentRequest, status: LinkStatus, **more: object) -> PaymentLink:
    return PaymentLink(request.order_code, "link", ASKED, 0, status, **more)  # type: ignore[arg-type]


def _cancel(session: Session, request: PaymentRequest) -> bool:
    try:
        return bool(cancel_payment_request(session, anybody(session), request.id))
    except Conflict:
        return False


def end(session: Session, request: PaymentRequest) -> End:
    session.refresh(request)
    balance = journal_balance(session, anybody(session), request.market_id)
    assert balance.total == 0
    sums: Counter[str] = Counter()
    for account in balance.accounts:
        sums[account.kind] += account.balance
    return End(request.status, request.amount_paid, frozenset((k, v) for k, v in sums.items() if v))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stories())
def test_end_does_not_depend_on_the_order_in_which_we_hear_of_it(
    world: tuple[Session, PaymentRequest], story: Story
) -> None:
    session, request = world
    taken_back = live_through(session, request, story.money, story.steps)
    _check_the_books(session, story.money)
    found = end(session, request)
    session.rollback()

    in_order = sorted(range(len(story.money)), key=lambda number: story.money[number].minute)
    plainly = [Step("cancel")] if taken_back else []
    live_through(session, request, story.money, (*plainly, *(Step("notice", (n,)) for n in in_order)))
    expected = end(session, request)
    session.rollback()
    assert found == expected


def _check_the_books(session: Session, money: tuple[Money, ...]) -> None:
    """Each transfer once: as a payment, in the journal, among the events; each step as the table allows."""
    total = sum(each.amount for each in money)
    assert sum(session.scalars(select(Payment.amount))) == total
    assert sum(session.scalars(select(JournalEntry.amount))) == total
    settled = session.scalars(
        select(OutboxEvent.payload).where(OutboxEvent.type == "payment.settled.v1")
    ).all()
    assert sum(event["amount"] for event in settled) == total
    steps = session.scalars(select(PaymentRequestChange).order_by(PaymentRequestChange.id)).all()
    assert [step for step in steps if step.to_status not in TRANSITIONS[step.from_status]] == []
    assert session.scalar(text("SELECT count(*) FROM payments")) == len(money)
