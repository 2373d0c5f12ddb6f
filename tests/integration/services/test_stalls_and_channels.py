"""Opening stalls: one direct channel a seller, however many open it at once; numbers that people can read."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.errors import InvalidInput
from models import DIRECT, CollectionChannel
from services.markets import direct_channel
from tests.builders import make_market, make_seller, make_stall

AT_ONCE = 8


def test_direct_channel_that_many_open_at_once_is_one(session: Session, engine: Engine) -> None:
    seller_id = make_seller(session).id
    together = Barrier(AT_ONCE)

    def open_it(_: int) -> object:
        with Session(engine) as own, own.begin():
            own.execute(text("SELECT 1"))
            together.wait(timeout=30)
            return direct_channel(own, seller_id)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        opened = set(pool.map(open_it, range(AT_ONCE)))
    stored = select(CollectionChannel.id).where(CollectionChannel.seller_id == seller_id)
    assert opened == set(session.scalars(stored)), "everybody was given the one that is there"
    assert len(opened) == 1


def test_database_keeps_it_one(session: Session) -> None:
    seller_id = make_seller(session).id
    direct_channel(session, seller_id)
    session.add(CollectionChannel(kind=DIRECT, name="VietQR", seller_id=seller_id))
    with pytest.raises(IntegrityError, match="uq_collection_channels_direct"):
        session.flush()


@pytest.mark.parametrize("typed", ["A12", "a  12", "Ô 3", "đ", "12/3-B", "７", "SẠP SỐ 4"])
def test_number_as_markets_write_it_is_taken(session: Session, typed: str) -> None:
    assert make_stall(session, number=typed).number == " ".join(typed.upper().replace("７", "7").split())


@pytest.mark.parametrize("typed", ["", "   ", "---", "***", "A" * 21, "A\x01B"])
def test_number_that_nobody_can_read_is_refused_beside_its_field(session: Session, typed: str) -> None:
    market, seller = make_market(session), make_seller(session)
    with pytest.raises(InvalidInput) as refusal:
        make_stall(session, market, seller, number=typed)
    assert list(refusal.value.errors) == ["number"]
