"""QR pictures read by two readers that share no code with what drew them, nor with each other."""

import importlib
import io
import re
from xml.etree import ElementTree

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


SCALE = 8
GREY = 160
_SVG = re.compile(r'<svg xmlns="http://www.w3.org/2000/svg".*?</svg>', re.DOTALL)
_STEP = re.compile(r"([MhHvVz])(?:(-?[0-9]+)(?: (-?[0-9]+))?)?")


def drawn(svg: str) -> Image.Image:
    """An SVG of rectangles painted, in its order, at eight pixels a unit. What it leaves bare is grey, as it could be
    anything."""
    root = ElementTree.fromstring(svg)
    width, height = (int(side) * SCALE for side in root.attrib["viewBox"].split()[2:])
    canvas = Image.new("L", (width, height), GREY)
    for path in root.iter("{http://www.w3.org/2000/svg}path"):
        colour = 255 if path.get("fill") == "#fff" else 0
        for box in _boxes(path.attrib["d"]):
            canvas.paste(colour, box)
    return canvas


def _boxes(path: str) -> list[tuple[int, int, int, int]]:
    """Of each closed line of a path the box around it, in pixels; each has to be a rectangle."""
    boxes, corners, x, y = [], [], 0, 0
    for step, first, second in _STEP.findall(path):
        if step == "z":
            (left, right), (top, bottom) = (sorted(set(places)) for places in zip(*corners, strict=True))
            boxes.append((left * SCALE, top * SCALE, right * SCALE, bottom * SCALE))
            continue
        number = int(first)
        if step == "M":
            x, y, corners = number, int(second), []
        elif step in "hH":
            x = number + x * (step == "h")
        else:
            y = number + y * (step == "v")
        corners.append((x, y))
    return boxes


def read_in_page(html: str) -> list[str]:
    """The texts of all QRs that a page draws, in its order; the two readers agree on each."""
    return [text for svg in _SVG.findall(html) for text in read_by_both(drawn(svg))]
