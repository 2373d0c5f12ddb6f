"""Searching today's communes, also by the names they had before the 2025 merger."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, case, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from core.errors import InvalidInput, NotFound, text
from core.text import fold
from models import AdminUnit, AdminUnitLevel, Bank, FormerCommune

KIND_WORDS = (
    "xa ",
    "phuong ",
    "thi tran ",
    "dac khu ",
    "tinh ",
    "thanh pho ",
    "huyen ",
    "thi xa ",
    "quan ",
    "tp ",
)


class HowFound(StrEnum):
    CURRENT = "current"
    WHOLE = "whole"
    SPLIT = "split"


@dataclass(frozen=True)
class UnitFound:
    """A commune of today, the name that matched, and whether that name is today's or an old one's."""

    code: str
    name: str
    kind: str
    province_code: str
    province: str
    matched: str
    how: HowFound


def fold_unit_name(name: str) -> str:
    """A unit's name as searches compare it: `Phường Hoà Bình` → `hoa binh`."""
    folded = fold(name)
    for word in KIND_WORDS:
        if folded.startswith(word):
            return folded.removeprefix(word)
    return folded


def find_units(session: Session, typed: str, province: str | None = None, limit: int = 20) -> list[UnitFound]:
    """Communes whose name, code or former name is like `typed`; the closest first, today's before old ones."""
    wanted = fold_unit_name(typed)
    if not wanted:
        return []
    rows = _current(session, wanted, province, limit)
    rows += _former(session, wanted, province, limit) if len(rows) < limit else []
    unique: dict[str, UnitFound] = {}
    for row in rows:
        unique.setdefault(row.code, row)
    return list(unique.values())[:limit]


def _current(session: Session, wanted: str, province: str | None, limit: int) -> list[UnitFound]:
    parent = aliased(AdminUnit)
    query = (
        select(AdminUnit.code, AdminUnit.name, AdminUnit.kind, parent.code, parent.name, AdminUnit.name)
        .join(parent, AdminUnit.province_code == parent.code)
        .where(AdminUnit.level == AdminUnitLevel.COMMUNE)
        .where(_like(AdminUnit.folded_name, wanted) | (AdminUnit.code == wanted))
        .order_by(_closeness(AdminUnit.folded_name, wanted), AdminUnit.folded_name, AdminUnit.code)
        .limit(limit)
    )
    if province:
        query = query.where(AdminUnit.province_code == province)
    return [UnitFound(*row, how=HowFound.CURRENT) for row in session.execute(query)]


def _former(session: Session, wanted: str, province: str | None, limit: int) -> list[UnitFound]:
    parent = aliased(AdminUnit)
    old = FormerCommune
    old_name = old.old_name + literal(", ") + old.old_district + literal(", ") + old.old_province
    query = (
        select(AdminUnit.code, AdminUnit.name, AdminUnit.kind, parent.code, parent.name, old_name, old.split)
        .join(AdminUnit, AdminUnit.code == old.successor_code)
        .join(parent, AdminUnit.province_code == parent.code)
        .where(_like(old.folded_name, wanted))
        .order_by(_closeness(old.folded_name, wanted), old.old_code, old.likeliest.desc())
        .limit(limit)
    )
    if province:
        query = query.where(AdminUnit.province_code == province)
    return [
        UnitFound(*row[:6], how=HowFound.SPLIT if row[6] else HowFound.WHOLE)
        for row in session.execute(query)
    ]


def _like(column: InstrumentedAttribute[str], wanted: str) -> ColumnElement[bool]:
    return column.contains(wanted, autoescape=True)


def _closeness(column: InstrumentedAttribute[str], wanted: str) -> ColumnElement[int]:
    """0 for the very name, 1 for its beginning, 2 for anything else."""
    return case((column == wanted, 0), (func.starts_with(column, wanted), 1), else_=2)


def require_known_commune(session: Session, code: str, field: str = "commune_code") -> None:
    """Raises InvalidInput (on `field`) where `code` is no commune of today."""
    unit = session.get(AdminUnit, code)
    if unit is None or unit.level is not AdminUnitLevel.COMMUNE:
        raise InvalidInput.of(field, text("Không có xã này trong danh mục hiện hành"))


def get_province(session: Session, code: str) -> AdminUnit:
    """A province of today. Raises NotFound."""
    unit = session.get(AdminUnit, code)
    if unit is None or unit.level is not AdminUnitLevel.PROVINCE:
        raise NotFound()
    return unit


def get_province_of(session: Session, commune_code: str) -> AdminUnit:
    """The province in which a commune lies."""
    return get_province(session, session.get_one(AdminUnit, commune_code).province_code)


def list_banks(session: Session, kept: str | None = None) -> list[Bank]:
    """Those in which an account may be named, and the one that an account has already."""
    query = select(Bank).where(or_(Bank.closed_at.is_(None), Bank.bin == kept))
    return list(session.scalars(query.order_by(Bank.kind, Bank.short_name)))


def list_all_banks(session: Session) -> list[Bank]:
    """Closed ones too, after the others."""
    query = select(Bank).order_by(Bank.closed_at.is_not(None), Bank.kind, Bank.short_name)
    return list(session.scalars(query))


def unit_names(session: Session, codes: set[str]) -> dict[str, str]:
    """Names of units by their codes."""
    rows = session.execute(select(AdminUnit.code, AdminUnit.name).where(AdminUnit.code.in_(codes)))
    return {row[0]: row[1] for row in rows}
