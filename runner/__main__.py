"""`python -m runner TASK`, called by `bootstrap` in `.venv`."""

import sys

from runner import tasks
from runner.dump import dump
from runner.run import run
from runner.screen import Problem

TASKS = {
    "run": run,
    "test": tasks.test,
    "lint": tasks.lint,
    "bench": tasks.bench,
    "drill": tasks.drill,
    "requirements": tasks.requirements,
    "dump": dump,
}


def main() -> int:
    if len(sys.argv) != 2 or sys.argv[1] not in TASKS:
        return int(bool(sys.stderr.write(f"usage: python -m runner {'|'.join(TASKS)}\n")))
    try:
        return TASKS[sys.argv[1]]()
    except Problem as problem:
        sys.stderr.write(f"\n{problem}\n")
    except OSError as error:
        sys.stderr.write(f"\n{error.filename or 'The system'}: {error.strerror}\n")
    except KeyboardInterrupt:
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main())
