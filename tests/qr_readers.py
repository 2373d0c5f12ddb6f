"""QR pictures read by two readers that share no code with what drew them, nor with each other."""

import importlib
import io

import zxingcpp
from PIL import Image

from tests.needs import need_zbar


def as_image(picture: bytes) -> Image.Image:
    return Image.open(io.BytesIO(picture)).convert("L")


def read_by_both(image: Image.Image) -> list[str]:
    """The texts of all codes in `image`, sorted; both readers must find the same."""
    need_zbar()
    pyzbar = importlib.import_module("pyzbar.pyzbar")  # it looks for the library when it is imported
    found = sorted(code.text for code in zxingcpp.read_barcodes(image))
    codes = pyzbar.decode(image, symbols=[pyzbar.ZBarSymbol.QRCODE])
    assert sorted(code.data.decode() for code in codes) == found
    return found
