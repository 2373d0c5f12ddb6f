"""From a payOS notice to its committed inbox row and event, beside the bare insert.

The floor is `pgbench` of the same PostgreSQL, on the same server and with as many connections: one prepared
`INSERT … ON CONFLICT DO NOTHING` of a 600-byte row, each a transaction of its own.
"""

import subprocess
from functools import partial
from itertools import chain
from statistics import median

import psycopg
from sqlalchemy.orm import Session

from bench.ground import Ground, Place, await_url, free_port
from bench.harness import Figure, Report, interleaved, middle_ratio, milliseconds, percentile, rate
from bench.load import Load, drive, post
from bench.workload import Bazaar, notice, open_bazaar, paid

NOTICES = 12_000
WARM_UP = 1_000
FLOOR_SECONDS = 4
TARGETS = {16: 0.15, 64: None}
WEB = ["gunicorn", "-c", "web/gunicorn.conf.py", "wsgi:app"]
FLOOR_TABLE = "CREATE TABLE floor_rows (key text PRIMARY KEY, body text NOT NULL)"
FLOOR_INSERT = """\\set key random(1, 9000000000000000000)
INSERT INTO floor_rows VALUES (:key::text, :body) ON CONFLICT DO NOTHING;
"""
STORED = """
SELECT (SELECT count(*) FROM inbox_messages),
       (SELECT count(DISTINCT payload->>'inbox_message_id') FROM outbox_events
        WHERE type = 'payment_notice.received.v1')
"""


class Intake:
    """The web server under a load of genuine notices, and the floor beside it."""

    def __init__(self, ground: Ground, place: Place, bazaar: Bazaar, port: int) -> None:
        self._ground = ground
        self._place = place
        self._path = f"/webhooks/payos/{bazaar.channel_id}"
        self._port = port
        self.sent = 0

    def take(self, connections: int, count: int = NOTICES) -> Load:
        requests = [post(self._path, notice(paid(number))) for number in range(1, count + 1)]
        self.sent += count
        return drive(self._port, requests, connections)

    def insert(self, connections: int) -> float:
        """The floor's transactions a second."""
        options = ["-n", "-M", "prepared", "-c", connections, "-j", 2, "-T", FLOOR_SECONDS]
        where = ["-h", self._ground.embedded.place.sockets, "-U", "chophien", self._place.name]
        script = ["-f", self._place.folder / "floor.sql", "-D", f"body={'x' * 600}"]
        command = [self._ground.binary("pgbench"), *options, *script, *where]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True)
        return float(done.stdout.partition("tps = ")[2].split()[0])


def run(ground: Ground) -> Report:
    place = ground.fresh()
    (place.folder / "floor.sql").write_text(FLOOR_INSERT)
    with psycopg.connect(place.database_url) as connection:
        connection.execute(FLOOR_TABLE)
    with place.engine() as engine, Session(engine) as session:
        bazaar = open_bazaar(session)
    port = free_port()
    with place.running(WEB, PORT=str(port)) as (web,):
        await_url(f"http://127.0.0.1:{port}/healthz", web)
        intake = Intake(ground, place, bazaar, port)
        intake.take(16, WARM_UP)
        figures = list(chain.from_iterable(_compare(intake, connections) for connections in TARGETS))
    return Report(figures, [_count(place, intake.sent)])


def _compare(intake: Intake, connections: int) -> list[Figure]:
    loads: list[Load] = []

    def ours() -> float:
        loads.append(intake.take(connections))
        return loads[-1].per_second

    results = interleaved(floor=partial(intake.insert, connections), ours=ours)
    ratio, target = middle_ratio(results["ours"], results["floor"]), TARGETS[connections]
    return [
        Figure(
            f"{connections} connections",
            rate(median(results["ours"])),
            rate(median(results["floor"])),
            f"{ratio:.2f}",
            f"≥ {target}" if target else "",
            ratio >= target if target else None,
        ),
        _answered(loads),
    ]


def _answered(loads: list[Load]) -> Figure:
    seconds = [second for load in loads for second in load.seconds]
    middle, slow = milliseconds(median(seconds)), milliseconds(percentile(seconds, 0.99))
    refused = sum(load.refused for load in loads)
    return Figure("… answered in, p50 / p99", f"{middle} / {slow}" + f", {refused} REFUSED" * bool(refused))


def _count(place: Place, sent: int) -> str:
    with psycopg.connect(place.database_url) as connection:
        rows, events = connection.execute(STORED).fetchone() or (0, 0)
    verdict = "nothing lost, nothing doubled" if rows == events == sent else "THIS IS A DEFECT"
    return (
        f"{sent:,} notices sent and answered; {rows:,} rows and {events:,} events in the database: {verdict}."
    )
