"""What is done to the installation."""

import threading
from collections.abc import Callable

from drills.installation import Installation
from runner.screen import say

STRIKES = {
    "web": "kill -9 of the web server and its processes",
    "relay": "kill -9 of the relay",
    "settler": "kill -9 of the worker that settles payments",
    "collector": "kill -9 of the worker that speaks to payOS",
    "publisher": "kill -9 of the worker that speaks to floors",
    "scheduler": "kill -9 of the clock",
    "payos": "kill -9 of the provider's sandbox",
    "flush": "FLUSHALL of Valkey",
    "valkey": "kill -9 of Valkey",
    "postgres": "kill -9 of PostgreSQL",
}
MIX = "mix"
FLUSH = "flush"
INTO_IT_SECONDS = 1.0


def strike(installation: Installation, name: str, during: Callable[[], object]) -> None:
    """In the middle of what happens `during` it; returns when that has ended and what was killed is back."""
    blow = threading.Timer(INTO_IT_SECONDS, _blow, (installation, name))
    blow.start()
    during()
    blow.join()


def _blow(installation: Installation, name: str) -> None:
    if name == FLUSH:
        installation.empty_queue()
        say("  emptied the queue")
        return
    pid = installation.processes()[name]
    installation.kill(name)
    say(f"  killed {name}; it was started again after {installation.await_revival(name, pid):.1f} s")
