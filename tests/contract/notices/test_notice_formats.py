"""What every channel's notices must hold to, whoever sends them. A new provider adds its hand to `HANDS`."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import now
from gateways.formats import BANK_FORMATS, FORMATS
from gateways.notices import NoticeForged, NoticeMalformed, NoticeStale
from gateways.ports import BankMovement, Ignored, Notice, PostedNotice
from tests import bank_notices, collectors
from tests.bank_notices import OTHER_SIDE, SECRET, Signed
from tests.integration.webhooks import notices as payos_notices

Data = Mapping[str, Any]


@dataclass(frozen=True)
class Hand:
    """How one provider writes: a movement's data, the body with its proof; and what it calls things."""

    format: str
    make: Callable[..., dict[str, Any]]
    sign: Callable[..., Signed]
    amount: str
    reference: str
    number: str
    optional: tuple[str, ...]
    out: Mapping[str, Any] | None
    stamped: bool = True
    trial: Mapping[str, Any] | None = None
    sealed_as: str = ""
    """How a channel's secret begins where this way was chosen."""
    virtual: str = ""
    """Where it says to which virtual account of the channel's own account money came."""

    def sealed(self, *secrets: str) -> list[str]:
        return [self.sealed_as + secret for secret in secrets]

    def read(self, data: Data | bytes, *secrets: str, **how: Any) -> Notice:
        signed = self.sign(data, **how)
        return FORMATS[self.format].read(posted(signed), self.sealed(*secrets or (SECRET,)))


def posted(signed: Signed, body: bytes | None = None) -> PostedNotice:
    headers = {name.lower(): value for name, value in signed.headers.items()}
    return PostedNotice(signed.body if body is None else body, headers, now())


def payos(data: Data | bytes, secret: str = SECRET) -> Signed:
    return Signed(data if isinstance(data, bytes) else payos_notices.sign(dict(data), secret))


SEPAY = {
    "format": "sepay",
    "make": bank_notices.sepay_data,
    "amount": "transferAmount",
    "reference": "referenceCode",
    "number": "id",
    "optional": (
        *("gateway", "transactionDate", "code", "content", "accumulated", "subAccount"),
        *("referenceCode", "description"),
    ),
    "out": {"transferType": "out"},
    "virtual": "subAccount",
    "trial": {"id": 0},
}
HANDS = {
    "payos": Hand(
        format="payos",
        make=payos_notices.make_data,
        sign=payos,
        amount="amount",
        reference="reference",
        number="orderCode",
        optional=("description", "currency", "paymentLinkId", "desc", "transactionDateTime", *OTHER_SIDE),
        out=None,
        stamped=False,
        trial={"orderCode": 123, "reference": "TF230204212323"},
    ),
    "paddy": Hand(
        format="paddy",
        make=collectors.paddy_data,
        sign=collectors.paddy,
        amount="sum",
        reference="ref",
        number="order",
        optional=("note", "transactionDate", "from"),
        out=None,
        stamped=False,
        trial={"trial": True},
    ),
    "sepay": Hand(sign=bank_notices.sepay, **SEPAY),
    "sepay by key": Hand(sign=bank_notices.sepay_key, stamped=False, sealed_as="Apikey ", **SEPAY),
    "casso": Hand(
        format="casso",
        make=bank_notices.casso_data,
        sign=bank_notices.casso,
        amount="amount",
        reference="reference",
        number="id",
        optional=(
            *("reference", "description", "runningBalance", "transactionDateTime", "bankName"),
            *("bankAbbreviation", "virtualAccountNumber", "virtualAccountName", *OTHER_SIDE),
        ),
        out={"amount": -50_000},
        trial={"id": 0, "reference": "MA_GIAO_DICH_THU_NGHIEM"},
        virtual="virtualAccountNumber",
    ),
}


def hands(fits: Callable[[Hand], bool] = lambda _: True) -> pytest.MarkDecorator:
    found = {name: hand for name, hand in HANDS.items() if fits(hand)}
    return pytest.mark.parametrize("hand", found.values(), ids=found)


BY_NAME = hands()


def without(data: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in names}


def test_every_format_is_held_to_this() -> None:
    assert {hand.format for hand in HANDS.values()} == set(FORMATS)
    assert {name: each.name for name, each in FORMATS.items()} == {name: name for name in FORMATS}


@BY_NAME
def test_genuine_notice_tells_of_the_money(hand: Hand) -> None:
    data = hand.make(
        **{hand.amount: 45_000, hand.reference: "FT1"},
        **{name: "2026-11-22 08:30:00" for name in hand.make() if name.startswith("transactionDate")},
    )
    notice = hand.read(data)
    assert notice.ignored is None
    money = FORMATS[hand.format].read_stored(json.loads(json.dumps(notice.kept)), now())
    assert (money.amount, money.reference) == (45_000, "FT1")
    assert money.memo.startswith("C1234567X")
    assert money.occurred_at == datetime(2026, 11, 22, 1, 30, tzinfo=UTC)


@hands(lambda hand: bool(hand.virtual))
@pytest.mark.parametrize(
    ("told", "kept"), [(" va0011 ", "VA0011"), ("", ""), (None, ""), (..., ""), (bank_notices.ACCOUNT, "")]
)
def test_virtual_account_is_kept_but_never_the_accounts_own_number(hand: Hand, told: Any, kept: str) -> None:
    notice = hand.read(hand.make(**{hand.virtual: told}))
    money = BANK_FORMATS[hand.format].read_stored(json.loads(json.dumps(notice.kept)), now())
    assert isinstance(money, BankMovement)
    assert money.virtual_account == kept
    assert bank_notices.ACCOUNT not in json.dumps(notice.kept)
    before = without(notice.kept, hand.virtual)
    assert BANK_FORMATS[hand.format].read_stored(before, now()).virtual_account == ""  # type: ignore[union-attr]


@BY_NAME
@pytest.mark.parametrize(
    "words", ["0001-01-01T08:00:00+07:00", "9999-12-31 23:59:59", "9999-12-31T23:59:59Z"]
)
def test_time_that_no_calendar_of_ours_has_is_that_of_receiving(hand: Hand, words: str) -> None:
    data = hand.make(**{name: words for name in hand.make() if name.startswith("transactionDate")})
    received_at = now()
    kept = json.loads(json.dumps(hand.read(data).kept))
    assert FORMATS[hand.format].read_stored(kept, received_at).occurred_at == received_at


@BY_NAME
def test_any_of_the_channels_keys_will_do_and_no_other(hand: Hand) -> None:
    signed = hand.sign(hand.make(), secret="older")
    read = FORMATS[hand.format].read
    assert read(posted(signed), hand.sealed("newest", "older")).ignored is None
    for secrets in ([], [""], ["newest"], ["olde"]):
        with pytest.raises(NoticeForged):
            read(posted(signed), hand.sealed(*secrets))


@BY_NAME
def test_no_other_formats_proof_counts(hand: Hand) -> None:
    for other in HANDS.values():
        if other.format != hand.format:
            with pytest.raises((NoticeForged, NoticeMalformed)):
                FORMATS[hand.format].read(posted(other.sign(hand.make())), hand.sealed(SECRET))


@hands(lambda hand: hand.sign is not bank_notices.sepay_key)
def test_proof_of_another_notice_does_not_count(hand: Hand) -> None:
    signed, changed = hand.sign(hand.make()), hand.sign(hand.make(), secret="another")
    with pytest.raises(NoticeForged):
        FORMATS[hand.format].read(posted(signed, changed.body), hand.sealed(SECRET))


@BY_NAME
def test_one_movement_has_one_key(hand: Hand) -> None:
    data = hand.make()
    assert hand.read(data).key == hand.read({**data, "told": "again"}).key
    assert hand.read(data).key != hand.read(hand.make()).key


@BY_NAME
def test_fields_of_tomorrow_are_no_reason_to_refuse(hand: Hand) -> None:
    data = hand.make(loyalty="gold", tags=[{"b": 1, "a": None}], extra={"x": True}, fee=12.5)
    assert hand.read(data).ignored is None


@BY_NAME
def test_fields_that_we_do_not_live_by_may_be_missing_or_empty(hand: Hand) -> None:
    assert hand.read(without(hand.make(), *hand.optional)).ignored is None
    assert hand.read(hand.make(**dict.fromkeys(hand.optional))).ignored is None


@BY_NAME
@pytest.mark.parametrize("amount", ["50000", 0, 10**13, 50_000.5, 50_000.0, True, None, [], 10**40])
def test_amount_that_is_none_is_refused(hand: Hand, amount: object) -> None:
    with pytest.raises(NoticeMalformed):
        hand.read(hand.make(**{hand.amount: amount}))


@BY_NAME
def test_money_below_nothing_is_never_a_payment(hand: Hand) -> None:
    try:
        notice = hand.read(hand.make(**{hand.amount: -50_000}))
    except NoticeMalformed:
        return
    assert FORMATS[hand.format].read_stored(notice.kept, now()).amount == -50_000


@hands(lambda hand: hand.out is not None)
def test_money_that_went_out_is_told_apart(hand: Hand) -> None:
    assert hand.out
    notice = hand.read(hand.make(**hand.out))
    assert notice.ignored is None
    assert FORMATS[hand.format].read_stored(notice.kept, now()).amount == -50_000


@BY_NAME
def test_trial_of_the_address_is_no_payment(hand: Hand) -> None:
    assert hand.trial
    assert hand.read(hand.make(**hand.trial)).ignored is Ignored.NO_PAYMENT


@BY_NAME
@pytest.mark.parametrize("number", ["7", -1, 2**70, 1.5, None, True])
def test_number_that_is_none_is_refused(hand: Hand, number: object) -> None:
    with pytest.raises(NoticeMalformed):
        hand.read(hand.make(**{hand.number: number}))


@BY_NAME
def test_endless_reference_is_refused(hand: Hand) -> None:
    with pytest.raises(NoticeMalformed):
        hand.read(hand.make(**{hand.reference: "F" * 5_000}))


def bent(body: bytes, amount: str) -> dict[str, bytes]:
    name = f'"{amount}": '.encode()
    assert name in body
    return {
        "nothing": b"",
        "half of it": body[: len(body) // 2],
        "a list": b"[" + body + b"]",
        "a text": b'"x"',
        "another encoding": body.decode().encode("utf-16"),
        "broken UTF-8": body.replace(b"C1234567X", b"C\xff"),
        "a name that stands twice": body.replace(name, name + b"1, " + name),
        "no number": body.replace(name, name + b"NaN, " + b'"x": '),
        "a number that is too large for any": body.replace(name, b'"x": -1e400, ' + name),
        "a NUL": body.replace(b"C1234567X", b"\\u0000"),
        "too deep": b'{"data":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
        "half an emoji": body.replace(b"C1234567X", b"\\ud83d"),
    }


BENDS = tuple(bent(bank_notices.written(bank_notices.sepay_data()), "transferAmount"))


@BY_NAME
@pytest.mark.parametrize("how", BENDS)
def test_what_is_no_notice_is_refused_though_the_key_made_it(hand: Hand, how: str) -> None:
    body = bent(hand.sign(hand.make()).body, hand.amount)[how]
    with pytest.raises((NoticeMalformed, NoticeForged)):
        FORMATS[hand.format].read(posted(hand.sign(body)), hand.sealed(SECRET))


@hands(lambda hand: hand.stamped)
@pytest.mark.parametrize("minutes", [-6, 6, 60, -60 * 24])
def test_stamp_outside_the_window_is_refused(hand: Hand, minutes: int) -> None:
    with pytest.raises(NoticeStale):
        hand.read(hand.make(), at=now() + timedelta(minutes=minutes))
    assert hand.read(hand.make(), at=now() + timedelta(minutes=minutes / abs(minutes) * 4)).ignored is None


@hands(lambda hand: hand.format in BANK_FORMATS)
def test_nothing_is_kept_of_a_persons_account_balance_or_the_other_side(hand: Hand) -> None:
    notice = hand.read(hand.make())
    kept = json.dumps(notice.kept, ensure_ascii=False)
    assert notice.accounts == (bank_notices.ACCOUNT,)
    assert notice.payer == {}
    secrets = (bank_notices.ACCOUNT, "19077000", "25000000", *OTHER_SIDE.values())
    assert [value for value in secrets if value in kept] == []
    assert bank_notices.ACCOUNT not in repr(notice)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=60, deadline=None)
@given(st.one_of(st.binary(max_size=200), JSON.map(lambda value: json.dumps(value).encode())), JSON)
def test_whatever_is_posted_is_read_or_refused(name: str, body: bytes, value: object) -> None:
    for hand in HANDS.values():
        if hand.format != name:
            continue
        whole = hand.make()
        field = sorted(whole)[len(body) % len(whole)]
        for one in (body, json.dumps({**whole, field: value}).encode()):
            try:
                notice = FORMATS[name].read(posted(hand.sign(one)), hand.sealed(SECRET))
            except (NoticeMalformed, NoticeForged):
                continue
            FORMATS[name].read_stored(json.loads(json.dumps(notice.kept)), now())
            json.dumps(notice.kept, ensure_ascii=False).encode()
