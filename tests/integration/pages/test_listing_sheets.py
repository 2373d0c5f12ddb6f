"""Many listings at once: what goes out comes back the same, what was changed is changed, what is wrong is named."""

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Certificate, Goods, Listing, Product
from services import listing_sheets
from services.listings import approve_listing, change_listing
from tests import builders
from tests.integration.pages.conftest import Browser, Enter, Shown
from tests.integration.pages.dom import words_of

SHEET = "/listings/sheet"
Grid = list[list[Any]]


@pytest.fixture
def listing(session: Session) -> Listing:
    product = builders.make_product(
        session,
        name='=Mận & "tam hoa"',
        description="Hái sáng.\r\nGiòn, ngọt.\nGửi đi ngay",
        goods=Goods.FRUIT,
        season_from=6,
        season_to=7,
        weight_grams=1_000,
        ocop_stars=4,
    )
    product.papers = [Certificate(name="VietGAP", number="12/2026", expires_on=date(2027, 12, 31))]
    return builders.make_listing(session, product, price=40_000, stock=12)


@pytest.fixture
def browser(session: Session, listing: Listing, enter: Enter) -> Browser:
    return enter(builders.make_clerk(session))


def download(browser: Browser) -> bytes:
    answer = browser.get(f"{SHEET}.xlsx").answer
    assert answer.status_code == 200
    return answer.get_data()


def grid_of(content: bytes) -> Grid:
    return [list(row) for row in load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True)]


def upload(browser: Browser, content: bytes) -> Shown:
    return browser.post(SHEET, {"file": (io.BytesIO(content), "tin.xlsx")}, page=SHEET)


def edited(content: bytes, change: Callable[[Grid], None]) -> bytes:
    grid = grid_of(content)
    change(grid)
    book = Workbook()
    for row in grid:
        book.active.append(row)
    for cell in (cell for row in book.active.iter_rows() for cell in row if isinstance(cell.value, str)):
        cell.data_type = "s"  # as Excel keeps it
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def put(title: str, value: Any, row: int = 1) -> Callable[[Grid], None]:
    def change(grid: Grid) -> None:
        grid[row][grid[0].index(title)] = value

    return change


def again(session: Session, listing: Listing) -> Listing:
    session.rollback()
    session.expire_all()
    return session.get_one(Listing, listing.id)


def test_words_of_what_is_on_sale_wait_and_the_page_says_so(
    session: Session, browser: Browser, listing: Listing
) -> None:
    approve_listing(session, builders.anybody(session), listing.id)
    session.commit()
    sent = download(browser)
    priced = edited(sent, put("Giá", 41_000))
    page = browser.follow(upload(browser, priced))
    assert "1 tin đã sửa" in words_of(page.tree)
    assert "giữ bản đã duyệt" not in words_of(page.tree)
    described = edited(download(browser), put("Lời giới thiệu", "Mận chín cây."))
    page = browser.follow(upload(browser, described))
    said = words_of(page.tree)
    assert "1 tin đã sửa" in said
    assert "1 tin đang bán vẫn giữ bản đã duyệt" in said
    assert "Mận chín cây." in page.text("listings")


def test_a_price_that_waits_with_its_unit_goes_out_and_comes_back(
    session: Session, browser: Browser, listing: Listing
) -> None:
    approve_listing(session, builders.anybody(session), listing.id)
    session.commit()
    sent = edited(edited(download(browser), put("Bán theo", "thùng")), put("Giá", 150_000))
    for _ in range(2):
        upload(browser, sent)
        stored = again(session, listing)
        assert (stored.price, stored.told_prices[0], stored.product.unit) == (40_000, 150_000, "thùng")
    assert grid_of(download(browser))[1][4:6] == ["thùng", 150_000]
    browser.post(SHEET, {"file": (io.BytesIO(download(browser)), "tin.xlsx")}, page=SHEET)
    assert again(session, listing).version == stored.version


def test_what_goes_out_comes_back_and_changes_nothing(
    session: Session, browser: Browser, listing: Listing
) -> None:
    before = download(browser)
    assert grid_of(before)[1][:7] == [
        listing.sku,
        listing.product.seller.code,
        listing.product.seller.name,
        '=Mận & "tam hoa"',
        "kg",
        40_000,
        12,
    ]
    shown = browser.follow(upload(browser, before))
    assert "1 tin như cũ" in shown.words
    assert again(session, listing).version == 1
    assert grid_of(download(browser)) == grid_of(before)


def test_only_what_was_changed_changes(session: Session, browser: Browser, listing: Listing) -> None:
    content = edited(download(browser), put("Giá", 45_000))
    assert "1 tin đã sửa" in browser.follow(upload(browser, content)).words
    found = again(session, listing)
    assert (found.price, found.stock, found.version) == (45_000, 12, 2)
    assert found.product.papers[0].number == "12/2026"


def test_what_is_sold_while_the_sheet_is_away_stays_sold(
    session: Session, browser: Browser, listing: Listing
) -> None:
    untouched, more = (edited(download(browser), change) for change in (lambda _: None, put("Số lượng", 20)))
    change_listing(session, builders.anybody(session), listing.id, stock=9)
    session.commit()
    assert "1 tin như cũ" in browser.follow(upload(browser, untouched)).words
    assert again(session, listing).stock == 9
    browser.follow(upload(browser, more))
    assert again(session, listing).stock == 17


def test_the_same_changed_sheet_again_changes_nothing(
    session: Session, browser: Browser, listing: Listing
) -> None:
    def change(grid: Grid) -> None:
        for title, value in {"Số lượng": 20, "Giá": 45_000, "Tên sản phẩm": "Mận hậu"}.items():
            put(title, value)(grid)

    content = edited(download(browser), change)
    approve_listing(session, builders.anybody(session), listing.id)
    session.commit()
    builders.make_order(session, listing, 3)
    assert "1 tin đã sửa" in browser.follow(upload(browser, content)).words
    first = again(session, listing)
    stood = (first.stock, first.price, first.version)
    assert stood[:2] == (17, 45_000)
    for _ in range(2):
        assert "1 tin như cũ" in browser.follow(upload(browser, content)).words
        found = again(session, listing)
        assert (found.stock, found.price, found.version) == stood
    builders.make_order(session, listing, 2)
    browser.follow(upload(browser, content))
    assert again(session, listing).stock == 15


def test_a_number_that_another_has_overtaken_is_told_beside_its_column(
    session: Session, browser: Browser, listing: Listing
) -> None:
    content = edited(download(browser), put("Số lượng", 20))
    other = edited(download(browser), put("Số lượng", 30))
    browser.follow(upload(browser, other))
    said = upload(browser, content).text("wrong-rows")
    assert "Dòng 2, Số lượng: Vừa có người ghi số khác, nay còn 30" in said
    assert again(session, listing).stock == 30


@pytest.mark.parametrize(
    ("title", "value"),
    [("Số lượng lúc tải", "mười"), ("Bản lúc tải", "một"), ("Bản lúc tải", 99), ("Giá đúng", "không")],
)
def test_what_says_how_a_row_is_meant_is_read_strictly(
    session: Session, browser: Browser, listing: Listing, title: str, value: Any
) -> None:
    def change(grid: Grid) -> None:
        put("Số lượng", 20)(grid)
        put(title, value)(grid)

    said = upload(browser, edited(download(browser), change)).text("wrong-rows")
    assert f"Dòng 2, {title}:" in said
    assert again(session, listing).stock == 12


@pytest.mark.parametrize(
    ("title", "value", "floors"),
    [("Giá", 400_000, {}), ("Giá riêng từng sàn", "vendure: 400.000", {"vendure": 400_000})],
)
def test_a_price_that_jumps_is_taken_with_a_tick_in_its_column(
    session: Session, browser: Browser, listing: Listing, title: str, value: Any, floors: dict[str, int]
) -> None:
    asked = edited(download(browser), put(title, value))
    said = upload(browser, asked).text("wrong-rows")
    assert "Dòng 2, Giá đúng:" in said
    assert "hãy đánh dấu «Giá đúng»" in said
    sure = edited(asked, put("Giá đúng", "X"))
    browser.follow(upload(browser, sure))
    found = again(session, listing)
    assert (max(found.price, *found.own_prices.values(), 0), found.own_prices) == (400_000, floors)
    assert "1 tin như cũ" in browser.follow(upload(browser, sure)).words
    grid = grid_of(download(browser))
    assert grid[1][grid[0].index("Giá đúng")] is None


def test_two_rows_of_one_product_say_the_same_of_it(
    session: Session, browser: Browser, listing: Listing
) -> None:
    builders.make_listing(session, listing.product, sku="A-TUI-LON", variant="Túi lớn")
    out = download(browser)
    one = edited(out, put("Tên sản phẩm", "Mận hậu", row=1))
    assert "Dòng 3, Tên sản phẩm: Dòng 2 là cùng sản phẩm" in upload(browser, one).text("wrong-rows")
    both = edited(one, put("Tên sản phẩm", "Mận hậu", row=2))
    browser.follow(upload(browser, both))
    assert "2 tin như cũ" in browser.follow(upload(browser, both)).words
    assert again(session, listing).product.name == "Mận hậu"


def test_origin_gtin_and_attributes_go_out_and_come_back(
    session: Session, browser: Browser, listing: Listing
) -> None:
    def change(grid: Grid) -> None:
        for title, value in {
            "Mã GTIN": 8938505974194,
            "Mã xã làm ra hàng": 2839,
            "Đặc điểm khác": "màu=đỏ; cỡ=to\nghi=a\\;b",
        }.items():
            put(title, value)(grid)

    browser.follow(upload(browser, edited(download(browser), change)))
    product = again(session, listing).product
    assert (product.gtin, product.origin_commune) == ("08938505974194", "02839")
    assert product.attributes == {"màu": "đỏ", "cỡ": "to", "ghi": "a;b"}
    out = download(browser)
    assert "1 tin như cũ" in browser.follow(upload(browser, out)).words
    browser.follow(upload(browser, edited(out, put("Đặc điểm khác", None))))
    assert again(session, listing).product.attributes == {}


def test_more_listings_than_a_sheet_holds_go_out_in_parts(
    session: Session, browser: Browser, listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing_sheets, "MOST_ROWS", 2)
    more = {builders.make_listing(session).sku for _ in range(4)}
    assert "5 tin" not in browser.get(SHEET).text("parts")
    assert "3 tệp" in browser.get(SHEET).text("parts")
    found: list[Any] = []
    for link in browser.get(SHEET).all("download"):
        content = browser.get(link.get("href") or "").answer.get_data()
        name = load_workbook(io.BytesIO(content)).sheetnames[0]
        assert name == f"Tin đăng, phần {len(found) // 2 + 1} trên 3"
        found += [row[0] for row in grid_of(content)[1:]]
    assert len(found) == 5
    assert set(found) == more | {listing.sku}
    assert [browser.get(f"{SHEET}.xlsx?part={part}").status for part in (0, 4)] == [404, 404]


def test_a_column_that_was_taken_away_leaves_what_is_stored(
    session: Session, browser: Browser, listing: Listing
) -> None:
    def drop(grid: Grid) -> None:
        for title in ("Lời giới thiệu", "Bán trên sàn"):
            place = grid[0].index(title)
            for row in grid:
                del row[place]

    chosen = listing.marketplaces
    browser.follow(upload(browser, edited(download(browser), drop)))
    found = again(session, listing)
    assert found.product.description == "Hái sáng.\r\nGiòn, ngọt.\nGửi đi ngay"
    assert found.marketplaces == chosen != []


def test_a_new_row_is_a_new_listing_once(session: Session, browser: Browser, listing: Listing) -> None:
    def add(grid: Grid) -> None:
        new = list(grid[1])
        new[grid[0].index("Mã hàng")] = None
        new[grid[0].index("Tên sản phẩm")] = "Rau cải mèo"
        grid.append(new)

    content = edited(download(browser), add)
    assert "1 tin mới" in browser.follow(upload(browser, content)).words
    assert "0 tin mới, 0 tin đã sửa, 2 tin như cũ" in browser.follow(upload(browser, content)).words
    other = edited(content, put("Giá", 45_000))
    assert "0 tin mới, 1 tin đã sửa, 1 tin như cũ" in browser.follow(upload(browser, other)).words
    names = set(session.scalars(select(Product.name)))
    assert names == {'=Mận & "tam hoa"', "Rau cải mèo"}


def test_every_wrong_row_is_named_and_nothing_is_stored(
    session: Session, browser: Browser, listing: Listing
) -> None:
    def spoil(grid: Grid) -> None:
        put("Giá", 41_000)(grid)
        wrong = {"Giá": "45,5", "Bán theo": None, "Loại hàng": "Máy bay"}
        grid.append([wrong.get(title, cell) for title, cell in zip(grid[0], grid[1], strict=True)])

    shown = upload(browser, edited(download(browser), spoil))
    assert shown.status == 422
    (said,) = [shown.text("wrong-rows")]
    for words in ("Dòng 3, Giá:", "Dòng 3, Bán theo:", "Dòng 3, Loại hàng:"):
        assert words in said
    assert again(session, listing).price == 40_000


@pytest.mark.parametrize(
    ("title", "value", "said"),
    [
        ("Mã hàng", "SP-KHONG-CO", "Không có mã hàng này"),
        ("Giá", 400_000, "chênh từ 10 lần trở lên"),
        ("Bán trên sàn", "shopee, mơ", "Không có lựa chọn này; hãy ghi: Chợ Phiên, Postmart"),
        ("Mã GTIN", "123", "Mã GTIN chưa đúng"),
        ("Mã xã làm ra hàng", "99999", "Mã xã làm ra hàng: Không có xã này"),
        ("Đặc điểm khác", "đỏ", "Cần tên=giá trị"),
        ("Đặc điểm khác", "=đỏ", "Cần tên=giá trị"),
        ("Đặc điểm khác", f"màu={'đ' * 501}", "Cần tên=giá trị"),
        ("Đặc điểm khác", "màu=đỏ; màu=tím", "Có tên được ghi hai lần"),
        ("Đặc điểm khác", "; ".join(f"{n}=x" for n in range(51)), "Nhiều nhất 50 mục"),
        ("Giấy chứng nhận", "VietGAP", "Cần đủ"),
        ("Giấy chứng nhận", "VietGAP; 1; 31/12/2027\nVietGAP; 1; 31/12/2028", "được ghi hai lần"),
        ("Giá riêng từng sàn", "vendure: 4,5", "Cần tên sàn và giá"),
        ("Giá riêng từng sàn", "mơ: 45.000", "Cần tên sàn và giá"),
        ("Giá riêng từng sàn", "vendure 45.000", "Cần tên sàn và giá"),
        ("Giá riêng từng sàn", "vendure: 1; vendure: 2; 3", "Cần tên sàn và giá"),
        ("Giá riêng từng sàn", "vendure: 400.000", "Giá riêng từng sàn: 40.000 ₫ và 400.000 ₫"),
    ],
)
def test_a_row_that_cannot_be_taken_says_why(
    session: Session, browser: Browser, listing: Listing, title: str, value: Any, said: str
) -> None:
    shown = upload(browser, edited(download(browser), put(title, value)))
    assert said in shown.text("wrong-rows")
    assert again(session, listing).version == 1


def test_prices_of_single_floors_go_out_and_come_back(
    session: Session, browser: Browser, listing: Listing
) -> None:
    content = edited(download(browser), put("Giá riêng từng sàn", "shopee: 46.000; Vendure: 47000 đ"))
    browser.follow(upload(browser, content))
    found = again(session, listing)
    assert (found.version, found.own_prices) == (2, {"shopee": 46_000, "vendure": 47_000})
    out = download(browser)
    assert grid_of(out)[1][grid_of(out)[0].index("Giá riêng từng sàn")] == "shopee: 46000; vendure: 47000"
    assert "1 tin như cũ" in browser.follow(upload(browser, out)).words
    browser.follow(upload(browser, edited(out, put("Giá riêng từng sàn", None))))
    assert again(session, listing).own_prices == {}


def test_one_sku_on_two_rows_is_refused(browser: Browser) -> None:
    content = edited(download(browser), lambda grid: grid.append(list(grid[1])))
    assert "đã có ở dòng trên" in upload(browser, content).text("wrong-rows")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04broken", b"a;b;c"])
def test_what_is_no_sheet_is_told_beside_the_field(browser: Browser, content: bytes) -> None:
    shown = upload(browser, content)
    assert (shown.status, bool(shown.error("file"))) == (422, True)


def test_a_sheet_without_its_columns_says_which(browser: Browser) -> None:
    def rename(grid: Grid) -> None:
        grid[0][grid[0].index("Giá")] = "Bao nhiêu"

    assert "Giá" in (upload(browser, edited(download(browser), rename)).error("file") or "")


def test_others_listings_are_not_there_and_cannot_be_changed(
    session: Session, browser: Browser, listing: Listing, enter: Enter
) -> None:
    content = edited(download(browser), put("Giá", 41_000))
    stranger = enter(builders.make_stallholder(session, builders.make_stall(session)))
    assert len(grid_of(download(stranger))) == 1
    assert "Không có mã hàng này" in upload(stranger, content).text("wrong-rows")
    assert session.scalar(select(func.count()).select_from(Listing).where(Listing.price == 41_000)) == 0
