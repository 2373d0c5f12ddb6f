"""SePay's notices of movements (developer.sepay.vn, «Tích hợp webhook», read in November 2026).

A JSON object: `id` (SePay's number of the movement, by which it says to tell notices apart), `gateway`,
`transactionDate` (Vietnam time), `accountNumber`, `subAccount` (a virtual account that the bank gave out, or a code
that SePay found in the note), `transferType` `in` or `out`, `transferAmount` in whole đồng, `content` (the note),
`referenceCode` (the bank's), `code`, `accumulated`, `description`. We live by the first of them; of the balance and the
bank's whole message nothing is kept.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

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
from gateways.sepay.signature import APIKEY, verify

IN, OUT = "in", "out"
KEPT_TEXTS = ("gateway", "transactionDate", "transferType", "content", "referenceCode")
NO_MOVEMENT = 0
"""The number of a notice that only tries the address out (unconfirmed: SePay does not say what a trial holds)."""


class SepayNotices:
    """SePay's notices as a `NoticeFormat`."""

    name = "sepay"
    title = "SePay"
    plain_key: str | None = APIKEY

    def read(self, post: PostedNotice, secrets: Sequence[str]) -> Notice:
        verify(post, secrets)
        data = parse_object(post.body)
        movement = self.read_stored(data, post.received_at)
        number = read_number(data, "id")
        accounts = (read_name(data, "accountNumber"), read_name(data, "subAccount"))
        if not any(accounts):
            raise NoticeMalformed("accountNumber")
        return Notice(
            key=str(number),
            ignored=Ignored.NO_PAYMENT if number == NO_MOVEMENT else None,
            kept={
                **texts_of(data, KEPT_TEXTS),
                "id": number,
                "transferAmount": abs(movement.amount),
                "subAccount": movement.virtual_account,
            },
            accounts=tuple(filter(None, accounts)),
        )

    def read_stored(self, kept: Mapping[str, Any], received_at: datetime) -> BankMovement:
        amount = read_whole_amount(kept, "transferAmount")
        kind = kept.get("transferType")
        if kind not in (IN, OUT):
            raise NoticeMalformed("transferType")
        if amount < 0:
            raise NoticeMalformed("transferAmount")
        return BankMovement(
            reference=read_name(kept, "referenceCode"),
            amount=amount if kind == IN else -amount,
            occurred_at=read_local_time(kept.get("transactionDate")) or received_at,
            memo=read_memo(kept, "content"),
            virtual_account=read_virtual_account(kept, "subAccount", beside="accountNumber"),
        )
