"""The keys that sign channels' notices, kept at hand: every notice needs them, and they seldom change."""

import json
import time
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, func, or_, select
from sqlalchemy.orm import Session

from gateways.collecting import PROOFS
from models import CollectionChannel, FormerKeys

FRESH_SECONDS = 60.0
AT_MOST_EVERY_SECONDS = 2.0
MOST_CHANNELS = 10_000
"""Also ids that somebody made up are remembered, so memory is bounded."""


@dataclass(frozen=True)
class _Known:
    keys: tuple[str, ...]
    read_at: float


class ChannelKeys:
    """Keys by provider and channel, the newest first; several while a channel's key is being changed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[tuple[str, UUID], _Known] = {}

    def of(self, provider: str, channel_id: UUID, *, refused: bool = False) -> tuple[str, ...]:
        """The keys of a channel, none for one that is not ours or that another provider tells of. `refused`: those
        at hand did not fit, so look again whether they were changed — but not for every forgery."""
        known = self._known.get((provider, channel_id))
        fresh_for = AT_MOST_EVERY_SECONDS if refused else FRESH_SECONDS
        if known is None or time.monotonic() - known.read_at > fresh_for:
            if len(self._known) >= MOST_CHANNELS:
                self._known.clear()
            known = _Known(self._read(provider, channel_id), time.monotonic())
            self._known[provider, channel_id] = known
        return known.keys

    def _read(self, provider: str, channel_id: UUID) -> tuple[str, ...]:
        query = select(CollectionChannel.credentials).where(
            CollectionChannel.id == channel_id, _told_by(provider)
        )
        former = (
            select(FormerKeys.credentials)
            .where(FormerKeys.channel_id == channel_id, FormerKeys.taken_until > func.now())
            .order_by(FormerKeys.retired_at.desc())
        )
        with Session(self._engine) as session:
            newest = session.scalar(query)
            found = [newest, *session.scalars(former)] if newest else []
        return tuple(key for credentials in found for key in json.loads(credentials)[PROOFS])


def _told_by(provider: str) -> ColumnElement[bool]:
    return or_(CollectionChannel.kind == provider, CollectionChannel.notices_by == provider)
