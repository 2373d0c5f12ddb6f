"""Paddy's notices: an object, proven by the header `Paddy-Proof`, the hex HMAC-SHA256 of the body."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from gateways.notices import (
    NoticeForged,
    NoticeMalformed,
    parse_object,
    read_local_time,
    read_memo,
    read_name,
    read_number,
    read_whole_amount,
    texts_of,
)
from gateways.ports import Ignored, Notice, PostedNotice, Transfer, transfer_key

KEPT_TEXTS = ("into", "ref", "note", "transactionDate")
PAYER = ("bank", "number", "name")


class PaddyNotices:
    """Paddy's notices as a `NoticeFormat`."""

    name = "paddy"
    title = "Paddy Pay"
    plain_key: str | None = None

    def read(self, post: PostedNotice, secrets: Sequence[str]) -> Notice:
        proof = post.headers.get("paddy-proof", "").encode()
        if not any(hmac.compare_digest(proof, proof_of(post.body, secret)) for secret in secrets):
            raise NoticeForged("proof")
        told = parse_object(post.body)
        transfer = self.read_stored(told, post.received_at)
        payer = told.get("from")
        return Notice(
            key=transfer_key(transfer),
            ignored=Ignored.NO_PAYMENT if told.get("trial") else None,
            kept={**texts_of(told, KEPT_TEXTS), "order": transfer.order_code, "sum": transfer.amount},
            payer=texts_of(payer, PAYER) if isinstance(payer, dict) else {},
        )

    def read_stored(self, kept: Mapping[str, Any], received_at: datetime) -> Transfer:
        """A link tells of its transfers in the same words."""
        amount, account, reference = (
            read_whole_amount(kept, "sum"),
            read_name(kept, "into"),
            read_name(kept, "ref"),
        )
        if amount < 0 or not account or not reference:
            raise NoticeMalformed("sum, into or ref")
        return Transfer(
            order_code=read_number(kept, "order"),
            account_number=account,
            reference=reference,
            amount=amount,
            occurred_at=read_local_time(kept.get("transactionDate")) or received_at,
            memo=read_memo(kept, "note"),
        )


def proof_of(body: bytes, secret: str) -> bytes:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode()
