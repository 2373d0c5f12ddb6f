"""`python -m runner TASK`, called by `bootstrap` in `.venv`."""

import sys

from runner import tasks
from runner.command import command
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
    "flask": command,
}
WITH_WORDS = {"flask"}
"""They take further words."""


def main() -> int:
    task, *words = sys.argv[1:] or [""]
    if task not in TASKS or (words and task not in WITH_WORDS):
        return int(bool(sys.stderr.write(f"usage: python -m runner {'|'.join(TASKS)}\n")))
    try:
        return TASKS[task]()
    except Problem as problem:
        sys.stderr.write(f"\n{problem}\n")
    except OSError as error:
        sys.stderr.write(f"\n{error.filename or 'The system'}: {error.strerror}\n")
    except KeyboardInterrupt:
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main())
