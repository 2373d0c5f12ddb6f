"""payOS notices of money, read and verified without touching anything outside: web and workers share this.

payOS gives no event id and no time stamp, so the transfer itself is what makes two notices the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.clock import now
from gateways.notices import NoticeForged, NoticeMalformed, parse_object
from gateways.payos.signature import verify
from gateways.payos.wire import UnreadableData, read_order_code, read_transfer
from gateways.ports import Ignored, Notice, PostedNotice, Transfer, transfer_key

__all__ = ["NoticeForged", "NoticeMalformed", "PayosNotice", "read_notice", "read_stored", "transfer_key"]

SUCCESS = "00"
SAMPLE = (123, "TF230204212323")
"""Order code and reference of the notice by which payOS tries a webhook out: no money came."""
PAYER_FIELDS = frozenset(
    {"counterAccountBankId", "counterAccountBankName", "counterAccountName", "counterAccountNumber"}
)


@dataclass(frozen=True, slots=True)
class PayosNotice:
    """A genuine notice; `data` is what was signed, field by field as received."""

    key: str
    """Equal for every notice of the same transfer."""
    transfer: Transfer
    payment_link_id: str | None
    is_payment: bool
    """False where payOS tells of a failure or only tries the address out: no money came."""
    data: dict[str, Any]


def read_notice(body: bytes, keys: Sequence[str]) -> PayosNotice:
    """The notice in `body`, signed with one of the channel's checksum `keys`.

    Raises NoticeMalformed or NoticeForged. The signature is checked over the data as received,
    before any of its fields is looked at, so that a field payOS adds tomorrow breaks nothing.
    """
    envelope = parse_object(body)
    data = envelope.get("data")
    if not isinstance(data, dict):
        raise NoticeMalformed("data")
    signature = envelope.get("signature")
    if not any(verify(data, signature, key) for key in keys):
        raise NoticeForged("signature")
    transfer = read_stored(data)
    succeeded = data.get("code", SUCCESS) == SUCCESS and envelope.get("success") is not False
    is_payment = succeeded and (transfer.order_code, transfer.reference) != SAMPLE
    link_id = data.get("paymentLinkId")
    return PayosNotice(
        # `success` is outside the signature: a notice tampered there must not pass for the real one's twin.
        key=transfer_key(transfer) if is_payment else f"{transfer_key(transfer)}:failed",
        transfer=transfer,
        payment_link_id=link_id if isinstance(link_id, str) else None,
        is_payment=is_payment,
        data=data,
    )


def read_stored(data: Mapping[str, Any], received_at: datetime | None = None) -> Transfer:
    """The transfer in the `data` of a notice. Raises NoticeMalformed.

    `received_at` (now, if not given) stands in where payOS told no readable time.
    """
    try:
        return read_transfer(read_order_code(data), data, received_at or now())
    except UnreadableData as problem:
        raise NoticeMalformed(str(problem)) from None


class PayosNotices:
    """payOS's notices as a `NoticeFormat`."""

    name = "payos"
    title = "payOS"
    plain_key: str | None = None

    def read(self, post: PostedNotice, secrets: Sequence[str]) -> Notice:
        notice = read_notice(post.body, secrets)
        kept = {name: value for name, value in notice.data.items() if name not in PAYER_FIELDS}
        payer = {name: notice.data[name] for name in PAYER_FIELDS if notice.data.get(name)}
        return Notice(notice.key, None if notice.is_payment else Ignored.NO_PAYMENT, kept, payer)

    def read_stored(self, kept: Mapping[str, Any], received_at: datetime) -> Transfer:
        return read_stored(kept, received_at)
