"""The code of a receipt that anybody may check: the id of what it is about, signed, so that none can be guessed or made
up, nor one kind's be shown for another's."""

import base64
import binascii
import hmac
from enum import StrEnum
from uuid import UUID

from core.crypto import blind_index

ID_BYTES, SIGNATURE_BYTES = 16, 8


class ReceiptKind(StrEnum):
    """Of what it is a receipt; the value is signed with it."""

    PAYMENT = "receipt"
    FEE = "fee receipt"


def receipt_code(kind: ReceiptKind, id: UUID) -> str:
    """32 characters that an address can carry."""
    return base64.urlsafe_b64encode(id.bytes + _signature(kind, id)).decode()


def id_of_code(kind: ReceiptKind, code: str) -> UUID | None:
    """That of the payment, or fee, whose receipt it is; None for what we never signed, in constant time."""
    try:
        raw = base64.b64decode(code.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error, ValueError):
        return None
    if len(raw) != ID_BYTES + SIGNATURE_BYTES:
        return None
    id = UUID(bytes=raw[:ID_BYTES])
    return id if hmac.compare_digest(code, receipt_code(kind, id)) else None


def _signature(kind: ReceiptKind, id: UUID) -> bytes:
    return blind_index(kind, str(id))[:SIGNATURE_BYTES]
