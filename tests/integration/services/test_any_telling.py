"""Notices, polls, banks' notices, statements, expiry and changes of mind over several requests, in any order and in
any batches: the requests and the journal end the same.

Compared are a shuffled day and a plain one, on two markets alike: first the changes of mind that the shuffled day
took, then every notice by itself as the money moved, then the polls, the banks' notices and one statement an account.
Every step of a request's life is one that its table has.

What the end follows from besides the money itself, and why it must:

- Whether a change of mind was taken. It is refused once money was heard of, since the stall's screen says so; so that
  is a fact of the day, and the plain day begins with it. When the money moved never depends on when it was heard of.
- Who tells of a transfer. A channel's word on which request money is for is taken as it is, a line settles what it
  names to the đồng and nothing else. A channel tells of all money for its requests sooner or later, so in a day each
  such transfer is told by a notice or a poll, and perhaps by a statement too; a direct account's by statements, and
  perhaps at once by SePay or Casso, who alone say whether it came to the stall's virtual account. A statement leaves
  nothing out, so what these told of is always in one.
- Whether a line tells the time of day. One that does not makes nobody late (`paid` stands for `paid_late` there).
- Whether anything says that a line of a seller's own account and the channel tell of one transfer: the bank's
  reference or the minute. Else they are two payments, and since only the channel's money for its requests counts
  there without a line's exact sum, such requests are told by whole sums, and by `paid` where they are overpaid. Where
  they are one, it is booked to the account of whoever told first: the two are counted together. Of an own account
  SePay and Casso tell here by the bank's reference: a third teller in words of its own may be paired with the wrong one
  of two like transfers.
"""

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.clock import VIETNAM, now
from core.errors import Conflict
from gateways.ports import LinkStatus, PaymentLink, Transfer
from models import (
    ExceptionKind,
    ExceptionStatus,
    JournalAccount,
    Payment,
    PaymentRequest,
    PaymentRequestChange,
    PaymentStatus,
    ReconciliationException,
    Stall,
)
from models.payment_states import HAS_MONEY, TRANSITIONS
from services import payment_links
from services.bank_notices import settle_bank_notices
from services.holdings import in_suspense
from services.markets import direct_channel
from services.matching import ChannelTransfer
from services.payment_requests import cancel_payment_request
from services.payments import settle_transfers
from services.queries.journal import journal_balance
from tests.bank_notices import ACCOUNT
from tests.builders import (
    anybody,
    make_market,
    make_payment_request,
    make_payos_channel,
    make_stall,
    payout_account,
)
from tests.integration.services.statement_files import import_rows, row, timed
from tests.integration.services.told import make_virtual_account, message
from tests.integration.services.told_days import ASKED, DIRECT, OWN_ACCOUNT, Day, Money, Step, days, plain

VIRTUAL = "VA00112233"
EXAMPLES = int(os.environ.get("ANY_TELLING_EXAMPLES", "25"))
"""A long run: ANY_TELLING_EXAMPLES=2000."""


class World:
    """A market with two stalls on a channel and one that is paid directly, a request at each."""

    def __init__(self, session: Session, day: Day) -> None:
        self.session, self.money, self.same_reference = session, day.money, day.same_reference
        self.market = make_market(session)
        self.channel = make_payos_channel(session, self.market)
        facts: list[dict[str, object]] = [
            {"channel_id": self.channel.id},
            {"channel_id": self.channel.id, "payout_account": payout_account(account_number=OWN_ACCOUNT)},
            {"payout_account": payout_account(account_number=ACCOUNT)},
        ]
        self.stalls: list[Stall] = [make_stall(session, self.market, **each) for each in facts]
        make_virtual_account(session, self.stalls[DIRECT], VIRTUAL)
        self.requests: list[PaymentRequest] = [
            make_payment_request(session, stall, amount=amount)
            for stall, amount in zip(self.stalls, ASKED, strict=True)
        ]
        self.began = now() - timedelta(hours=2)
        session.execute(
            update(PaymentRequest)
            .where(PaymentRequest.market_id == self.market.id)
            .values(
                created_at=self.began,
                expires_at=self.began + timedelta(minutes=30),
                status=PaymentStatus.AWAITING_PAYMENT,
            )
        )
        session.commit()
        session.expire_all()
        self.taken: list[int] = []
        self._messages: dict[int, UUID] = {}

    def live(self, steps: Iterable[Step]) -> None:
        for step in steps:
            getattr(self, f"_{step.kind}")(step)
            self.session.commit()
            self.session.expire_all()

    def _notice(self, step: Step) -> None:
        seen = [ChannelTransfer(self.channel.id, self._transfer(n)) for n in step.of]
        settle_transfers(self.session, seen, cause="notice")

    def _poll(self, step: Step, status: LinkStatus = LinkStatus.OPEN) -> None:
        """The channel knows of all that came for the request, noticed or not."""
        request = self.requests[step.request]
        of = [n for n, each in enumerate(self.money) if each.request == step.request and each.by_channel]
        transfers = tuple(map(self._transfer, of)) if status is LinkStatus.OPEN else ()
        link = PaymentLink(request.order_code, "link", request.amount, 0, status, transfers=transfers)
        payment_links.record_polled(self.session, request.id, link)

    def _expire(self, step: Step) -> None:
        if step.request == DIRECT:
            payment_links.expire_direct_requests(self.session)
        else:
            self._poll(step, LinkStatus.EXPIRED)

    def _cancel(self, step: Step) -> None:
        request = self.requests[step.request]
        try:
            cancel_payment_request(self.session, anybody(self.session), request.id)
        except Conflict:
            return
        self.taken += [step.request] if step.request not in self.taken else []

    def _bank(self, step: Step) -> None:
        """SePay or Casso tells; again, it is the same message."""
        settle_bank_notices(self.session, [self._message(number) for number in step.of])

    def _message(self, number: int) -> UUID:
        if number not in self._messages:
            money = self.money[number]
            stall = self.stalls[1 if money.own else DIRECT]
            self._messages[number] = message(
                self.session,
                direct_channel(self.session, stall.seller_id),
                self._note(money),
                money.amount,
                f"FT{number:06}" if self.same_reference else f"MBVCB.{number}",
                self._moment(money),
                OWN_ACCOUNT if money.own else ACCOUNT,
                money.bank,
                VIRTUAL if money.virtual else "",
            )
        return self._messages[number]

    def _file(self, step: Step) -> None:
        first = self.money[step.of[0]]
        by_channel = first.request != DIRECT and not first.own
        stall = self.stalls[0 if by_channel or first.request is None else first.request]
        import_rows(self.session, stall, *map(self._row, step.of), by_channel=by_channel)

    def _transfer(self, number: int) -> Transfer:
        """Money that nothing asked for has an order code of its own."""
        money = self.money[number]
        code = 1_000 + number if money.request is None else self.requests[money.request].order_code
        return Transfer(code, f"V3CAS{code}", f"FT{number:06}", money.amount, self._moment(money), "")

    def _row(self, number: int) -> Sequence[str]:
        money = self.money[number]
        reference = f"FT{number:06}" if self.same_reference else f"TRACE/{number:06}"
        moment = self._moment(money)
        line = row(self._note(money), money.amount, reference, day=moment.astimezone(VIETNAM).date())
        return timed(line, moment) if money.with_time else line

    def _note(self, money: Money) -> str:
        if money.request is None or money.note == "nonsense":
            return "chuyen tien mua rau"
        code = (
            self.stalls[DIRECT].reference if money.note == "stall" else self.requests[money.request].reference
        )
        bent = f"{code[:4]} {code[4:]}".lower()
        return f"IBFT {bent if money.note == 'bent' else code} cam on"

    def _moment(self, money: Money) -> datetime:
        return (self.began + timedelta(minutes=money.minute)).replace(microsecond=0)


@dataclass(frozen=True)
class End:
    """Of each request its status and what came for it; of each account, by whose it is, what it holds."""

    requests: tuple[tuple[str, int], ...]
    accounts: dict[str, int]


def end(world: World) -> End:
    requests = tuple((_status(world, n), _paid(world, n)) for n in range(len(ASKED)))
    balance = journal_balance(world.session, anybody(world.session), world.market.id)
    assert balance.total == 0
    names = {stall.seller_id: f"seller {n}" for n, stall in enumerate(world.stalls)}
    names |= {world.channel.id: "payos", world.stalls[DIRECT].channel_id: "bank"}
    own = direct_channel(world.session, world.stalls[1].seller_id)
    names[own] = "payos"
    accounts = world.session.execute(
        select(JournalAccount.id, JournalAccount.kind, JournalAccount.owner_id).where(
            JournalAccount.market_id == world.market.id
        )
    )
    of = {account_id: names.get(owner_id, kind) for account_id, kind, owner_id in accounts}
    held: Counter[str] = Counter()
    for account in balance.accounts:
        held[of[account.id]] += account.balance
    return End(requests, {name: amount for name, amount in held.items() if amount})


def _status(world: World, number: int) -> str:
    status = world.requests[number].status
    untimed = any(m.request == number and m.note and not m.with_time for m in world.money)
    if any(m.request == number and m.own for m in world.money) and status in HAS_MONEY:
        return str(PaymentStatus.PAID)
    return str(PaymentStatus.PAID if status is PaymentStatus.PAID_LATE and untimed else status)


def _paid(world: World, number: int) -> int:
    """What came for it; up to its sum where a line of an own account may have been the first to tell."""
    paid = world.requests[number].amount_paid
    own = any(m.request == number and m.own for m in world.money)
    return min(paid, ASKED[number]) if own else paid


def is_told_apart(world: World, money: Money) -> bool:
    """Whether nothing says that the channel and the own account tell of one transfer."""
    both = money.own and money.note and money.by_channel
    return bool(both and not (world.same_reference or money.with_time))


def check(world: World) -> None:
    """Each transfer is one payment, a person is shown what lies in suspense, and requests made only steps that are."""
    session = world.session
    steps = session.execute(
        select(PaymentRequestChange.from_status, PaymentRequestChange.to_status)
        .join(PaymentRequest)
        .where(PaymentRequest.market_id == world.market.id)
    )
    assert [(before, after) for before, after in steps if after not in TRANSITIONS[before]] == []
    payments = session.execute(
        select(Payment.id, Payment.amount).where(Payment.market_id == world.market.id)
    ).all()
    told = [*world.money, *(money for money in world.money if is_told_apart(world, money))]
    assert Counter(amount for _, amount in payments) == Counter(money.amount for money in told)
    shown = session.execute(
        select(ReconciliationException.payment_id, func.count())
        .where(
            ReconciliationException.market_id == world.market.id,
            ReconciliationException.status == ExceptionStatus.OPEN,
        )
        .group_by(ReconciliationException.payment_id)
    ).all()
    held = in_suspense(session, [payment_id for payment_id, _ in payments])
    assert held.keys() <= {payment_id for payment_id, _ in shown}
    assert all(count == 1 for _, count in shown)
    needless = session.scalars(
        select(ReconciliationException.kind).where(
            ReconciliationException.market_id == world.market.id,
            ReconciliationException.status == ExceptionStatus.OPEN,
            ReconciliationException.payment_id.not_in(list(held)),
        )
    )
    assert set(needless) <= {ExceptionKind.LATE}


@pytest.mark.timeout(60 + 10 * EXAMPLES)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=(Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(days())
def test_end_is_the_same_in_whatever_order_and_batches_it_is_told(session: Session, day: Day) -> None:
    session.rollback()
    shuffled = World(session, day)
    shuffled.live(day.steps)
    check(shuffled)
    plainly = World(session, day)
    plainly.live(plain(day, shuffled.taken).steps)
    check(plainly)
    assert end(shuffled) == end(plainly)
