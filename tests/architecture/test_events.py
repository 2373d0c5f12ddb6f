"""Every event has its line on the page of subscriptions, every job a queue, every queue a worker."""

import importlib
import inspect
import re
from datetime import timedelta

import pytest

from runner import plan
from services import events
from services.publishing import LEASE
from workers import lanes
from workers.beats import SCHEDULE
from workers.queues import QueueName
from workers.subscriptions import JOBS, SUBSCRIPTIONS

NAME = re.compile(r"[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*\.v[1-9]")
PROMISED = {
    "workers.jobs.alerts.alert_seller",
    "workers.jobs.alerts.send_threshold_notice",
    "workers.jobs.categories.poll_floor_categories",
    "workers.jobs.collection.close_payment_link",
    "workers.jobs.collection.confirm_channel_webhook",
    "workers.jobs.collection.open_payment_link",
    "workers.jobs.collection.poll_payment_request",
    "workers.jobs.collection.send_refund",
    "workers.jobs.fees.send_fee_reminder",
    "workers.jobs.fees.settle_fee_invoices",
    "workers.jobs.maintenance.ask_about_open_requests",
    "workers.jobs.maintenance.ask_floors_for_categories",
    "workers.jobs.maintenance.ask_floors_for_orders",
    "workers.jobs.maintenance.ask_floors_for_settlements",
    "workers.jobs.maintenance.drop_old_channel_keys",
    "workers.jobs.maintenance.forget_old_traces",
    "workers.jobs.maintenance.read_floors_back",
    "workers.jobs.maintenance.retire_papers",
    "workers.jobs.maintenance.seal_journal",
    "workers.jobs.maintenance.look_after_fees",
    "workers.jobs.maintenance.look_after_refunds",
    "workers.jobs.maintenance.look_after_unpaid_orders",
    "workers.jobs.maintenance.turn_prices",
    "workers.jobs.maintenance.watch_channel_webhooks",
    "workers.jobs.maintenance.watch_thresholds",
    "workers.jobs.orders.poll_floor_orders",
    "workers.jobs.labels.fetch_order_labels",
    "workers.jobs.orders.tell_floor_order",
    "workers.jobs.payments.settle_bank_notices",
    "workers.jobs.payments.settle_payment_notices",
    "workers.jobs.payments.tell_stalls",
    "workers.jobs.photos.make_photo_ready",
    "workers.jobs.publishing.check_publication",
    "workers.jobs.publishing.publish_listing",
    "workers.jobs.settlements.poll_floor_settlements",
    "workers.jobs.statements.import_statement",
}
"""Queues of a running installation may hold these: one that is renamed must be left a way."""


def event_classes() -> set[type[events.Event]]:
    found = {
        kind for _, kind in inspect.getmembers(events, inspect.isclass) if issubclass(kind, events.Event)
    }
    return {kind for kind in found if "type" in vars(kind)}


def test_every_event_says_what_follows_it_or_that_nothing_does() -> None:
    assert set(SUBSCRIPTIONS) == event_classes()


def test_events_are_named_by_what_happened_and_no_two_alike() -> None:
    names = [kind.type for kind in event_classes()]
    assert len(set(names)) == len(names)
    assert [name for name in names if not NAME.fullmatch(name)] == []


def test_jobs_are_where_queues_expect_them() -> None:
    assert {*(job.path for job in JOBS.values()), *(beat.path for beat in SCHEDULE)} == PROMISED
    for path in PROMISED:
        module, _, name = path.rpartition(".")
        assert callable(getattr(importlib.import_module(module), name))


def test_no_two_subscriptions_share_a_jobs_name() -> None:
    """Deliveries know a job by its name."""
    subscriptions = {job for jobs in SUBSCRIPTIONS.values() for job in jobs}
    assert len(JOBS) == len(subscriptions)


def workers() -> list[list[str]]:
    """What `make run` tells its workers."""
    commands = [list(spec.command) for spec in plan.background({})]
    return [command[3:] for command in commands if command[1:3] == ["-m", "workers.worker"]]


def test_every_queue_has_a_worker_and_every_worker_known_queues() -> None:
    queues = [word for words in workers() for word in words if not word.startswith("--")]
    assert sorted(queues) == sorted(QueueName)
    assert {job.queue for job in JOBS.values()} <= set(QueueName)


def test_what_waits_for_providers_never_holds_up_payments() -> None:
    slow = {QueueName.COLLECTION, QueueName.PUBLISHING}
    assert [words for words in workers() if QueueName.PAYMENTS in words and slow & set(words)] == []


def test_floors_adapters_run_in_processes_of_their_own() -> None:
    assert [words for words in workers() if QueueName.PUBLISHING in words and "--forking" not in words] == []


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)
def test_lease_gives_a_job_the_time_that_its_work_may_take(job: object) -> None:
    assert job.lease >= timedelta(seconds=30)  # type: ignore[attr-defined]


def test_publisher_is_stopped_before_its_lease_on_the_publication_ends() -> None:
    assert timedelta(seconds=lanes.LONGEST_SECONDS) < LEASE
    assert JOBS["publish_listing"].lease >= LEASE


@pytest.mark.parametrize("name", ["publish_listing", "check_publication"])
def test_lanes_have_time_to_end_what_they_have_begun(name: str) -> None:
    assert timedelta(seconds=lanes.BEGINS_SECONDS + lanes.LONGEST_SECONDS) < JOBS[name].longest
