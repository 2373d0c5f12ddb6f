"""Lists in pages: keyset paging, the newest first, so that a page costs the same however far down it lies."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.clock import start_of_day
from core.errors import InvalidInput, text

T = TypeVar("T")
Moment = InstrumentedAttribute[datetime]

DEFAULT_LIMIT = 50
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some `items` of a list; `next_cursor` leads to those after them, None at the end."""

    items: Sequence[T]
    next_cursor: str | None


@dataclass(frozen=True)
class Order:
    """What a list is sorted by, descending: a moment, and the id where moments are equal."""

    moment: Moment
    id: InstrumentedAttribute[UUID]


def page_of(session: Session, query: Select[T], order: Order, limit: int, cursor: str | None) -> Page[T]:
    """The page of `query` that begins after `cursor`. Raises InvalidInput for a cursor that is none of ours."""
    if cursor:
        query = query.where(tuple_(order.moment, order.id) < tuple_(*_read(cursor)))
    rows = session.scalars(query.order_by(order.moment.desc(), order.id.desc()).limit(limit + 1)).all()
    more = len(rows) > limit
    return Page(rows[:limit], _write(rows[limit - 1], order) if more else None)


def merged(pages: Sequence[Page[T]], order: Order, limit: int) -> Page[T]:
    """One page of several queries' in the same order, each of which began after the same cursor."""
    rows = list({getattr(row, order.id.key): row for page in pages for row in page.items}.values())
    rows.sort(key=attrgetter(order.moment.key, order.id.key), reverse=True)
    more = len(rows) > limit or any(page.next_cursor for page in pages)
    return Page(rows[:limit], _write(rows[limit - 1], order) if more else None)


Upward = tuple[InstrumentedAttribute[int], InstrumentedAttribute[UUID]]


def page_up_of(session: Session, query: Select[T], order: Upward, limit: int, cursor: str | None) -> Page[T]:
    """The same for rows that stand in the order of their numbers, the first one first."""
    number, id_ = order
    if cursor:
        query = query.where(tuple_(number, id_) > tuple_(*_read_number(cursor)))
    rows = session.scalars(query.order_by(number, id_).limit(limit + 1)).all()
    if len(rows) <= limit:
        return Page(rows, None)
    last = [getattr(rows[limit - 1], number.key), str(getattr(rows[limit - 1], id_.key))]
    return Page(rows[:limit], base64.urlsafe_b64encode(json.dumps(last).encode()).decode())


def _read_number(cursor: str) -> tuple[int, UUID]:
    try:
        number, id_ = json.loads(base64.b64decode(cursor.encode(), altchars=b"-_", validate=True))
        found = int(number), UUID(id_)
    except (ArithmeticError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidInput.of("cursor", text("Dấu trang không đúng")) from error
    if not 0 <= found[0] < 2**63:
        raise InvalidInput.of("cursor", text("Dấu trang không đúng"))
    return found


def _write(row: object, order: Order) -> str:
    moment, id_ = getattr(row, order.moment.key), getattr(row, order.id.key)
    return base64.urlsafe_b64encode(json.dumps([moment.isoformat(), str(id_)]).encode()).decode()


def _read(cursor: str) -> tuple[datetime, UUID]:
    try:
        moment, id_ = json.loads(base64.b64decode(cursor.encode(), altchars=b"-_", validate=True))
        found = datetime.fromisoformat(moment), UUID(id_)
    except (ValueError, TypeError, AttributeError, binascii.Error, RecursionError) as error:
        raise InvalidInput.of("cursor", text("Dấu trang không đúng")) from error
    if found[0].tzinfo is None:
        raise InvalidInput.of("cursor", text("Dấu trang không đúng"))
    return found


def in_days(moment: Moment, since: date | None, until: date | None) -> list[ColumnElement[bool]]:
    """Conditions for `moment` on business days `since` … `until`, both included."""
    conditions: list[ColumnElement[bool]] = []
    if since:
        conditions.append(moment >= start_of_day(since))
    if until:
        conditions.append(moment < start_of_day(until) + ONE_DAY)
    return conditions


def given(column: InstrumentedAttribute[Any], value: object) -> list[ColumnElement[bool]]:
    """The condition `column` = `value`, or none where nothing is asked for."""
    return [] if value is None else [column == value]
