"""`make bench`, or `python -m bench NAME …`: each figure beside its floor, into docs/benchmarks.md."""

import argparse
import signal
import sys
from types import ModuleType

from bench import events, live, publishing, reconcile, reports, shop, start, webhook
from bench.ground import open_ground
from bench.page import machine, show, write
from runner.screen import Problem, say, step

BENCHMARKS: dict[str, ModuleType] = {
    module.__name__.rpartition(".")[2]: module
    for module in (webhook, events, live, reconcile, reports, publishing, shop, start)
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    names = parser.parse_args().names or list(BENCHMARKS)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    measured_on = machine()
    with open_ground() as ground:
        for name in names:
            with step(name):
                report = BENCHMARKS[name].run(ground)
            say(show(report))
            write(name, report, measured_on)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Problem as problem:
        sys.exit(f"\n{problem}")
    except KeyboardInterrupt:
        sys.exit(130)
