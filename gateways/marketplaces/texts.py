"""Our own addresses on floors that let us choose them."""

import hashlib
import re

from core.text import fold


def slug_of(sku: str) -> str:
    """Our own address for `sku`, the same for ever.

    A floor may resolve a collision by counting up a number after the last hyphen, which must not lead to another
    SKU's address: hence the letter.
    """
    readable = re.sub(r"[^a-z0-9]+", "-", fold(sku)).strip("-")
    return f"cho-phien-{readable}-x{hashlib.sha256(sku.encode()).hexdigest()[:10]}"
