"""`python -m drills [web relay …] [--customers N] [--seed N]`: kill and count. Exits with 1 where anything is
lost or doubled; the whole set writes `docs/drills.md`."""

import argparse
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from psycopg import IsolationLevel

from drills.api import Api, Unanswered
from drills.bank import Bank
from drills.counting import Connection, Count, Taken, count, open_work, unbooked, under_way
from drills.customers import Customers, Day
from drills.installation import Installation, Seals
from drills.manager import Manager
from drills.report import Result, print_report, write_page
from drills.sandbox import Sandbox
from drills.screens import Screen, watch
from drills.strikes import MIX, STRIKES, strike
from drills.tellers import Tellers
from runner.process import die_with_parent
from runner.screen import Problem, say

ADMINISTRATOR, MANAGER = "0900000005", "0900000003"
PASSWORD = "chophien-demo"
CUSTOMERS = 2_000
SCREENS = 3
MIXED_STRIKES = 14
SETTLE_SECONDS = 240.0
SEAL_SECONDS = 90.0
ASK_EVERY_SECONDS = 45.0
QUIET_SECONDS = 60.0
ASK_NOW = """
    UPDATE payment_requests SET next_poll_at = now() WHERE next_poll_at IS NOT NULL AND id::text = ANY(%s)
"""


def main() -> int:
    options = read_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if "MAKELEVEL" in os.environ:
        die_with_parent(signal.SIGTERM)  # a make that is killed tells nobody
    installation = Installation()
    try:
        installation.await_ready()
        say(f"The installation serves on {installation.url}; seed {options.seed}.\n")
        found = drill(installation, options)
    except Unanswered as problem:
        raise Problem(f"The stream broke off: {problem}") from problem
    finally:
        installation.stop()
    whole = options.drills == [*STRIKES, MIX]
    print_report(found)
    if whole and not found.count.faults:
        write_page(found, options.seed)
    return 1 if found.count.faults else 0


def read_options() -> argparse.Namespace:
    known = [*STRIKES, MIX]
    parser = argparse.ArgumentParser(prog="python -m drills", description=__doc__)
    parser.add_argument("drills", nargs="*", metavar="DRILL", help=f"of {', '.join(known)} (all of them)")
    parser.add_argument(
        "--customers", type=int, default=CUSTOMERS, help="in all drills together (%(default)s)"
    )
    parser.add_argument(
        "--seed", type=int, default=random.randrange(10**6), help="of all that is left to chance"
    )
    options = parser.parse_args()
    if unknown := set(options.drills) - set(known):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(known)}")
    options.drills = options.drills or known
    return options


def drill(installation: Installation, options: argparse.Namespace) -> Result:
    """What the count found."""
    sandbox, bank, start = Sandbox(installation.sandbox_url), Bank(), time.monotonic()
    apis = [Api(installation.url, phone, PASSWORD) for phone in (ADMINISTRATOR, MANAGER)]
    customers = Customers(apis, sandbox, bank, options.seed)
    tellers = Tellers(installation.url, apis[0], customers.direct, options.seed)
    bank.tell = tellers.tell
    with installation.database() as connection:
        began, since = connection.execute("SELECT now(), max(id) FROM outbox_events").fetchall()[0]
    watched = [stall.id for stall in customers.stalls[:SCREENS]]
    screens = watch(installation.url, apis[0], watched, since)
    manager = Manager(installation, apis[1], apis[0], customers, sandbox, bank, began, options.seed)
    manager.start()
    market_day(installation, customers, options)
    manager.stop()
    sandbox.behave()
    customers.pay_the_rest()
    say("  waiting for what is under way …")
    bank_notices = tellers.finish()
    settled = partial(settle, installation, lambda: taken(sandbox, bank, customers, manager), began)
    seconds = settled()
    manager.upload_everything()
    settled()
    for screen in screens:
        screen.switch_off()
    seals = await_seals(installation)
    all_taken = taken(sandbox, bank, customers, manager)
    found = count_when_quiet(installation, all_taken, screens, began)
    if not seals.intact:
        found.faults.append(f"the journal: {seals.words}")
    notices = sandbox.notices(all_taken.books.transfers)
    reversals = sum(line.amount < 0 for lines in all_taken.at_banks.values() for line in lines)
    reversals += len(manager.taken_back)
    return Result(
        found,
        notices,
        bank_notices,
        reversals,
        manager.files,
        manager.lines,
        len(all_taken.books.payouts),
        seals.words,
        seconds,
        time.monotonic() - start,
    )


def taken(sandbox: Sandbox, bank: Bank, customers: Customers, manager: Manager) -> Taken:
    return Taken(sandbox.books(), bank.books(), customers.day, customers.direct, manager.taken_back)


def market_day(installation: Installation, customers: Customers, options: argparse.Namespace) -> None:
    """One drill after the other: a blow while customers pay, and as many payments after the last blow."""
    chance = random.Random(options.seed)
    blows = {
        name: chance.choices(list(STRIKES), k=MIXED_STRIKES) if name == MIX else [name]
        for name in options.drills
    }
    share = max(options.customers // sum(len(those) + 1 for those in blows.values()), 1)
    for name, those in blows.items():
        customers.drill = name
        for blow in those:
            strike(installation, blow, during=partial(customers.pay, share))
        customers.pay(share)
        say(f"  {name:<10} {sum(paid.drill == name for paid in customers.day.paid):>5} payments")


def ask_now(connection: Connection, day: Day) -> None:
    """Nobody waits ten minutes: a request that is paid, cancelled or expired is asked about again no sooner, and some
    of these were paid once more without a notice."""
    connection.execute(ASK_NOW, [list(day.odd)])
    connection.commit()


def settle(installation: Installation, known: Callable[[], Taken], began: datetime) -> float:
    """Wait until nothing is under way, at most SETTLE_SECONDS: a lost notice is found by asking. A notice that comes
    late puts the next question off again, so it is put forward more than once."""
    start = time.monotonic()
    asked = -ASK_EVERY_SECONDS
    while time.monotonic() < start + SETTLE_SECONDS:
        with installation.database() as connection:
            if time.monotonic() > start + asked + ASK_EVERY_SECONDS:
                ask_now(connection, known().day)
                asked = time.monotonic() - start
            waiting, queued, _ = open_work(connection)
            if not (waiting or queued or under_way(connection) or unbooked(connection, known(), began)):
                break
        time.sleep(1.0)
    return time.monotonic() - start


def count_when_quiet(
    installation: Installation, all_taken: Taken, screens: Sequence[Screen], began: datetime
) -> Count:
    """Open requests are asked about all the time: counted is a moment in which nothing is under way."""
    deadline = time.monotonic() + QUIET_SECONDS
    while True:
        with installation.database() as connection:
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            if not any(open_work(connection)) or time.monotonic() > deadline:
                return count(connection, all_taken, screens, began)
        time.sleep(0.5)


def await_seals(installation: Installation) -> Seals:
    """What the chain of seals says once everything is sealed."""
    deadline = time.monotonic() + SEAL_SECONDS
    while not (seals := installation.verify_journal()).whole and time.monotonic() < deadline:
        time.sleep(5.0)
    return seals


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Problem as problem:
        sys.exit(f"\n{problem}")
    except KeyboardInterrupt:
        sys.exit(130)
