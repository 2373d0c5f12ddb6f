"""Loading reference data: administrative units, banks, tax rules. Repeating an import changes only what differs."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

from sqlalchemy import delete, func, insert, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from core.ids import new_id
from models import AdminUnit, Bank, Base, FormerCommune, TaxRule
from services.queries.places import fold_unit_name

DATA = Path(__file__).resolve().parent.parent / "data"


def import_units(session: Session, folder: Path = DATA) -> tuple[int, int]:
    """Load `admin_units.csv` and `admin_units_2025_mapping.csv`; how many units and former communes there are."""
    units = [_unit(row) for row in _read(folder / "admin_units.csv")]
    former = [
        _former(row) for row in _read(folder / "admin_units_2025_mapping.csv") if row["new_commune_code"]
    ]
    units.sort(key=lambda unit: (unit["level"] == "commune", unit["code"]))
    _upsert(session, AdminUnit, ["code"], units)
    session.execute(delete(FormerCommune))
    session.execute(insert(FormerCommune), former)
    return len(units), len(former)


def import_banks(session: Session, folder: Path = DATA) -> int:
    """Load `banks.csv`; how many banks and wallets there are. One that the file has no more is closed, and open
    again once the file has it back."""
    banks = [_bank(row) for row in _read(folder / "banks.csv")]
    _upsert(session, Bank, ["bin"], banks)
    gone = Bank.bin.not_in([bank["bin"] for bank in banks])
    session.execute(update(Bank).where(gone, Bank.closed_at.is_(None)).values(closed_at=func.now()))
    return len(banks)


def import_tax_rules(session: Session, folder: Path = DATA) -> int:
    """Load `tax_rules.csv`; how many rules there are. A rule of another day stays beside those of the file."""
    rules = [_tax_rule(row) for row in _read(folder / "tax_rules.csv")]
    _upsert(session, TaxRule, ["code", "valid_from"], rules)
    return len(rules)


def _read(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def _unit(row: dict[str, str]) -> dict[str, object]:
    return {
        "code": row["code"],
        "level": row["level"],
        "name": row["name"],
        "kind": row["kind"],
        "folded_name": fold_unit_name(row["name"]),
        "province_code": row["province_code"] or row["code"],
        "latitude": float(row["lat"]) if row["lat"] else None,
        "longitude": float(row["lon"]) if row["lon"] else None,
    }


def _former(row: dict[str, str]) -> dict[str, object]:
    return {
        "id": new_id(),
        "old_code": row["old_commune_code"],
        "old_name": row["old_commune"],
        "old_district": row["old_district"],
        "old_province": row["old_province"],
        "folded_name": fold_unit_name(row["old_commune"]),
        "successor_code": row["new_commune_code"],
        "split": row["how"] == "split",
        "likeliest": row["is_default"] == "1",
    }


def _bank(row: dict[str, str]) -> dict[str, object]:
    return {
        "bin": row["bin"],
        "code": row["code"],
        "short_name": row["short_name"],
        "name": row["name"],
        "kind": row["kind"],
        "verified": "unverified" not in row["source"],
        "closed_at": None,
    }


def _tax_rule(row: dict[str, str]) -> dict[str, object]:
    return {
        "code": row["code"],
        "valid_from": date.fromisoformat(row["valid_from"]),
        "unit": row["unit"],
        "number": int(row["number"]) if row["number"] else None,
        "name": row["name"] or None,
        "source": row["source"],
    }


def _upsert(
    session: Session, table: type[Base], key: Sequence[str], rows: Iterable[dict[str, object]]
) -> None:
    rows = list(rows)
    statement = upsert(table)
    changes = {name: statement.excluded[name] for name in rows[0] if name not in key}
    session.execute(statement.on_conflict_do_update(index_elements=key, set_=changes), rows)
