"""Casso's notices of movements, Webhook V2 (fields: the samples named in `signature`; developer.casso.vn for the
setting up, read in November 2026).

`{error, data}`: `data` holds `id` (Casso's number of the movement), `reference` (the bank's), `description` (the
note), `amount` in whole đồng (what went out is negative), `transactionDateTime` (Vietnam time), `accountNumber`,
`virtualAccountNumber`, `runningBalance`, `bankName`, `bankAbbreviation` and the other side's `counterAccount…`. Of
the balance and the other side nothing is kept.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from gateways.casso.signature import verify
from gateways.notices import (
    NoticeMalformed,
    parse_object,
    read_local_time,
    read_memo,
    read_name,
    read_number,
    read_virtual_account,
    read_whole_amount,
    texts_of,
)
from gateways.ports import BankMovement, Ignored, Notice, PostedNotice

KEPT_TEXTS = ("bankAbbreviation", "transactionDateTime", "description", "reference")
TRIAL = "MA_GIAO_DICH_THU_NGHIEM"
"""The reference of the notice by which Casso tries an address out; its number is 0."""


class CassoNotices:
    """Casso's notices as a `NoticeFormat`."""

    name = "casso"
    title = "Casso"
    plain_key: str | None = None

    def read(self, post: PostedNotice, secrets: Sequence[str]) -> Notice:
        envelope = parse_object(post.body)
        verify(post, envelope, secrets)
        data = envelope.get("data")
        if not isinstance(data, dict):
            raise NoticeMalformed("data")
        movement = self.read_stored(data, post.received_at)
        number = read_number(data, "id")
        accounts = (read_name(data, "accountNumber"), read_name(data, "virtualAccountNumber"))
        if not any(accounts):
            raise NoticeMalformed("accountNumber")
        return Notice(
            key=str(number),
            ignored=Ignored.NO_PAYMENT if _moves_nothing(envelope, number, movement) else None,
            kept={
                **texts_of(data, KEPT_TEXTS),
                "id": number,
                "amount": movement.amount,
                "virtualAccountNumber": movement.virtual_account,
            },
            accounts=tuple(filter(None, accounts)),
        )

    def read_stored(self, kept: Mapping[str, Any], received_at: datetime) -> BankMovement:
        return BankMovement(
            reference=read_name(kept, "reference"),
            amount=read_whole_amount(kept, "amount"),
            occurred_at=read_local_time(kept.get("transactionDateTime")) or received_at,
            memo=read_memo(kept, "description"),
            virtual_account=read_virtual_account(kept, "virtualAccountNumber", beside="accountNumber"),
        )


def _moves_nothing(envelope: Mapping[str, Any], number: int, movement: BankMovement) -> bool:
    return envelope.get("error") not in (0, None) or number == 0 or movement.reference == TRIAL
