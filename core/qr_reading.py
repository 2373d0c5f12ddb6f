"""QRs read from photos that people take of them: not every phone's browser can scan."""

import zxingcpp
from PIL import Image

from core.errors import text
from core.images import UnreadablePhoto, opened

QR_CODES = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
LONGEST_SIDE = 2400
"""In pixels: enough for a code that fills a tenth of the photo, quick to look through."""


def read_qr(content: bytes) -> str:
    """The text of the only QR in a photo. Raises UnreadablePhoto where there is none, or another one beside it."""
    try:
        with opened(content) as photo:
            photo.draft("L", (LONGEST_SIDE, LONGEST_SIDE))
            grey = photo.convert("L")
    except (OSError, SyntaxError) as problem:
        raise UnreadablePhoto(text("Ảnh hỏng, không đọc được; hãy chụp lại")) from problem
    grey.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    found = {code.text for code in zxingcpp.read_barcodes(grey, formats=QR_CODES)}
    if not found:
        raise UnreadablePhoto(text("Không thấy mã QR trong ảnh; hãy chụp gần, thẳng và đủ sáng"))
    if len(found) > 1:
        raise UnreadablePhoto(text("Ảnh có nhiều mã QR; hãy chụp gần một mã"))
    return found.pop()
