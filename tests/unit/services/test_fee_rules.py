"""How fees are reckoned."""

from datetime import date
from uuid import uuid4

import pytest

from core.money import MAX_DONG
from models import FeeKind, FeeTariff
from services.fee_rules import charge_day, charge_stall, market_class

AREA, STALL, DAY = FeeKind.AREA_MONTH, FeeKind.STALL_MONTH, FeeKind.DAY


def tariff(kind: FeeKind, rate: int, row: str | None = None) -> FeeTariff:
    return FeeTariff(market_id=uuid4(), kind=kind, rate=rate, row=row, valid_from=date(2026, 1, 1))


@pytest.mark.parametrize(("stalls", "found"), [(401, 1), (400, 2), (200, 2), (199, 3), (0, 3)])
def test_class_follows_the_number_of_stalls(stalls, found):
    assert market_class(stalls) == found


def of_province(kind: FeeKind, rate: int, row: str | None = None) -> FeeTariff:
    found = tariff(kind, rate, row)
    found.market_id, found.province_code, found.market_class = None, "15", 2
    return found


def test_province_steps_in_where_the_market_has_no_tariff_that_fits():
    own_row, whole = tariff(STALL, 70_000, row="A"), of_province(AREA, 12_000)
    charge = charge_stall([own_row, whole], "B", 8)
    assert charge.basis == [{"kind": AREA, "rate": 12_000, "market_class": 2, "area_m2": 8, "amount": 96_000}]
    assert charge_stall([own_row, whole], "A", 8).amount == 70_000
    assert charge_stall([whole, of_province(AREA, 15_000, row="B")], "B", 8).amount == 120_000


def test_own_tariff_of_the_market_wins_and_is_not_added_to_the_provinces():
    own = tariff(STALL, 50_000)
    assert charge_stall([of_province(AREA, 12_000), own], None, 8).amount == 50_000
    assert charge_stall([of_province(AREA, 12_000, row="B"), own], "B", 8).amount == 50_000
    assert charge_day([of_province(DAY, 3_000), tariff(DAY, 5_000)]).amount == 5_000
    assert charge_day([of_province(DAY, 3_000), own]).amount == 3_000


def test_area_and_stall_add_up():
    charge = charge_stall([tariff(AREA, 12_000), tariff(STALL, 50_000)], None, 8)
    assert charge is not None
    assert charge.amount == 146_000
    assert charge.basis == [
        {"kind": AREA, "rate": 12_000, "area_m2": 8, "amount": 96_000},
        {"kind": STALL, "rate": 50_000, "amount": 50_000},
    ]


def test_tariffs_of_a_row_stand_in_the_place_of_the_markets():
    tariffs = [tariff(AREA, 12_000), tariff(STALL, 70_000, row="A")]
    assert charge_stall(tariffs, "A", 8).amount == 70_000
    assert charge_stall(tariffs, "B", 8).amount == 96_000
    assert charge_stall(tariffs, None, 8).amount == 96_000


@pytest.mark.parametrize(("area", "rate", "amount"), [(3.33, 1_000, 3_330), (0.35, 10, 4), (2.55, 10, 26)])
def test_half_a_dong_is_rounded_up(area, rate, amount):
    assert charge_stall([tariff(AREA, rate)], None, area).amount == amount


def test_what_cannot_be_reckoned_is_not_guessed():
    assert charge_stall([tariff(AREA, 12_000)], None, None) is None
    assert charge_stall([tariff(AREA, 12_000), tariff(STALL, 50_000)], None, None) is None
    assert charge_stall([tariff(STALL, 50_000, row="A")], "B", 8) is None
    assert charge_stall([tariff(DAY, 5_000)], None, 8) is None
    assert charge_stall([tariff(AREA, MAX_DONG)], None, 2) is None
    assert charge_stall([tariff(AREA, 1)], None, 0.4) is None


def test_ticket_takes_the_daily_rate():
    assert charge_day([tariff(AREA, 12_000), tariff(DAY, 5_000)]).amount == 5_000
    assert charge_day([tariff(AREA, 12_000)]) is None
