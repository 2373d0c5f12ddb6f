"""What the clock asks for: each of these finds its own work in the database, so a missed beat costs only time."""

from datetime import timedelta

import structlog
from sqlalchemy import delete, exists, func, select
from sqlalchemy.exc import OperationalError

from core.clock import now
from core.config import config
from models import ApiToken, DeliveryStatus, EventDelivery, IdempotencyKey, OutboxEvent, PollSubject
from services import (
    buyers,
    channel_keys,
    channels,
    dated_prices,
    drift,
    fee_reminders,
    floor_polls,
    journal_seals,
    payment_links,
    polling,
    products,
    refunds,
    revenues,
    short_requests,
    threshold_notices,
    unpaid_orders,
)
from services.queries.thresholds import years_watched
from workers.database import transaction
from workers.deliveries import count_owed
from workers.providers import floors_with_categories, floors_with_orders, floors_with_settlements

KEEP_EVENTS = timedelta(days=90)
KEEP_IDEMPOTENCY_KEYS = timedelta(days=7)
DELETE_AT_ONCE = 10_000
CHECKS_AT_ONCE = 200
POLLS_AT_ONCE = 500
PAPERS_AT_ONCE = 500
PRICES_AT_ONCE = 500

log = structlog.get_logger()


def ask_about_open_requests() -> None:
    """Have every request polled whose turn it is, close direct ones whose time is over, and flag those of which only a
    part came. Nobody is asked about while as many polls as can be made soon wait for a slow provider."""
    with transaction() as session:
        room = max(POLLS_AT_ONCE - count_owed(session, "poll_payment_request"), 0)
        polled = polling.claim_due_polls(session, room)
        expired = payment_links.expire_direct_requests(session)
        short = short_requests.flag_short_requests(session)
    if polled or expired or short:
        log.info("requests_swept", polled=len(polled), expired=expired, short=short)


def look_after_unpaid_orders() -> None:
    """Put up for sale again what nobody paid in time, and open again what was paid after all."""
    with transaction() as session:
        released = unpaid_orders.release_unpaid(session)
    with transaction() as session:
        reopened = unpaid_orders.reopen_paid(session)
    if released or reopened:
        log.info("unpaid_orders_swept", released=released, reopened=reopened)


def watch_channel_webhooks() -> None:
    """Have providers told where their notices go, wherever that is not what they were told last."""
    with transaction() as session:
        moved = channels.claim_moved_webhooks(session, config().base_url)
    if moved:
        log.info("webhooks_moved", channels=len(moved))


def drop_old_channel_keys() -> None:
    """Forget a channel's former key once late notices need it no more."""
    with transaction() as session:
        dropped = channel_keys.drop_old_keys(session)
    if dropped:
        log.info("old_keys_dropped", channels=dropped)


def look_after_fees() -> None:
    """Mark fees whose time is over, and have their sellers reminded."""
    with transaction() as session:
        overdue = fee_reminders.mark_overdue(session)
        reminders = fee_reminders.claim_due_reminders(session, now())
    if overdue or reminders:
        log.info("fees_looked_after", overdue=overdue, reminders=reminders)


def seal_journal() -> None:
    """Seal what was booked since the last time; a busy minute is left out. The log keeps each head, outside the
    database: by one of these is seen that newer seals were cut off."""
    try:
        with transaction() as session:
            end = journal_seals.settled_end(session)
    except OperationalError as error:
        log.info("journal_busy", error=type(error.orig).__name__)
        return
    if end is None:
        return
    with transaction() as session:
        sealed = journal_seals.seal_journal(session, end)
        head = journal_seals.head(session)
    if sealed:
        log.info("journal_sealed", entries=sealed, head=head)


def watch_thresholds() -> None:
    """Add up what sellers took, and have those told whose year comes near a threshold."""
    counted = 1
    while counted:
        with transaction() as session:
            counted = revenues.count_entries(session)
    with transaction() as session:
        for year in years_watched():
            revenues.count_orders(session, year)
        notices = threshold_notices.claim_notices(session, now())
    if notices:
        log.info("thresholds_near", notices=notices)


def look_after_refunds() -> None:
    """Have the provider asked what became of money that is on its way back."""
    with transaction() as session:
        asked = refunds.claim_due_refunds(session)
    if asked:
        log.info("refunds_looked_after", asked=asked)


def read_floors_back() -> None:
    """Have floors asked whether they still show what they were given."""
    with transaction() as session:
        due = drift.claim_due_checks(session, CHECKS_AT_ONCE)
    if due:
        log.info("floor_checks_claimed", publications=due)


def retire_papers() -> None:
    """Have no floor name a paper whose last day is over: asked for often, so that it is not long after midnight."""
    papers = PAPERS_AT_ONCE
    while papers == PAPERS_AT_ONCE:
        with transaction() as session:
            papers, listings = products.retire_papers(session, PAPERS_AT_ONCE)
        if papers:
            log.info("papers_retired", papers=papers, listings=listings)


def turn_prices() -> None:
    """Have floors told of prices that have begun or are over: asked for often, so that it is soon after midnight."""
    turned = PRICES_AT_ONCE
    while turned >= PRICES_AT_ONCE:
        with transaction() as session:
            turned, listings = dated_prices.turn_prices(session, PRICES_AT_ONCE)
        if turned:
            log.info("prices_turned", prices=turned, listings=listings)


def ask_floors_for_orders() -> None:
    """Have every connected floor read whose turn it is."""
    with transaction() as session:
        floor_polls.claim_due_floors(session, PollSubject.ORDERS, floors_with_orders())


def ask_floors_for_settlements() -> None:
    """The same for what they paid out."""
    with transaction() as session:
        floor_polls.claim_due_floors(session, PollSubject.SETTLEMENTS, floors_with_settlements())


def ask_floors_for_categories() -> None:
    """The same for their categories."""
    with transaction() as session:
        floor_polls.claim_due_floors(session, PollSubject.CATEGORIES, floors_with_categories())


def forget_old_traces() -> None:
    """Delete what has done its work: delivered events, answered keys, ended tokens, buyers of orders that have
    been over for long. Payments and orders stay."""
    with transaction() as session:
        buyers.forget_old_buyers(session)
        owed = exists().where(
            EventDelivery.event_id == OutboxEvent.id, EventDelivery.status != DeliveryStatus.DONE
        )
        old = (
            select(OutboxEvent.id)
            .where(OutboxEvent.relayed_at < func.now() - KEEP_EVENTS, ~owed)
            .limit(DELETE_AT_ONCE)
        )
        session.execute(delete(OutboxEvent).where(OutboxEvent.id.in_(old)))
        session.execute(
            delete(IdempotencyKey).where(IdempotencyKey.created_at < func.now() - KEEP_IDEMPOTENCY_KEYS)
        )
        session.execute(delete(ApiToken).where(ApiToken.expires_at < func.now()))
