"""The code of a receipt that anybody may check: a payment's id, signed, so that none can be guessed or made up."""

import base64
import binascii
import hmac
from uuid import UUID

from core.crypto import blind_index

ID_BYTES, SIGNATURE_BYTES = 16, 8


def receipt_code(payment_id: UUID) -> str:
    """32 characters that an address can carry."""
    return base64.urlsafe_b64encode(payment_id.bytes + _signature(payment_id)).decode()


def payment_of_code(code: str) -> UUID | None:
    """The payment whose receipt it is; None for what we never signed, in constant time."""
    try:
        raw = base64.b64decode(code.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error, ValueError):
        return None
    if len(raw) != ID_BYTES + SIGNATURE_BYTES:
        return None
    payment_id = UUID(bytes=raw[:ID_BYTES])
    return payment_id if hmac.compare_digest(code, receipt_code(payment_id)) else None


def _signature(payment_id: UUID) -> bytes:
    return blind_index("receipt", str(payment_id))[:SIGNATURE_BYTES]
