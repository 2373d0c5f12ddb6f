"""The queues by name, and Redis on which they lie: one connection a process, made at first use."""

from enum import StrEnum
from functools import cache
from typing import Any

from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from core.config import config


class QueueName(StrEnum):
    """By urgency and owner. `payments` never waits for anybody outside; `collection` speaks to payment channels and
    sends SMS, `polling` asks these channels what nobody waits for, `publishing` speaks to floors; `maintenance` is the
    clock's, and reads statements."""

    PAYMENTS = "payments"
    COLLECTION = "collection"
    POLLING = "polling"
    PUBLISHING = "publishing"
    MAINTENANCE = "maintenance"


@cache
def redis() -> "Redis[Any]":
    return Redis.from_url(config().redis_url)


@cache
def queue(name: QueueName) -> Queue:
    """JSON on the road, not pickles: what lies in Redis can run nothing."""
    return Queue(name, connection=redis(), serializer=JSONSerializer)
