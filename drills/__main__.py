"""`python -m drills [web relay …] [--payments N] [--seed N]`: kill and count. Exits with 1 where anything is
lost or doubled; the whole set writes `docs/drills.md`."""

import argparse
import os
import random
import signal
import sys
import time
from datetime import datetime
from functools import partial

from drills.api import Api, Unanswered
from drills.counting import Count, count, open_work, unbooked
from drills.customers import Customers
from drills.installation import Installation
from drills.report import print_report, write_page
from drills.sandbox import Sandbox
from drills.screens import watch
from drills.strikes import MIX, STRIKES, strike
from runner.process import die_with_parent
from runner.screen import Problem, say

ADMINISTRATOR = "0900000005"
PASSWORD = "chophien-demo"
PAYMENTS = 600
SCREENS = 3
MIXED_STRIKES = 6
SETTLE_SECONDS = 150.0


def main() -> int:
    options = read_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if "MAKELEVEL" in os.environ:
        die_with_parent(signal.SIGTERM)  # a make that is killed tells nobody
    installation = Installation()
    try:
        installation.await_ready()
        say(f"The installation serves on {installation.url}; seed {options.seed}.\n")
        found, seconds = drill(installation, options)
    except Unanswered as problem:
        raise Problem(f"The stream broke off: {problem}") from problem
    finally:
        installation.stop()
    whole = options.drills == [*STRIKES, MIX]
    print_report(found, seconds)
    if whole and not found.faults:
        write_page(found, seconds, options.seed)
    return 1 if found.faults else 0


def read_options() -> argparse.Namespace:
    known = [*STRIKES, MIX]
    parser = argparse.ArgumentParser(prog="python -m drills", description=__doc__)
    parser.add_argument("drills", nargs="*", metavar="DRILL", help=f"of {', '.join(known)} (all of them)")
    parser.add_argument("--payments", type=int, default=PAYMENTS, help="in all drills together (%(default)s)")
    parser.add_argument(
        "--seed", type=int, default=random.randrange(10**6), help="of all that is left to chance"
    )
    options = parser.parse_args()
    if unknown := set(options.drills) - set(known):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(known)}")
    options.drills = options.drills or known
    return options


def drill(installation: Installation, options: argparse.Namespace) -> tuple[Count, float]:
    """What the count found, and how long after the last payment everything was settled."""
    sandbox = Sandbox(installation.sandbox_url)
    api = Api(installation.url, ADMINISTRATOR, PASSWORD)
    customers = Customers(api, sandbox, options.seed)
    with installation.database() as connection:
        began, since = connection.execute("SELECT now(), max(id) FROM outbox_events").fetchall()[0]
    screens = watch(installation.url, api, customers.stalls[:SCREENS], since)
    market_day(installation, customers, options)
    sandbox.behave()
    customers.pay_the_rest()
    seconds = settle(installation, sandbox, began)
    for screen in screens:
        screen.switch_off()
    with installation.database() as connection:
        return count(connection, sandbox.books(), customers.day, screens, began), seconds


def market_day(installation: Installation, customers: Customers, options: argparse.Namespace) -> None:
    """One drill after the other: a blow while customers pay, and as many payments after the last blow."""
    chance = random.Random(options.seed)
    for name in options.drills:
        customers.drill = name
        blows = chance.choices(list(STRIKES), k=MIXED_STRIKES) if name == MIX else [name]
        share = max(options.payments // len(options.drills) // (len(blows) + 1), 1)
        for blow in blows:
            strike(installation, blow, during=partial(customers.pay, share))
        customers.pay(share)
        say(f"  {name:<10} {sum(paid.drill == name for paid in customers.day.paid):>5} payments")


def settle(installation: Installation, sandbox: Sandbox, began: datetime) -> float:
    """Wait until nothing is under way, at most SETTLE_SECONDS: a lost notice is found by asking."""
    start = time.monotonic()
    while time.monotonic() < start + SETTLE_SECONDS:
        with installation.database() as connection:
            waiting, queued, _ = open_work(connection)
            if not (waiting or queued or unbooked(connection, sandbox.books(), began)):
                break
        time.sleep(0.5)
    return time.monotonic() - start


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Problem as problem:
        sys.exit(f"\n{problem}")
    except KeyboardInterrupt:
        sys.exit(130)
