"""Small real stores behind the clients: one lock, as the workers' shared ones have."""

import threading
from collections.abc import Callable, Mapping, Sequence

from gateways.ports import Tokens


class LockedTokens:
    """A `TokenStore` for the threads of one process."""

    def __init__(self, tokens: Tokens | None = None) -> None:
        self._tokens = tokens
        self._lock = threading.Lock()

    def current(self) -> Tokens | None:
        return self._tokens

    def renew(self, stale: Tokens, refresh: Callable[[Tokens], Tokens]) -> Tokens:
        with self._lock:
            newest = self._tokens
            assert newest is not None
            if newest.access == stale.access:
                newest = self._tokens = refresh(newest)
            return newest


class Shelf:
    """A `PictureShelf`."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}

    def names(self, keys: Sequence[str]) -> Mapping[str, str]:
        return {key: self.known[key] for key in keys if key in self.known}

    def keep(self, key: str, name: str) -> None:
        self.known.setdefault(key, name)

    def forget(self, keys: Sequence[str]) -> None:
        for key in keys:
            self.known.pop(key, None)
