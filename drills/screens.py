"""Screens at a few stalls: they follow the stall's events through every outage, and must be told each payment once."""

import json
import threading
from collections.abc import Iterator, Sequence

import requests

from drills.api import Api

SILENCE_SECONDS = 20.0
"""A little longer than the stream's heartbeat."""
AGAIN_SECONDS = 0.5


class Screen:
    """`told` are the payments that the stall was told of, in that order; `since` is where its page begins."""

    def __init__(self, url: str, api: Api, stall: str, since: int) -> None:
        self.stall = stall
        self.told: list[str] = []
        self._url = f"{url}/api/v1/stalls/{stall}/events"
        self._headers = api.headers
        self._last_id = str(since)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def switch_off(self) -> None:
        self._over.set()

    def _follow(self) -> None:
        while not self._over.is_set():
            headers = {**self._headers, "Last-Event-ID": self._last_id}
            try:
                with requests.get(self._url, headers=headers, stream=True, timeout=SILENCE_SECONDS) as answer:
                    self._read(
                        answer.iter_lines(chunk_size=1, decode_unicode=True) if answer.ok else iter(())
                    )
            except requests.RequestException:
                pass
            self._over.wait(AGAIN_SECONDS)

    def _read(self, lines: Iterator[str]) -> None:
        event = ""
        for line in lines:
            name, _, value = line.partition(": ")
            if name == "id":
                self._last_id = value
            elif name == "event":
                event = value
            elif name == "data" and event == "payment.settled":
                self.told.append(json.loads(value)["payment_id"])
            if self._over.is_set():
                return


def watch(url: str, api: Api, stalls: Sequence[str], since: int) -> list[Screen]:
    return [Screen(url, api, stall, since) for stall in stalls]
