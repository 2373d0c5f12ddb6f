"""Pushes of the floors to whoever has entered an address there: sent in the background, once, and written down."""

from collections import deque
from collections.abc import Callable
from typing import Any

import gevent
import urllib3

from sandbox.floors.books import Row

ANSWER_SECONDS = 10
REMEMBERED = 200

Words = Callable[[Row, str], tuple[bytes, dict[str, str]]]


class Pushes:
    """`place` is where each floor's pushes go to, below it by the floor's name; None where nobody has entered any."""

    def __init__(self, place: str | None = None) -> None:
        self.place = place
        self.sent: deque[dict[str, Any]] = deque(maxlen=REMEMBERED)
        self._http = urllib3.PoolManager(retries=False, timeout=ANSWER_SECONDS)

    def tell(self, order: Row, words: Words) -> None:
        if self.place:
            gevent.spawn(self._send, f"{self.place}/{order['floor']}", order, words)

    def _send(self, url: str, order: Row, words: Words) -> None:
        body, headers = words(order, url)
        status: int | None = None
        try:
            status = self._http.request("POST", url, body=body, headers=headers).status
        except urllib3.exceptions.HTTPError as problem:
            print(f"push to {url}: {type(problem).__name__}", flush=True)
        self.sent.append({"floor": order["floor"], "order": order["id"], "url": url, "status": status})
