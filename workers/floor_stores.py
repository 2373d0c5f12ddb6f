"""What all workers share of a floor account: its tokens, and the floor's names of our photos."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from core.config import config
from core.floor_config import FloorConfig
from gateways.ports import UNKNOWN_END, Tokens
from services import floor_accounts, floor_pictures
from workers.database import transaction
from workers.queues import redis

RENEWAL_SECONDS = 30.0
"""Longer than a floor may take to answer."""


@dataclass(frozen=True)
class SharedTokens:
    """A floor account's tokens in the database (`gateways.ports.TokenStore`); before the first renewal, those that
    this installation was configured with."""

    marketplace: str

    def current(self) -> Tokens | None:
        with transaction() as session:
            return floor_accounts.tokens_of(session, self.marketplace) or _first_tokens(self.marketplace)

    def renew(self, stale: Tokens, refresh: Callable[[Tokens], Tokens]) -> Tokens:
        with redis().lock(f"floor:{self.marketplace}:tokens", timeout=RENEWAL_SECONDS):
            newest = self.current() or stale
            if newest.access != stale.access:
                return newest
            renewed = refresh(newest)
            with transaction() as session:
                floor_accounts.store_tokens(session, self.marketplace, renewed)
            return renewed


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
