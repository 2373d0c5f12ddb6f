"""What the floors' drill says that a kill broke off."""

from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy.orm import Session

from core.clock import now
from drills.leases import Leases
from models import Publication
from tests.builders import make_approved_listing


@pytest.fixture
def leases(session: Session, database_url: str) -> Iterator[Leases]:
    with psycopg.connect(database_url) as connection:
        yield Leases(connection)


def lease(session: Session, *, published_version: int | None = None, minutes: int = 2) -> Publication:
    (publication,) = make_approved_listing(session).publications
    publication.desired_version, publication.published_version = 2, published_version
    publication.leased_until = now() + timedelta(minutes=minutes)
    session.commit()
    return publication


def test_lease_is_broken_off_by_one_kill(session: Session, leases: Leases) -> None:
    first = lease(session)
    assert [one.sku for one in leases.broken_off()] == [first.listing.sku]
    second = lease(session)
    assert [one.sku for one in leases.broken_off()] == [second.listing.sku]


def test_lease_that_was_taken_anew_is_broken_off_again(session: Session, leases: Leases) -> None:
    publication = lease(session)
    leases.broken_off()
    publication.leased_until = now() + timedelta(minutes=3)
    session.commit()
    assert len(leases.broken_off()) == 1


def test_what_stood_on_the_floor_before_is_no_create(session: Session, leases: Leases) -> None:
    lease(session)
    lease(session, published_version=1)
    assert sorted(one.create for one in leases.broken_off()) == [False, True]


def test_lease_that_has_run_out_is_nobodys(session: Session, leases: Leases) -> None:
    lease(session, minutes=-1)
    assert leases.broken_off() == []
