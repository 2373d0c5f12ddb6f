import re
import time
from uuid import RFC_4122

from core.ids import CODE_ALPHABET, new_code, new_id


def test_ids_are_uuids_of_version_7_with_the_time_in_front() -> None:
    before = time.time_ns() // 1_000_000
    ids = [new_id() for _ in range(1000)]
    after = time.time_ns() // 1_000_000
    assert all((made.version, made.variant) == (7, RFC_4122) for made in ids)
    assert all(before <= made.int >> 80 <= after for made in ids)


def test_ids_of_different_milliseconds_sort_by_creation() -> None:
    first = new_id()
    time.sleep(0.002)
    assert first < new_id()
    assert str(first) < str(new_id())


def test_ids_never_repeat() -> None:
    assert len({new_id() for _ in range(20_000)}) == 20_000


def test_all_random_bits_are_used() -> None:
    ever = always = new_id().int
    for _ in range(500):
        made = new_id().int
        ever, always = ever | made, always & made
    random_part = (ever ^ always) & ((1 << 76) - 1)
    assert random_part.bit_count() == 74


def test_codes_can_be_read_aloud() -> None:
    codes = {new_code("HO") for _ in range(1000)}
    assert all(re.fullmatch(r"HO-[2-9A-HJKMNP-TV-Z]{6}", code) for code in codes)
    assert not set("01ILOU") & set(CODE_ALPHABET)
    assert len(codes) == 1000


def test_code_has_the_asked_length() -> None:
    assert len(new_code("ST", 9)) == len("ST-") + 9
