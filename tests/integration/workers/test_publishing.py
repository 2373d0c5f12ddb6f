"""One floor made equal to a listing: the newest version wins, two workers never publish it at once, and one that
is killed in the middle has it done again."""

import hashlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.clock import now
from gateways.errors import Problem
from gateways.ports import FloorListing
from models import (
    DeliveryStatus,
    FloorPicture,
    Listing,
    OutboxEvent,
    Photo,
    PhotoFile,
    PhotoSize,
    PhotoStatus,
    Publication,
    PublicationStatus,
)
from runner import sessions
from services import floor_accounts, listings
from services.publishing import (
    LEASE,
    PublicationBusy,
    PublicationTask,
    begin_publication,
    finish_publication,
    postpone_publication,
    reject_publication,
)
from tests.builders import anybody, make_listing
from tests.integration.workers.harness import deliveries, on_the_road, pass_time
from workers import relay
from workers.database import engine, transaction
from workers.jobs.publishing import publish_listing, read_photo, rehearse
from workers.lanes import WIDTH
from workers.queues import QueueName

ROOT = Path(__file__).resolve().parents[3]
SHOWN = FloorListing("7", "https://floor.example/7")
AGAIN = Problem(None, "unavailable", "Chưa liên lạc được")


@pytest.fixture
def listing(session: Session) -> Listing:
    """Approved for one floor."""
    found = make_listing(session)
    listings.approve_listing(session, anybody(session), found.id)
    session.commit()
    return found


@pytest.fixture
def publication(listing: Listing) -> Publication:
    (only,) = listing.publications
    return only


def begin(session: Session, publication: Publication) -> PublicationTask | None:
    task = begin_publication(session, publication.id, read_photo)
    session.commit()
    return task


def fail(session: Session, publication: Publication) -> datetime:
    """An attempt comes to nothing; when the next one is due."""
    task = begin(session, publication)
    assert task
    due = now() + timedelta(seconds=30)
    postpone_publication(session, task, AGAIN, due)
    session.commit()
    return due


def again(session: Session, publication: Publication) -> Publication:
    session.rollback()
    session.expire_all()
    return session.get_one(Publication, publication.id)


def reprice(session: Session, listing: Listing, price: int) -> None:
    listings.change_listing(session, anybody(session), listing.id, price=price)
    session.commit()


def test_floor_that_is_equal_is_left_alone(session: Session, publication: Publication) -> None:
    task = begin(session, publication)
    assert task
    finish_publication(session, task, SHOWN)
    session.commit()
    assert again(session, publication).status is PublicationStatus.LISTED
    assert begin(session, publication) is None


def test_two_workers_never_publish_at_once(session: Session, publication: Publication) -> None:
    assert begin(session, publication)
    with pytest.raises(PublicationBusy):
        begin_publication(session, publication.id, read_photo)


def test_what_comes_again_waits_for_the_next_attempt_and_what_is_new_does_not(
    session: Session, publication: Publication
) -> None:
    due = fail(session, publication)
    with pytest.raises(PublicationBusy) as busy:
        begin_publication(session, publication.id, read_photo, again=True)
    assert busy.value.next_attempt_at == due
    assert begin(session, publication)


def test_a_rehearsal_puts_everything_into_sql_and_leaves_nothing(
    session: Session, publication: Publication
) -> None:
    events = select(func.count()).select_from(OutboxEvent)
    before = session.scalar(events)
    rehearse()
    compiled = engine()._compiled_cache
    assert compiled is not None
    known = len(compiled)
    with transaction() as worker:
        floor_accounts.condition_of(worker, "vendure")
        task = begin_publication(worker, publication.id, read_photo)
        assert task
        finish_publication(worker, task, SHOWN)
    assert len(compiled) == known
    assert session.scalar(events) == (before or 0) + 1


def test_lease_of_a_dead_worker_ends(session: Session, publication: Publication) -> None:
    assert begin(session, publication)
    pass_time(session, LEASE.total_seconds() + 1)
    assert begin(session, publication)
    assert again(session, publication).attempts == 2


def test_newest_version_wins(session: Session, listing: Listing, publication: Publication) -> None:
    old = begin(session, publication)
    assert old
    assert old.offer
    reprice(session, listing, 41_000)
    finish_publication(session, old, SHOWN)
    session.commit()
    assert again(session, publication).status is PublicationStatus.WAITING
    new = begin(session, publication)
    assert new
    assert new.offer
    assert (new.version, new.offer.price) == (old.version + 1, 41_000)
    finish_publication(session, new, SHOWN)
    session.commit()
    found = again(session, publication)
    assert (found.status, found.published_version) == (PublicationStatus.LISTED, new.version)


def test_late_answer_about_an_old_version_has_the_newest_shown_again(
    session: Session, listing: Listing, publication: Publication
) -> None:
    """A worker that lost its lease overwrote what the other had published."""
    old = begin(session, publication)
    reprice(session, listing, 41_000)
    pass_time(session, LEASE.total_seconds() + 1)
    new = begin(session, publication)
    assert old
    assert new
    finish_publication(session, new, SHOWN)
    finish_publication(session, old, SHOWN)
    session.commit()
    assert again(session, publication).status is PublicationStatus.WAITING
    repeated = begin(session, publication)
    assert repeated
    assert repeated.version == new.version


def test_withdrawn_listing_is_taken_down(
    session: Session, listing: Listing, publication: Publication
) -> None:
    listings.withdraw_listing(session, anybody(session), listing.id)
    session.commit()
    task = begin(session, publication)
    assert task
    assert task.offer is None
    finish_publication(session, task, None)
    session.commit()
    assert again(session, publication).status is PublicationStatus.WITHDRAWN


def test_withdrawn_listing_that_changes_meanwhile_is_taken_down_all_the_same(
    session: Session, listing: Listing, publication: Publication
) -> None:
    """An order that is cancelled gives its goods back to a listing that nobody is asked to show any more."""
    listings.withdraw_listing(session, anybody(session), listing.id)
    listing.version += 1
    session.commit()
    task = begin(session, publication)
    assert task
    finish_publication(session, task, None)
    session.commit()
    assert again(session, publication).status is PublicationStatus.WITHDRAWN
    assert begin(session, publication) is None


def test_photo_is_read_when_a_floor_wants_it(session: Session, listing: Listing) -> None:
    photo = Photo(product_id=listing.product_id, position=1, sha256=bytes(32), status=PhotoStatus.READY)
    session.add(photo)
    session.flush()
    content = b"a JPEG"
    digest = hashlib.sha256(content).digest()
    session.add(PhotoFile(photo_id=photo.id, size=PhotoSize.LARGE, sha256=digest, content=content))
    session.add(FloorPicture(marketplace="vendure", sha256=digest.hex(), name="asset 7"))
    listings.approve_listing(session, anybody(session), listing.id)
    session.commit()
    task = begin(session, listing.publications[0])
    assert task
    assert task.offer
    (picture,) = task.offer.pictures
    assert (picture.key, picture.known_as, picture.read()) == (digest.hex(), "asset 7", content)


def test_refusal_stands_on_the_listing_until_it_is_changed(
    session: Session, listing: Listing, publication: Publication
) -> None:
    task = begin(session, publication)
    assert task
    reject_publication(session, task, [Problem("price", "too_low", "Giá quá thấp")])
    session.commit()
    refused = again(session, publication)
    assert refused.status is PublicationStatus.REJECTED
    (problem,) = refused.problems
    assert (problem["field"], problem["code"], problem["text"]) == ("price", "too_low", "Giá quá thấp")
    reprice(session, session.get_one(Listing, listing.id), 41_000)
    assert begin(session, publication)


def test_failure_frees_the_publication_and_shows_when_it_is_tried_again(
    session: Session, publication: Publication
) -> None:
    due = fail(session, publication)
    waiting = again(session, publication)
    assert (waiting.status, waiting.next_attempt_at, waiting.leased_until) == (
        PublicationStatus.WAITING,
        due,
        None,
    )
    task = begin(session, publication)
    assert task
    postpone_publication(session, task, AGAIN, None)
    session.commit()
    assert again(session, publication).status is PublicationStatus.FAILED


def test_job_waits_for_the_worker_that_is_at_it(session: Session, publication: Publication) -> None:
    relay.relay_once()
    assert begin(session, publication)
    (event_ids,) = on_the_road(QueueName.PUBLISHING)
    publish_listing(event_ids)
    (waiting,) = deliveries(session, "publish_listing")
    assert (waiting.status, waiting.attempts) == (DeliveryStatus.QUEUED, 0)
    assert waiting.due_at > now()


class SilentFloor:
    """Takes connections and never answers: a worker stands in the middle of its call for ever."""

    def __init__(self) -> None:
        self.calls: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        while True:
            try:
                self.calls.append(self._listener.accept()[0])
            except OSError:
                return

    def await_call(self, number: int) -> None:
        deadline = time.monotonic() + 30
        while len(self.calls) < number:
            assert time.monotonic() < deadline, "nobody called"
            time.sleep(0.02)

    def close(self) -> None:
        self._listener.close()
        for call in self.calls:
            call.close()


@pytest.fixture
def silent_floor() -> Iterator[SilentFloor]:
    floor = SilentFloor()
    yield floor
    floor.close()


def start_worker(floor: SilentFloor) -> "subprocess.Popen[bytes]":
    """As `make run` starts it."""
    return subprocess.Popen(
        [sys.executable, "-m", "workers.worker", "publishing", "--forking"],
        cwd=ROOT,
        env={**os.environ, "VENDURE_URL": floor.url},
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )


def kill(worker: "subprocess.Popen[bytes]") -> None:
    sessions.kill(worker.pid)
    worker.wait()


def test_worker_killed_in_the_middle_of_publishing_has_it_done_again(
    session: Session, publication: Publication, silent_floor: SilentFloor
) -> None:
    relay.relay_once()
    worker = start_worker(silent_floor)
    silent_floor.await_call(1)
    kill(worker)
    left = again(session, publication)
    assert left.status is PublicationStatus.PUBLISHING
    assert left.leased_until
    assert relay.relay_once() == 0

    pass_time(session, 181)
    assert relay.relay_once() == 1
    worker = start_worker(silent_floor)
    try:
        silent_floor.await_call(2)
        assert again(session, publication).attempts == 2
    finally:
        kill(worker)


def test_floors_call_is_made_in_a_process_of_its_own(
    session: Session, publication: Publication, silent_floor: SilentFloor
) -> None:
    relay.relay_once()
    worker = start_worker(silent_floor)
    try:
        silent_floor.await_call(1)
        (horse,) = set(sessions.members(worker.pid)) - {worker.pid}
        os.kill(horse, signal.SIGKILL)
        while horse in sessions.members(worker.pid):
            time.sleep(0.02)
        time.sleep(0.2)
        assert worker.poll() is None, "the worker outlives it"
    finally:
        kill(worker)


def test_worker_that_is_asked_to_stop_ends_what_is_under_way_and_begins_nothing(
    session: Session, silent_floor: SilentFloor
) -> None:
    offered = [make_listing(session) for _ in range(WIDTH + 4)]
    for one in offered:
        listings.approve_listing(session, anybody(session), one.id)
    session.commit()
    relay.relay_once()
    worker = start_worker(silent_floor)
    try:
        silent_floor.await_call(WIDTH)
        worker.terminate()
        time.sleep(0.5)
        assert worker.poll() is None, "it waits for the calls that are under way"
        silent_floor.close()
        assert worker.wait(20) == 0
    finally:
        kill(worker)
    session.expire_all()
    attempts = sorted(one.publications[0].attempts for one in offered)
    assert attempts == [0] * 4 + [1] * WIDTH
    assert {one.publications[0].leased_until for one in offered} == {None}
