"""Redis, as far as it is the road: queues by name, jobs put on them, and whether it was emptied."""

from collections.abc import Iterable, Sequence
from itertools import chain

from rq import Queue
from rq.queue import EnqueueData

from workers.queues import queue, redis
from workers.subscriptions import Subscription

MARK = "chophien:road-laid"
KEEP_RESULT_SECONDS = 60
KEEP_FAILURE_SECONDS = 24 * 3600


def send(subscription: Subscription, event_ids: Sequence[int]) -> None:
    """Put the job on its queue for these events: as few jobs as its batch size allows, in one round trip."""
    size = subscription.batch
    if size == 1:
        jobs = [_job(subscription, event_id, f"{subscription.name}-{event_id}") for event_id in event_ids]
    else:
        batches = [list(event_ids[i : i + size]) for i in range(0, len(event_ids), size)]
        jobs = [_job(subscription, batch, None) for batch in batches]
    queue(subscription.queue).enqueue_many(jobs)


def _job(subscription: Subscription, argument: int | list[int], job_id: str | None) -> EnqueueData:
    return Queue.prepare_data(
        subscription.path,
        args=[argument],
        job_id=job_id,
        timeout=int(subscription.longest.total_seconds()),
        result_ttl=KEEP_RESULT_SECONDS,
        failure_ttl=KEEP_FAILURE_SECONDS,
        description=subscription.name,
    )


def take_next(subscription: Subscription) -> list[int]:
    """The events of the job that is next on its queue, taken from it, where that is one of `subscription`; else none.
    Whoever dies with them has lost nothing: they are sent again when their lease ends."""
    road = queue(subscription.queue)
    job = next(iter(road.get_jobs(0, 1)), None)
    if job is None or job.func_name != subscription.path or not road.remove(job):
        return []
    job.delete(remove_from_queue=False)
    return list(job.args[0])


def still_queued(subscription: Subscription, event_ids: Iterable[int]) -> set[int]:
    """Which of these events have their job on the queue yet: they are late, not lost. The queue itself is asked: a
    job that a worker took to its death still calls itself queued."""
    if subscription.batch > 1:
        jobs = (job for job in queue(subscription.queue).get_jobs() if job.func_name == subscription.path)
        return set(event_ids).intersection(chain.from_iterable(job.args[0] for job in jobs))
    lying = set(queue(subscription.queue).get_job_ids())
    return {event_id for event_id in event_ids if f"{subscription.name}-{event_id}" in lying}


def was_emptied() -> bool:
    """True from the moment Redis has lost what it held (or is new) until `mark`."""
    return not redis().exists(MARK)


def mark() -> None:
    """From now on an emptied road is seen again."""
    redis().set(MARK, "1")
