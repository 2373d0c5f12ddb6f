from collections.abc import Callable

import pytest
from cryptography.fernet import Fernet, InvalidToken
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import config, crypto

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
ENVIRONMENT = {
    "DATABASE_URL": "postgresql://localhost/x",
    "REDIS_URL": "redis://localhost",
    "SECRET_KEY": "test",
    "ENCRYPTION_KEYS": OLD,
    "BLIND_INDEX_KEY": "index key of the test",
}
Use = Callable[..., None]


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch):
    """Sets variables of the environment and lets the process read them anew."""

    def forget() -> None:
        config.config.cache_clear()
        crypto._vault.cache_clear()

    def use(**variables: str) -> None:
        for name, value in (ENVIRONMENT | variables).items():
            monkeypatch.setenv(name, value)
        forget()

    use()
    yield use
    forget()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text())
def test_what_is_sealed_comes_back(use: Use, value: str) -> None:
    sealed = crypto.seal(value)
    assert crypto.unseal(sealed) == value
    assert len(value) < 3 or value.encode() not in sealed


def test_sealing_twice_gives_different_bytes(use: Use) -> None:
    assert crypto.seal("0071001234567") != crypto.seal("0071001234567")


def test_changed_bytes_do_not_open(use: Use) -> None:
    sealed = crypto.seal("0071001234567")
    with pytest.raises(InvalidToken):
        crypto.unseal(sealed[:-1])


def test_newest_key_seals_and_all_open(use: Use) -> None:
    before = crypto.seal("0071001234567")
    use(ENCRYPTION_KEYS=f"{NEW},{OLD}")
    assert crypto.unseal(before) == "0071001234567"
    after = crypto.seal("0071001234567")
    use(ENCRYPTION_KEYS=NEW)
    assert crypto.unseal(after) == "0071001234567"
    with pytest.raises(InvalidToken):
        crypto.unseal(before)


def test_resealed_value_no_longer_needs_the_old_key(use: Use) -> None:
    before = crypto.seal("0071001234567")
    use(ENCRYPTION_KEYS=f"{NEW},{OLD}")
    resealed = crypto.reseal(before)
    use(ENCRYPTION_KEYS=NEW)
    assert crypto.unseal(resealed) == "0071001234567"


def test_blind_index_finds_equal_values_of_one_kind_only(use: Use) -> None:
    index = crypto.blind_index("national_id", "010185001234")
    assert index == crypto.blind_index("national_id", "010185001234")
    assert index != crypto.blind_index("phone", "010185001234")
    assert index != crypto.blind_index("national_id", "010185001235")
    assert len(index) == 32


def test_blind_index_depends_on_its_key(use: Use) -> None:
    index = crypto.blind_index("national_id", "010185001234")
    use(BLIND_INDEX_KEY="another key")
    assert index != crypto.blind_index("national_id", "010185001234")


@pytest.mark.parametrize(
    ("value", "shown"),
    [("012345678901", "•••••••••901"), ("1234", "•234"), ("", "")],
)
def test_mask_shows_the_end(value: str, shown: str) -> None:
    assert crypto.mask(value) == shown


@pytest.mark.parametrize("value", ["1", "12", "123"])
def test_mask_never_shows_a_whole_value(value: str) -> None:
    assert crypto.mask(value) == "•" * len(value)


def test_mask_can_show_nothing() -> None:
    assert crypto.mask("1234", 0) == "••••"
