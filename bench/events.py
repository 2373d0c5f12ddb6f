"""Payment notices from the outbox to done, beside bare RQ with a job for each event.

The notices lie in the inbox with their events, stored in one transaction; the clock runs from its commit until
nothing is left: payments, matches and journal entries written, `payment.settled` recorded, relayed and told to
the stalls, every delivery done, by one relay and one worker. The floor is RQ as it comes: a job that does nothing
for each event, all enqueued in one go, worked off by one or two of its SimpleWorkers.
"""

import time
from functools import partial
from statistics import median
from typing import Any

import psycopg
from sqlalchemy.orm import Session

from bench import bare_rq
from bench.ground import Ground, await_up
from bench.harness import Figure, Report, interleaved, middle_ratio, rate
from bench.workload import Bazaar, ask, open_bazaar, paid
from gateways.payos.webhook import read_stored, transfer_key
from runner.screen import Problem
from services.inbox import Arrival, store_arrivals

NOTICES = 20_000
STALLS = 250
BARE_JOBS = 1_000
TARGET, TIMES_BARE = 3_000, 10
AT_ONCE = 1_000
LONGEST_SECONDS = 120.0
WORKERS = (["workers.relay"], ["workers.worker", "payments", "maintenance"])
LEFT = """
SELECT EXISTS (SELECT FROM outbox_events WHERE relayed_at IS NULL AND type LIKE 'payment%')
    OR EXISTS (SELECT FROM event_deliveries WHERE status = 'queued')
    OR EXISTS (SELECT FROM event_deliveries WHERE status = 'dead')
"""
"""Asked of indexes, so that asking costs nothing."""
BOOKS = """
SELECT (SELECT count(*) FROM payments),
       (SELECT count(*) FROM payment_requests WHERE status = 'paid' AND amount_paid = amount),
       (SELECT count(*) FROM event_deliveries WHERE status = 'done' AND job = 'tell_stalls'),
       (SELECT coalesce(sum(amount), 0) FROM payments) - (SELECT coalesce(sum(e.amount), 0) FROM journal_entries e
        JOIN journal_accounts a ON a.id = e.credit_account_id WHERE a.kind = 'seller')
"""

Connection = psycopg.Connection[tuple[Any, ...]]


def run(ground: Ground) -> Report:
    place, bare = ground.fresh(), ground.fresh()
    with (
        place.engine() as engine,
        Session(engine) as session,
        psycopg.connect(place.database_url) as database,
        place.running(*WORKERS) as processes,
    ):
        bazaar = open_bazaar(session, STALLS)
        await_up(processes)
        results = interleaved(
            one=partial(bare_rq.measure, bare, 1, BARE_JOBS),
            ours=lambda: _settle(session, database, bazaar),
            two=partial(bare_rq.measure, bare, 2, BARE_JOBS),
        )
        books = _audit(database, len(results["ours"]) * NOTICES)
    return Report(_figures(results), [books])


def _settle(session: Session, database: Connection, bazaar: Bazaar) -> float:
    """Notices a second."""
    arrivals = [_arrival(bazaar, paid(asked.order_code)) for asked in ask(session, bazaar, NOTICES)]
    for start in range(0, NOTICES, AT_ONCE):
        store_arrivals(session.connection(), arrivals[start : start + AT_ONCE])
    session.commit()
    began = time.perf_counter()
    while _something_left(database):
        if time.perf_counter() - began > LONGEST_SECONDS:
            raise Problem(f"Events are still on their way after {LONGEST_SECONDS:.0f} s")
        time.sleep(0.05)
    return NOTICES / (time.perf_counter() - began)


def _arrival(bazaar: Bazaar, data: dict[str, Any]) -> Arrival:
    return Arrival("payos", f"{bazaar.channel_id}:{transfer_key(read_stored(data))}", bazaar.channel_id, data)


def _something_left(database: Connection) -> bool:
    with database.transaction():
        return bool(database.execute(LEFT).fetchone() == (True,))


def _figures(results: dict[str, list[float]]) -> list[Figure]:
    ours = median(results["ours"])
    figures = [
        Figure("notices settled, told and done", rate(ours), "", "", f"≥ {rate(TARGET)}", ours >= TARGET)
    ]
    for name, workers in (("one", "one worker"), ("two", "two workers")):
        times = middle_ratio(results["ours"], results[name])
        target, reached = (f"≥ {TIMES_BARE} ×", times >= TIMES_BARE) if name == "one" else ("", None)
        floor = rate(median(results[name]))
        figures.append(
            Figure(f"… beside bare RQ, {workers}", rate(ours), floor, f"{times:.0f} ×", target, reached)
        )
    return figures


def _audit(database: Connection, sent: int) -> str:
    payments, settled, told, unbooked = database.execute(BOOKS).fetchone() or (0, 0, 0, 0)
    verdict = (
        "every notice is one payment" if payments == settled == told == sent and not unbooked else "A DEFECT"
    )
    return (
        f"{sent:,} notices: {payments:,} payments, {settled:,} requests paid in full, {told:,} stalls told, "
        f"{unbooked} đồng not booked: {verdict}. Each notice is two events (received, settled), so twice as many "
        "events a second went through the outbox."
    )
