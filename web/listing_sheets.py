"""Listings as an Excel sheet: its columns, how it is written, and how it is read back."""

from collections.abc import Sequence
from typing import Any

from marshmallow import ValidationError

from core.errors import text
from core.text import fold
from models import Goods, Listing
from services.listing_sheets import MOST_ROWS, RowProblem, SheetRow
from web import sheets
from web.cells import (
    AttributesInCell,
    CommuneCode,
    FloorsInCell,
    PapersInCell,
    PricesInCell,
    Tick,
    attributes_in_cell,
    papers_in_cell,
    prices_in_cell,
)
from web.errors import flatten
from web.goods import LARGEST_STOCK, LARGEST_VERSION, LONGEST_CODE, shown_facts
from web.schemas import Dong
from web.sheets import SEPARATOR, Column
from web.stall.listings import ListingFacts
from web.stall.products import ProductFacts
from web.typed import WholeNumber
from web.words import WORDS

COLUMNS = (
    Column(text("Mã hàng"), "sku"),
    Column(text("Mã người bán"), "seller_code"),
    Column(text("Người bán"), None, 24),
    Column(text("Tên sản phẩm"), "name", 28),
    Column(text("Bán theo"), "unit", 10),
    Column(text("Giá"), "price", 12),
    Column(text("Số lượng"), "stock", 10),
    Column(text("Số lượng lúc tải"), "stock_seen", 10),
    Column(text("Giá lúc tải"), "price_seen", 12),
    Column(text("Bản lúc tải"), "version_seen", 10),
    Column(text("Giá đúng"), "price_is_right", 10),
    Column(text("Cỡ, loại gói"), "variant"),
    Column(text("Bán trên sàn"), "marketplaces", 20),
    Column(text("Giá riêng từng sàn"), "prices", 24),
    Column(text("Giá riêng lúc tải"), "prices_seen", 24),
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
    Column(text("Mã GTIN"), "gtin", 18),
    Column(text("Mã xã làm ra hàng"), "origin_commune", 10),
    Column(text("Xã làm ra hàng"), None, 18),
    Column(text("Đặc điểm khác"), "attributes", 30),
)
TITLES = sheets.titles_of(COLUMNS)
NEEDED = ("sku", "name", "unit", "price", "stock")
GOODS_NAMED = {fold(word.text): kind for kind, word in WORDS[Goods].items()}


class ProductCells(ProductFacts):
    """What the form asks for in several fields stands in one cell."""

    papers = PapersInCell(load_default=list)
    origin_commune = CommuneCode(LONGEST_CODE, load_default=None)
    attributes = AttributesInCell(load_default=dict)


class ListingCells(ListingFacts):
    """What was seen, and that a price is right, is there only where it is said."""

    marketplaces = FloorsInCell(load_default=list)
    prices = PricesInCell(load_default=dict)
    prices_seen = PricesInCell(load_default=dict)
    price_seen = Dong()
    stock_seen = WholeNumber(0, LARGEST_STOCK)
    version_seen = WholeNumber(1, LARGEST_VERSION)
    price_is_right = Tick()


def write_sheet(listings: Sequence[Listing], part: int = 1, parts: int = 1) -> bytes:
    """The listings as a workbook, one a row, with the columns of COLUMNS; its tab says which part of all it is."""
    name = "Tin đăng" if parts == 1 else f"Tin đăng, phần {part} trên {parts}"
    return sheets.write(name, COLUMNS, map(_row_of, listings))


def _row_of(listing: Listing) -> list[Any]:
    product = listing.product
    price, prices = listing.told_prices
    facts = shown_facts(product, ProductCells().fields) | {
        "sku": listing.sku,
        "seller_code": product.seller.code,
        "price": price,
        "stock": listing.stock,
        "price_seen": price,
        "prices_seen": prices_in_cell(prices) or None,
        "stock_seen": listing.stock,
        "version_seen": listing.version,
        "price_is_right": None,
        "variant": listing.variant,
        "marketplaces": SEPARATOR.join(listing.marketplaces),
        "prices": prices_in_cell(prices) or None,
        "papers": papers_in_cell(product.papers),
        "goods": str(WORDS[Goods][product.goods].text),
        "attributes": attributes_in_cell(product.attributes) or None,
    }
    told = {
        "Người bán": product.seller.name,
        "Xã làm ra hàng": product.origin and product.origin.name,
        "Trạng thái": str(WORDS[type(listing.status)][listing.status].text),
    }
    return [facts[column.field] if column.field else told[column.title] for column in COLUMNS]


def read_sheet(content: bytes) -> tuple[list[SheetRow], list[RowProblem]]:
    """The rows of a workbook that can be read, and what is wrong with the others; a column that is not there leaves
    what is stored. Raises InvalidInput (field `file`) for what is no such sheet."""
    rows: list[SheetRow] = []
    problems: list[RowProblem] = []
    for number, values in sheets.read(content, TITLES, NEEDED, MOST_ROWS):
        if row := _read_row(number, values, problems):
            rows.append(row)
    return rows, problems


def _read_row(number: int, values: dict[str, str], problems: list[RowProblem]) -> SheetRow | None:
    cells: dict[str, Any] = dict(values)
    if cells.get("goods"):
        kind = GOODS_NAMED.get(fold(cells["goods"]))
        cells["goods"] = kind.value if kind else cells["goods"]
    facts = []
    for schema in (ProductCells(), ListingCells()):
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
