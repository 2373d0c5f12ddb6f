"""What all workers share of a floor account: its tokens, and the floor's names of our photos."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from core.config import config
from core.floor_config import FloorConfig
from gateways.ports import UNKNOWN_END, Tokens
from services import floor_accounts, floor_pictures
from workers.database import alone, transaction

REMEMBERED_SECONDS = 10.0
"""Tokens are not looked up before every call; of one that another worker has renewed the floor says that it is over."""


@dataclass(frozen=True)
class SharedTokens:
    """A floor account's tokens in the database (`gateways.ports.TokenStore`); before the first renewal, those that
    this installation was configured with."""

    marketplace: str
    _seen: list[tuple[float, Tokens]] = field(default_factory=list, compare=False, repr=False)

    def current(self) -> Tokens | None:
        for until, tokens in self._seen:
            if until > time.monotonic():
                return tokens
        with transaction() as session:
            return self._remember(self._stored(session))

    def renew(self, stale: Tokens, refresh: Callable[[Tokens], Tokens]) -> Tokens:
        newest = self._renewed(stale, refresh)
        self._remember(newest)
        return newest

    def _remember(self, tokens: Tokens | None) -> Tokens | None:
        self._seen[:] = [(time.monotonic() + REMEMBERED_SECONDS, tokens)] if tokens else []
        return tokens

    def _renewed(self, stale: Tokens, refresh: Callable[[Tokens], Tokens]) -> Tokens:
        """A refresh token is good for once, and the floor may take its time: PostgreSQL, which keeps the tokens, keeps
        the others out, and they are stored by the connection that does so."""
        with alone(f"floor:{self.marketplace}:tokens") as connection:
            with Session(connection) as session, session.begin():
                newest = self._stored(session) or stale
            if newest.access != stale.access:
                return newest
            renewed = refresh(newest)
            with Session(connection) as session, session.begin():
                floor_accounts.store_tokens(session, self.marketplace, renewed)
            return renewed

    def _stored(self, session: Session) -> Tokens | None:
        return floor_accounts.tokens_of(session, self.marketplace) or _first_tokens(self.marketplace)


@dataclass(frozen=True)
class SharedShelf:
    """What a floor calls our photos, in the database (`gateways.ports.PictureShelf`)."""

    marketplace: str

    def names(self, keys: Sequence[str]) -> Mapping[str, str]:
        with transaction() as session:
            return floor_pictures.names_of(session, self.marketplace, keys)

    def keep(self, key: str, name: str) -> None:
        with transaction() as session:
            floor_pictures.keep_name(session, self.marketplace, key, name)

    def forget(self, keys: Sequence[str]) -> None:
        with transaction() as session:
            floor_pictures.forget_names(session, self.marketplace, keys)


def _first_tokens(marketplace: str) -> Tokens | None:
    floor = getattr(config(), marketplace, None)
    if not isinstance(floor, FloorConfig) or not floor.refresh_token:
        return None
    return Tokens(floor.access_token, floor.refresh_token, UNKNOWN_END)
