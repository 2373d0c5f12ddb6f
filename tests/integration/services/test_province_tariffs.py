"""Tariffs that a province sets by class of market; markets here have fewer than 200 stalls, and so are of class 3."""

from datetime import timedelta

import pytest

from core.clock import business_day, now
from core.errors import Forbidden, InvalidInput
from core.periods import month_of
from models import FeeKind
from services import fee_rules, fee_tariffs, fees
from services.access import actor_of
from tests import builders

TODAY = business_day(now())
FIRST = TODAY.replace(day=1)


@pytest.fixture
def manager(session, market):
    return actor_of(builders.make_manager(session, market))


def set_rate(session, rate, market_class=3, **facts):
    facts = {"kind": FeeKind.STALL_MONTH, "valid_from": FIRST, "province_code": builders.LAO_CAI} | facts
    actor = builders.anybody(session)
    fee_tariffs.set_tariff(session, actor, rate=rate, market_class=market_class, **facts)
    session.commit()


def total(session, market, manager):
    builders.make_stall(session, market, area_m2=8)
    return fees.issue_invoices(session, manager, market.id, month_of(TODAY)).total


def test_market_without_an_own_takes_that_of_its_class(session, market, manager):
    for market_class, rate in ((1, 90_000), (2, 60_000), (3, 40_000)):
        set_rate(session, rate, market_class)
    set_rate(session, 10_000, province_code="01")
    assert total(session, market, manager) == 40_000


def test_own_one_wins(session, market, manager):
    set_rate(session, 40_000)
    own = {"kind": FeeKind.STALL_MONTH, "rate": 55_000, "valid_from": FIRST}
    fee_tariffs.set_tariff(session, manager, market_id=market.id, **own)
    assert total(session, market, manager) == 55_000


def test_class_grows_with_the_market(session, market, manager, monkeypatch):
    monkeypatch.setattr(fee_rules, "CLASS_2_FROM", 2)
    set_rate(session, 60_000, 2)
    builders.make_stall(session, market, area_m2=8)
    with pytest.raises(InvalidInput):
        fees.issue_invoices(session, manager, market.id, month_of(TODAY))
    assert total(session, market, manager) == 120_000


def test_it_holds_from_its_day_and_ends_the_one_before(session, market, manager):
    set_rate(session, 40_000, valid_from=FIRST - timedelta(days=90))
    set_rate(session, 45_000)
    set_rate(session, 50_000, valid_from=FIRST + timedelta(days=40))
    assert total(session, market, manager) == 45_000
    with pytest.raises(InvalidInput) as refused:
        set_rate(session, 46_000)
    assert "valid_from" in refused.value.errors


def test_a_ticket_takes_its_daily_rate(session, market, manager):
    set_rate(session, 3_000, kind=FeeKind.DAY)
    ticket, _ = fees.issue_ticket(
        session, manager, market.id, TODAY.isoformat(), builders.make_seller(session).id
    )
    assert ticket.amount == 3_000


def test_only_an_administrator_sets_one_and_of_a_province_only(session, manager):
    facts = {"kind": FeeKind.DAY, "rate": 1_000, "valid_from": FIRST, "market_class": 3}
    with pytest.raises(Forbidden):
        fee_tariffs.set_tariff(session, manager, province_code=builders.LAO_CAI, **facts)
    with pytest.raises(InvalidInput) as refused:
        fee_tariffs.set_tariff(session, builders.anybody(session), province_code=builders.BAC_HA, **facts)
    assert "province_code" in refused.value.errors
