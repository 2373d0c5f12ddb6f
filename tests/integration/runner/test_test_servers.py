"""The servers that the tests themselves stand on."""

import psycopg
import redis


def test_database_is_migrated_and_holds_the_units(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        count = connection.execute("select count(*) from admin_units").fetchone()
    assert count == (3355,)


def test_queue_answers_and_is_empty(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.ping()
        assert client.dbsize() == 0
