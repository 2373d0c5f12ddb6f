"""The sheet that staff carry to a floor, and the same sheet with the floor's answers."""

from collections.abc import Sequence
from typing import Any

from core.errors import text
from core.text import fold
from models import Goods
from services.listing_sheets import MOST_ROWS, RowProblem, WrongRows
from services.sheet_floors import Answer, Carried
from web import sheets
from web.sheets import Column
from web.words import WORDS

MOST_PHOTOS = 9
LONGEST_REASON = 300
LONGEST_ADDRESS = 500
NEW, CHANGE, TAKE_DOWN = "Đăng mới", "Sửa", "Gỡ"
DONE, REFUSED = "Xong", "Từ chối"
COLUMNS = (
    Column(text("Mã hàng"), "sku"),
    Column(text("Bản"), "version", 6),
    Column(text("Việc cần làm"), None),
    Column(text("Kết quả"), "result"),
    Column(text("Đường dẫn trên sàn"), "url", 24),
    Column(text("Lý do từ chối"), "reason", 24),
    Column(text("Tên trên sàn"), None, 40),
    Column(text("Mô tả"), None, 50),
    Column(text("Giá"), None, 12),
    Column(text("Số lượng"), None, 10),
    Column(text("Bán theo"), None, 10),
    Column(text("Loại hàng"), None),
    Column(text("Nặng (gam)"), None, 10),
    Column(text("Người bán"), None, 24),
    *(Column(text("Ảnh %(n)s", n=number), None, 24) for number in range(1, MOST_PHOTOS + 1)),
)
TITLES = sheets.titles_of(COLUMNS)
NEEDED = ("sku", "version", "result")
RESULTS = {fold(DONE): True, fold(REFUSED): False}


def write_sheet(carried: Sequence[Carried]) -> bytes:
    """What is to be done, one listing a row; «Kết quả» is for whoever did it."""
    return sheets.write("Lên sàn", COLUMNS, map(_row_of, carried))


def _row_of(carried: Carried) -> list[Any]:
    publication, draft = carried.publication, carried.draft
    listing, said = publication.listing, carried.said
    deed = TAKE_DOWN if draft is None else NEW if carried.is_new else CHANGE
    photos = [*carried.photos[:MOST_PHOTOS]] + [None] * (MOST_PHOTOS - len(carried.photos))
    return [
        listing.sku,
        publication.desired_version,
        deed,
        None,
        publication.external_url,
        None,
        draft.title if draft else None,
        draft.description if draft else None,
        draft.price if draft else None,
        listing.stock if draft else None,
        said.unit,
        str(WORDS[Goods][said.goods].text),
        said.grams,
        listing.product.seller.name,
        *photos,
    ]


def read_sheet(content: bytes) -> list[Answer]:
    """The rows that have an answer. Raises InvalidInput (field `file`), WrongRows for all that cannot be read."""
    answers: list[Answer] = []
    problems: list[RowProblem] = []
    for number, cells in sheets.read(content, TITLES, NEEDED, MOST_ROWS):
        if not cells.get("result"):
            continue
        found = _wrong(number, cells)
        if found:
            problems.append(found)
        else:
            answers.append(_answer(number, cells))
    if problems:
        raise WrongRows(problems)
    return answers


def _wrong(number: int, cells: dict[str, str]) -> RowProblem | None:
    result = RESULTS.get(fold(cells["result"]))
    url = cells.get("url", "")
    if not cells.get("sku"):
        return RowProblem(number, "sku", text("Cần điền ô này"))
    if not (cells.get("version", "").isdecimal() and len(cells["version"]) < 10):
        return RowProblem(number, "version", text("Cần một số nguyên"))
    if result is None:
        return RowProblem(
            number, "result", text("Chỉ ghi «%(done)s» hoặc «%(refused)s»", done=DONE, refused=REFUSED)
        )
    if not result and not cells.get("reason"):
        return RowProblem(number, "reason", text("Hãy ghi lý do sàn từ chối"))
    if url and not (url.startswith(("https://", "http://")) and len(url) <= LONGEST_ADDRESS):
        return RowProblem(number, "url", text("Cần một địa chỉ bắt đầu bằng https://"))
    return None


def _answer(number: int, cells: dict[str, str]) -> Answer:
    return Answer(
        number=number,
        sku=cells["sku"],
        version=int(cells["version"]),
        done=RESULTS[fold(cells["result"])],
        url=cells.get("url") or None,
        reason=(cells.get("reason") or "")[:LONGEST_REASON] or None,
    )
