"""What every table has in common: naming of constraints, column types, the session."""

import time
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    Engine,
    Enum,
    LargeBinary,
    MetaData,
    Text,
    TypeDecorator,
    create_engine,
    event,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry

from core.crypto import seal, seal_bytes, unseal, unseal_bytes
from core.ids import new_id
from core.money import MAX_DONG


class SealedText(TypeDecorator[str]):
    """Text that is stored encrypted (`core.crypto`) and read back in the clear."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else seal(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else unseal(value)


class SealedBytes(TypeDecorator[bytes]):
    """A file that is stored encrypted and read back in the clear."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else seal_bytes(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else unseal_bytes(value)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        str: Text,
        datetime: DateTime(timezone=True),
        int: BigInteger,
        dict[str, Any]: JSONB,
        Mapping[str, Any]: JSONB,
    }


Id = Annotated[UUID, mapped_column(primary_key=True, default=new_id)]
Dong = Annotated[int, mapped_column(BigInteger)]
"""An amount of money in whole đồng."""


class Created:
    """When the row came to be (UTC, the database's clock)."""

    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


def text_enum(kind: type[StrEnum]) -> Enum:
    """A StrEnum stored by value as text; the CHECK beside it (`one_of`) refuses anything else."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=False,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )


def one_of(column: str, kind: type[StrEnum]) -> CheckConstraint:
    values = ", ".join(f"'{member.value}'" for member in kind)
    return CheckConstraint(f"{column} IN ({values})", name=f"{column}_known")


def positive_amount(column: str = "amount") -> CheckConstraint:
    """More than nothing, and no more than a VietQR can carry."""
    return CheckConstraint(f"{column} BETWEEN 1 AND {MAX_DONG}", name=f"{column}_positive")


def not_blank(column: str) -> CheckConstraint:
    return CheckConstraint(f"length(btrim({column})) > 0", name=f"{column}_not_blank")


RESTED_SECONDS = 1.0
"""A connection that was used a moment ago is not asked whether it still stands: that would be a round trip more for
every transaction."""


def make_engine(url: str, *, pool_size: int = 5) -> Engine:
    """The engine of one process. Sessions speak UTC, no statement may hold up the market for ever, and no
    error tells what was to be stored."""
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        hide_parameters=True,
        connect_args={
            "options": "-c timezone=UTC -c lock_timeout=10s -c statement_timeout=60s "
            "-c idle_in_transaction_session_timeout=60s"
        },
    )
    _ping_the_rested(engine)
    return engine


def _ping_the_rested(engine: Engine) -> None:
    """As `pool_pre_ping`, which asks every time: where one that rested is gone, all of the pool are made anew."""

    @event.listens_for(engine, "checkin")
    def note(_: Any, record: ConnectionPoolEntry) -> None:
        record.info["used_at"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ping(connection: DBAPIConnection, record: ConnectionPoolEntry, _: Any) -> None:
        now = time.monotonic()
        if now - record.info.get("used_at", now) < RESTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error:
            raise InvalidatePoolError() from None
