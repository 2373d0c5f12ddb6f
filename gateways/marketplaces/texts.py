"""Our words as floors that show pages of HTML need them."""

import hashlib
import re
from html import escape

from core.text import fold


def slug_of(sku: str) -> str:
    """Our own address for `sku`, the same for ever.

    A floor may resolve a collision by counting up a number after the last hyphen, which must not lead to another
    SKU's address: hence the letter.
    """
    readable = re.sub(r"[^a-z0-9]+", "-", fold(sku)).strip("-")
    return f"cho-phien-{readable}-x{hashlib.sha256(sku.encode()).hexdigest()[:10]}"


def html_of(description: str) -> str:
    """Shops render descriptions as HTML: our text, escaped, with its lines."""
    return escape(description, quote=False).replace("\n", "<br>\n")
