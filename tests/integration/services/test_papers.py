"""A paper that runs out: floors are asked to name it no more, once, however often the clock asks."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event, select, text, update
from sqlalchemy.orm import Session, sessionmaker

from core.clock import business_day, now
from core.errors import InvalidInput
from models import Certificate, Listing, OutboxEvent, Product, PublicationStatus
from services.listings import approve_listing
from services.offers import draft_for
from services.papers import running_out
from services.products import change_product, retire_papers
from services.publishing import begin_publication, finish_publication, photo_content
from tests.builders import anybody, make_listing, make_product
from workers.jobs import maintenance

FLOORS = ("postmart", "shop", "vendure")


def paper(days: int, name: str = "VietGAP", number: str = "1") -> dict[str, Any]:
    """Valid for so many days more."""
    return {"name": name, "number": number, "expires_on": business_day(now()) + timedelta(days=days)}


def stand(session: Session, *papers: dict[str, Any], marketplaces: Sequence[str] = FLOORS) -> Listing:
    """An approved listing of a product with these papers."""
    listing = make_listing(session, make_product(session, papers=list(papers)), marketplaces=marketplaces)
    approve_listing(session, anybody(session), listing.id)
    session.commit()
    return listing


def pass_days(session: Session, product: Product, days: int) -> None:
    """All its papers are so much older."""
    ages = {"expires_on": Certificate.expires_on - days}
    session.execute(update(Certificate).where(Certificate.product_id == product.id).values(ages))
    session.commit()
    session.expire_all()


def retire(session: Session, most: int = 100) -> tuple[int, int]:
    done = retire_papers(session, most)
    session.commit()
    session.expire_all()
    return done


def requests(session: Session) -> list[str]:
    query = select(OutboxEvent).where(OutboxEvent.type.like("publication.%")).order_by(OutboxEvent.id)
    return [event.payload["marketplace"] for event in session.scalars(query)]


def test_floors_are_asked_once_for_what_named_the_paper(session: Session) -> None:
    listing, other = stand(session, paper(1)), stand(session, paper(2, "Hữu cơ"))
    asked = requests(session)
    assert retire(session) == (0, 0), "its last day has not come"
    pass_days(session, listing.product, 1)
    assert retire(session) == (0, 0), "its last day counts"
    pass_days(session, listing.product, 1)
    assert "VietGAP" not in draft_for(listing, "vendure", 0).description
    assert retire(session) == (1, 1)
    assert (listing.version, other.version) == (2, 1)
    standing = {one.marketplace: one for one in listing.publications}
    assert {one.desired_version for one in standing.values()} == {2}
    assert (standing["shop"].status, standing["shop"].published_version) == (PublicationStatus.LISTED, 2)
    assert {standing[name].status for name in ("postmart", "vendure")} == {PublicationStatus.WAITING}
    assert sorted(requests(session)[len(asked) :]) == sorted(FLOORS)
    for _ in range(3):
        assert retire(session) == (0, 0)
    assert (listing.version, len(requests(session))) == (2, len(asked) + len(FLOORS))


def test_the_worker_then_shows_it_without_the_paper(session: Session) -> None:
    listing = stand(session, paper(1), paper(90, "Hữu cơ"), marketplaces=["vendure"])
    (publication,) = listing.publications
    task = begin_publication(session, publication.id, partial(photo_content, session))
    assert task
    assert task.offer
    assert "VietGAP" in task.offer.description
    finish_publication(session, task, None)
    pass_days(session, listing.product, 2)
    retire(session)
    again = begin_publication(session, publication.id, partial(photo_content, session))
    assert again
    assert again.offer
    assert ("VietGAP" in again.offer.description, "Hữu cơ" in again.offer.description) == (False, True)


def test_drafts_and_what_was_withdrawn_are_not_published(session: Session) -> None:
    draft = make_listing(session, make_product(session, papers=[paper(1)]))
    pass_days(session, draft.product, 2)
    asked = requests(session)
    assert retire(session) == (1, 1)
    assert (draft.version, draft.publications, requests(session)) == (2, [], asked)


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    """The statements that are sent."""
    sent: list[str] = []

    def note(*about: Any) -> None:
        sent.append(about[2])

    event.listen(session.get_bind(), "before_cursor_execute", note)
    yield sent
    event.remove(session.get_bind(), "before_cursor_execute", note)


def test_many_run_out_on_one_day_in_as_many_statements_as_one(session: Session) -> None:
    found = [stand(session, paper(1)) for _ in range(8)]
    for listing in found:
        pass_days(session, listing.product, 2)
    with counted(session) as sent:
        assert retire_papers(session, 1) == (1, 1)
        for_one = len(sent)
        assert retire_papers(session, 5) == (5, 5)
        assert len(sent) == for_one * 2
    session.commit()
    assert [retire(session, 5), retire(session, 5)] == [(2, 2), (0, 0)]
    assert {listing.version for listing in found} == {2}


def test_the_clock_has_all_of_them_retired(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintenance, "PAPERS_AT_ONCE", 2)
    found = [stand(session, paper(1), marketplaces=["shop"]) for _ in range(5)]
    for listing in found:
        pass_days(session, listing.product, 2)
    for _ in range(2):
        maintenance.retire_papers()
    session.expire_all()
    assert [listing.version for listing in found] == [2] * 5


def test_two_clocks_at_once_ask_once(session: Session) -> None:
    listing = stand(session, paper(1), marketplaces=["shop"])
    pass_days(session, listing.product, 2)
    with sessionmaker(session.get_bind())() as other:
        assert retire_papers(session, 100) == (1, 1)
        other.execute(text("SET LOCAL lock_timeout = '2s'"))
        assert retire_papers(other, 100) == (0, 0)
        session.commit()
        assert retire_papers(other, 100) == (0, 0)
    session.expire_all()
    assert listing.version == 2


def test_a_paper_that_was_over_when_it_was_told_asks_nobody(session: Session) -> None:
    listing = stand(session, paper(-1))
    assert retire(session) == (0, 0)
    change_product(session, anybody(session), listing.product_id, papers=[paper(-1), paper(-5, "Hữu cơ")])
    session.commit()
    assert (retire(session), listing.version) == ((0, 0), 2)


def test_another_change_does_not_retire_it_again_and_a_new_paper_is_its_own(session: Session) -> None:
    listing = stand(session, paper(1))
    pass_days(session, listing.product, 2)
    assert retire(session) == (1, 1)
    old = [
        {"name": one.name, "number": one.number, "expires_on": one.expires_on}
        for one in listing.product.papers
    ]
    actor = anybody(session)
    change_product(session, actor, listing.product_id, name="Mận hậu", papers=[*old, paper(10, number="2")])
    session.commit()
    assert (retire(session), listing.version) == ((0, 0), 3)
    change_product(session, actor, listing.product_id, papers=[paper(400)])
    session.commit()
    assert [one.expires_on for one in listing.product.papers] == [paper(400)["expires_on"]], (
        "renewed, same number"
    )
    pass_days(session, listing.product, 401)
    assert (retire(session), listing.version) == ((1, 1), 5)


def test_a_paper_is_told_once(session: Session) -> None:
    product = make_product(session, papers=[paper(1)])
    twice = [paper(5), paper(6)]
    with pytest.raises(InvalidInput) as caught:
        change_product(session, anybody(session), product.id, papers=twice)
    assert list(caught.value.errors) == ["papers"]
    session.rollback()
    with pytest.raises(InvalidInput):
        make_product(session, papers=twice)


def test_what_presses_most_comes_first() -> None:
    today = date(2026, 11, 29)
    ages = {"late": 31, "soon": 30, "today": 0, "over": -400}
    papers = [Certificate(name=name, expires_on=today + timedelta(days=days)) for name, days in ages.items()]
    assert [one.name for one in running_out(papers, today)] == ["over", "today", "soon"]
