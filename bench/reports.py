"""A market's month by stall, as the report page asks for it, beside the bare query on the same covering index.

A million payments, invented by the database: two markets of 250 stalls, a year long. Both read rows; the daily
roll-up will come later.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from statistics import median
from typing import Any

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from bench.ground import Ground
from bench.harness import Figure, Report, interleaved, middle_ratio, milliseconds
from bench.workload import Bazaar, open_bazaar
from services.access import Actor, actor_of
from services.queries.reports import GroupBy, payments_report
from tests.builders import make_administrator

MARKETS, STALLS, PAYMENTS = 2, 250, 1_000_000
FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)
TARGET = 1.5
TIMES_A_ROUND = 15
INVENT = """
INSERT INTO payments (id, market_id, stall_id, channel_id, order_code, account_number, reference, amount, memo,
                      occurred_at, business_day, bank_day)
SELECT gen_random_uuid(), %(market)s, (%(stalls)s)[1 + n * 7 %% cardinality(%(stalls)s)], %(channel)s, n,
       'V3CAS0123456789', 'FT' || n, 1000 + n::bigint * 7919 %% 500000, '', moment, moment::date, moment::date
FROM generate_series(1, %(payments)s) n,
     LATERAL (SELECT timestamptz '2026-01-01 01:00+00' + make_interval(days => n * 365 / %(payments)s)) d (moment)
"""
BARE = """
SELECT stall_id, sum(amount), count(*) FROM payments
WHERE market_id = %s AND business_day BETWEEN %s AND %s GROUP BY stall_id
"""


def run(ground: Ground) -> Report:
    place = ground.fresh()
    with place.engine() as engine, Session(engine) as session:
        bazaars = [open_bazaar(session, STALLS) for _ in range(MARKETS)]
        actor = actor_of(make_administrator(session))
        session.commit()
        with psycopg.connect(place.database_url, autocommit=True) as database:
            _invent(database, bazaars)
            results = interleaved(
                bare=partial(_ask_barely, database, bazaars[0]),
                ours=partial(_ask, engine, session, actor, bazaars[0]),
            )
    ratio = middle_ratio(results["ours"], results["bare"])
    ours, bare = milliseconds(median(results["ours"])), milliseconds(median(results["bare"]))
    return Report([Figure("the page's SQL", ours, bare, f"{ratio:.2f}", f"≤ {TARGET}", ratio <= TARGET)])


def _invent(database: "psycopg.Connection[Any]", bazaars: list[Bazaar]) -> None:
    """Without looking the references up a million times: they are right."""
    database.execute("SET session_replication_role = replica")
    for bazaar in bazaars:
        facts = {
            "market": bazaar.market_id,
            "channel": bazaar.channel_id,
            "stalls": list(bazaar.stall_ids),
            "payments": PAYMENTS // MARKETS,
        }
        database.execute(INVENT, facts)
    database.execute("VACUUM ANALYZE payments")


def _ask_barely(database: "psycopg.Connection[Any]", bazaar: Bazaar) -> float:
    def ask() -> float:
        began = time.perf_counter()
        database.execute(BARE, [bazaar.market_id, FIRST, LAST])
        return time.perf_counter() - began

    return _often(ask)


def _ask(engine: Engine, session: Session, actor: Actor, bazaar: Bazaar) -> float:
    def ask() -> float:
        with _stopwatch(engine) as seconds:
            payments_report(session, actor, bazaar.market_id, FIRST, LAST, GroupBy.STALL)
        session.rollback()
        return sum(seconds)

    return _often(ask)


def _often(ask: Callable[[], float]) -> float:
    return median(ask() for _ in range(TIMES_A_ROUND))


@contextmanager
def _stopwatch(engine: Engine) -> Iterator[list[float]]:
    """Seconds of each statement that goes through `engine`."""
    seconds: list[float] = []

    def begin(*_: object) -> None:
        seconds.append(-time.perf_counter())

    def end(*_: object) -> None:
        seconds[-1] += time.perf_counter()

    event.listen(engine, "before_cursor_execute", begin)
    event.listen(engine, "after_cursor_execute", end)
    yield seconds
    event.remove(engine, "before_cursor_execute", begin)
    event.remove(engine, "after_cursor_execute", end)
