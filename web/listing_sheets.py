"""Listings as an Excel sheet: its columns, how it is written, and how it is read back."""

import io
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from marshmallow import ValidationError
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils.exceptions import InvalidFileException

from core.errors import InvalidInput, Text, text
from core.text import fold
from models import Goods, Listing
from services.listing_sheets import MOST_ROWS, RowProblem, SheetRow, WrongRows
from web.errors import flatten
from web.goods import shown_facts
from web.stall.listings import ListingFacts
from web.stall.products import ProductFacts
from web.words import WORDS

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LARGEST_UNPACKED = 64 * 1024 * 1024
SEPARATOR = ", "


class Column(NamedTuple):
    """A column by its title; `field` None only tells and is not read."""

    title: Text
    field: str | None
    width: int = 14


COLUMNS = (
    Column(text("Mã hàng"), "sku"),
    Column(text("Mã người bán"), "seller_code"),
    Column(text("Người bán"), None, 24),
    Column(text("Tên sản phẩm"), "name", 28),
    Column(text("Bán theo"), "unit", 10),
    Column(text("Giá"), "price", 12),
    Column(text("Số lượng"), "stock", 10),
    Column(text("Bán trên sàn"), "marketplaces", 20),
    Column(text("Trạng thái"), None),
    Column(text("Loại hàng"), "goods"),
    Column(text("Lời giới thiệu"), "description", 40),
    Column(text("Mùa từ tháng"), "season_from", 10),
    Column(text("Mùa đến tháng"), "season_to", 10),
    Column(text("Nặng (gam)"), "weight_grams", 10),
    Column(text("Hạng"), "grade"),
    Column(text("Để được bao nhiêu ngày"), "shelf_life_days", 10),
    Column(text("Cách bảo quản"), "storage", 20),
    Column(text("Gói dài (cm)"), "package_length", 10),
    Column(text("Gói rộng (cm)"), "package_width", 10),
    Column(text("Gói cao (cm)"), "package_height", 10),
    Column(text("OCOP mấy sao"), "ocop_stars", 10),
    Column(text("Mã số vùng trồng"), "planting_area_code", 18),
    Column(text("Giấy chứng nhận"), "papers", 30),
)
TITLES: dict[str, str] = {column.field: str(column.title) for column in COLUMNS if column.field}
NEEDED = ("sku", "name", "unit", "price", "stock")
GOODS_NAMED = {fold(word.text): kind for kind, word in WORDS[Goods].items()}


def write_sheet(listings: Sequence[Listing]) -> bytes:
    """The listings as a workbook, one a row, with the columns of COLUMNS."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Tin đăng")
    sheet.freeze_panes = "A2"
    for number, column in enumerate(COLUMNS):
        sheet.column_dimensions[chr(ord("A") + number)].width = column.width
    titles = [WriteOnlyCell(sheet, str(column.title)) for column in COLUMNS]
    for cell in titles:
        cell.font = Font(bold=True)
    sheet.append(titles)
    for listing in listings:
        sheet.append([_cell(sheet, value) for value in _row_of(listing)])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _cell(sheet: Any, value: Any) -> Any:
    """Text stays text: what begins with `=` is no formula."""
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, value)
    cell.data_type = "s"
    return cell


def _row_of(listing: Listing) -> list[Any]:
    product = listing.product
    facts = shown_facts(product, ProductFacts().fields) | {
        "sku": listing.sku,
        "seller_code": product.seller.code,
        "price": listing.price,
        "stock": listing.stock,
        "marketplaces": SEPARATOR.join(listing.marketplaces),
        "goods": str(WORDS[Goods][product.goods].text),
        "description": (product.description or "").replace("\r\n", "\n") or None,
    }
    told = {
        "Người bán": product.seller.name,
        "Trạng thái": str(WORDS[type(listing.status)][listing.status].text),
    }
    return [facts[column.field] if column.field else told[column.title] for column in COLUMNS]


def read_sheet(content: bytes) -> list[SheetRow]:
    """The rows of a workbook; a column that is not there leaves what is stored. Raises InvalidInput (field `file`) for
    what is no such sheet, WrongRows for rows that cannot be read, all of them at once."""
    numbered = _rows(content)
    header = next((row for _, row in numbered), ())
    places = _places(header)
    read: list[SheetRow] = []
    problems: list[RowProblem] = []
    for number, cells in numbered:
        values = {field: _typed(cells[place]) for field, place in places.items() if place < len(cells)}
        if not any(values.values()):
            continue
        if len(read) >= MOST_ROWS:
            raise InvalidInput.of("file", text("Nhiều nhất %(most)s dòng một tệp", most=MOST_ROWS))
        row = _read_row(number, values, problems)
        if row:
            read.append(row)
    if problems:
        raise WrongRows(problems)
    if not read:
        raise InvalidInput.of("file", text("Tệp này không có dòng nào"))
    return read


def _rows(content: bytes) -> Iterable[tuple[int, tuple[Any, ...]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > LARGEST_UNPACKED:
                raise InvalidInput.of("file", text("Tệp Excel này quá lớn"))
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        return iter(list(enumerate(sheet.iter_rows(values_only=True), 1)))
    except (
        zipfile.BadZipFile,
        InvalidFileException,
        KeyError,
        ValueError,
        IndexError,
        EOFError,
        SyntaxError,
    ) as error:
        raise InvalidInput.of("file", text("Tệp này không phải tệp Excel (.xlsx) đọc được")) from error


def _places(header: Sequence[Any]) -> dict[str, int]:
    """Where each column stands, by its title; their order is free."""
    named = {fold(title): field for field, title in TITLES.items()}
    places = {
        named[word]: place for place, cell in enumerate(header) if (word := fold(str(cell or ""))) in named
    }
    if missing := [TITLES[field] for field in NEEDED if field not in places]:
        said = text("Thiếu cột: %(columns)s", columns=SEPARATOR.join(missing))
        raise InvalidInput.of("file", said)
    return places


def _typed(cell: Any) -> str:
    """A cell as a person would type it."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell).replace("\r\n", "\n").strip()


def _read_row(number: int, values: dict[str, str], problems: list[RowProblem]) -> SheetRow | None:
    cells: dict[str, Any] = dict(values)
    if cells.get("goods"):
        kind = GOODS_NAMED.get(fold(cells["goods"]))
        cells["goods"] = kind.value if kind else cells["goods"]
    cells["marketplaces"] = [
        word.strip() for word in cells.get("marketplaces", "").split(",") if word.strip()
    ]
    facts = []
    for schema in (ProductFacts(), ListingFacts()):
        sent = {name: cells[name] for name in schema.fields if name in cells}
        try:
            facts.append(schema.load(sent, partial=tuple(schema.fields.keys() - sent.keys())))
        except ValidationError as error:
            problems += [
                RowProblem(number, _field(path), said) for path, (said, *_) in flatten(error.messages).items()
            ]
    if len(facts) < 2:
        return None
    return SheetRow(number, cells.get("sku") or None, cells.get("seller_code") or None, *facts)


def _field(path: str) -> str | None:
    name = path.partition(".")[0]
    return name if name in TITLES else None
