"""In which letters a text file is written: told by its mark, else by what its bytes can be."""

import codecs
import io
from typing import BinaryIO

CHUNK = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def open_text(file: BinaryIO) -> io.TextIOWrapper:
    """`file` as text from its beginning. Bytes that do not fit become lone surrogates, so that only the row
    in which they stand is broken. Windows' line ends and old Macs' become newlines."""
    encoding = encoding_of(file)
    file.seek(0)
    errors = "replace" if encoding.startswith("utf-16") else "surrogateescape"
    return io.TextIOWrapper(file, encoding=encoding, errors=errors, newline=None)


def encoding_of(file: BinaryIO) -> str:
    """UTF-8 with or without its mark, UTF-16, or Windows-1258. Reads the whole file, a piece at a time."""
    file.seek(0)
    head = file.read(4096)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if b"\0" in head:
        return "utf-16-le" if head[1::2].count(0) >= head[::2].count(0) else "utf-16-be"
    return "utf-8" if _is_mostly_utf8(file) else "cp1258"


def _is_mostly_utf8(file: BinaryIO) -> bool:
    """One destroyed row does not make a file Windows-1258: there, hardly any letter would fit UTF-8."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    good = bad = 0
    while piece := file.read(CHUNK):
        words = decoder.decode(piece)
        if not words.isascii():
            beyond = len(words) - len(words.encode("ascii", "ignore"))
            stray = sum("\udc80" <= letter <= "\udcff" for letter in words) if _has_stray(words) else 0
            good, bad = good + beyond - stray, bad + stray
    return bad <= good


def _has_stray(words: str) -> bool:
    try:
        words.encode()
    except UnicodeEncodeError:
        return True
    return False
