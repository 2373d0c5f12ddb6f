"""The one connection over which a web process stores notices."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from services.inbox import Arrival, store_arrivals

REFUSALS = (DataError, IntegrityError, ValueError)
"""What one message that cannot be stored makes of its whole batch."""


class ArrivalWriter:
    """Stores one batch after another, each committed by its own statement. The connection is kept: fetching it from
    the pool, where it is tried out first, would cost a second round trip a batch."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    def write(self, arrivals: Sequence[Arrival]) -> None:
        """Raises SQLAlchemyError. A connection that was lost since the last batch is replaced, and the batch written
        again: what had been stored already changes nothing. Of a message alone, characters that the database does not
        take are replaced: money is not refused for half an emoji in a field that nobody reads."""
        try:
            self._store(arrivals)
        except DataError:
            if len(arrivals) > 1:
                raise
            self._store([replace(one, body=_legible(one.body)) for one in arrivals])
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            self._connection = None
            self._store(arrivals)

    def _store(self, arrivals: Sequence[Arrival]) -> None:
        if self._connection is None:
            self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        store_arrivals(self._connection, arrivals)


def _legible(value: Any) -> Any:
    """`value` with U+FFFD for NUL and for halves of characters, in all its texts."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_legible(inner) for inner in value]
    if isinstance(value, dict):
        return {_legible(name): _legible(inner) for name, inner in value.items()}
    return value
