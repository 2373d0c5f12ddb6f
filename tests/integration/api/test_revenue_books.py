"""The revenue book by the API: JSON, the spreadsheet and the PDF say the same."""

import io
from datetime import datetime

import openpyxl
import pypdfium2
from sqlalchemy.orm import Session

from core.clock import business_day, now
from tests import builders
from tests.integration.api.conftest import Caller, Place, Sign

TODAY = business_day(now())


def _noted(as_: Sign, place: Place) -> Caller:
    caller = as_(place.stallholder)
    answer = caller.post(f"/stalls/{place.stall.id}/cash-notes", {"amount": 25_000})
    assert answer.status_code == 201
    return caller


def _words(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return " ".join(" ".join(page.get_textpage().get_text_bounded().split()) for page in document)


def test_json_says_days_sums_and_thresholds(as_: Sign, bac_ha: Place) -> None:
    caller = _noted(as_, bac_ha)
    answer = caller.get(f"/sellers/{bac_ha.seller.id}/revenue-book", query_string={"form": "S2a"})
    assert answer.status_code == 200, answer.json
    book = answer.json
    assert book["days"] == [
        {
            "date": TODAY.isoformat(),
            "description": "Bán hàng: 1 lần chuyển khoản, 1 lần tiền mặt",
            "payments": 1,
            "cash_notes": 1,
            "cashless": 50_000,
            "cash": 25_000,
            "revenue": 75_000,
            "ordered": 0,
            "withheld": 0,
            "orders": 0,
            "lowered": 0,
            "vat": 750,
            "pit": 375,
        }
    ]
    sums = {
        "cashless": 50_000,
        "cash": 25_000,
        "revenue": 75_000,
        "ordered": 0,
        "withheld": 0,
        "vat": 750,
        "pit": 375,
    }
    assert book["total"] == {"period": str(TODAY.year), **sums}
    assert book["months"] == [{"period": f"{TODAY:%Y-%m}", **sums}]
    assert (book["form"], book["form_name"], book["vat_rate"], book["pit_rate"]) == (
        "S2a",
        "S2a-HKD",
        100,
        50,
    )
    assert book["thresholds"] == [
        {"code": "exempt_revenue", "amount": 500_000_000, "percent": 0, "reach": "below"},
        {"code": "einvoice_revenue", "amount": 1_000_000_000, "percent": 0, "reach": "below"},
    ]


def test_spreadsheet_reads_back(as_: Sign, bac_ha: Place) -> None:
    caller = _noted(as_, bac_ha)
    for form, width in (("S1a", 3), ("S2a", 5)):
        answer = caller.get(f"/sellers/{bac_ha.seller.id}/revenue-book.xlsx", query_string={"form": form})
        assert answer.headers["Content-Disposition"] == (
            f'attachment; filename="{form}-HKD-{TODAY.year}.xlsx"'
        )
        rows = list(openpyxl.load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True))
        assert rows[0][0].startswith(f"Mẫu {form}-HKD")
        assert bac_ha.seller.name in rows[2][0]
        names = [name for name in rows[5] if name]
        assert (names[:3], len(names)) == (["Ngày", "Diễn giải", "Doanh thu"], width)
        moment, words, revenue = rows[6][:3]
        assert isinstance(moment, datetime)
        assert (moment.date(), words, revenue) == (
            TODAY,
            "Bán hàng: 1 lần chuyển khoản, 1 lần tiền mặt",
            75_000,
        )
        assert rows[-1][1:3] == (f"Cả năm {TODAY.year}", 75_000)
        if form == "S2a":
            assert rows[-1][3:5] == (750, 375)


def test_pdf_reads_back(as_: Sign, bac_ha: Place) -> None:
    caller = _noted(as_, bac_ha)
    answer = caller.get(f"/sellers/{bac_ha.seller.id}/revenue-book.pdf", query_string={"form": "S2a"})
    assert answer.content_type == "application/pdf"
    words = _words(answer.data)
    for said in ("Sổ doanh thu năm", "Mẫu S2a-HKD", "Diễn giải", "Thuế GTGT 1%", "Thuế TNCN 0,5%",
                 "1 lần chuyển khoản, 1 lần tiền mặt", "75.000 ₫", f"Cả năm {TODAY.year}"):  # fmt: skip
        assert said in words
    assert bac_ha.seller.name in words


def test_empty_book_is_written_too(as_: Sign, session: Session) -> None:
    stall = builders.make_stall(session)
    caller = as_(builders.make_stallholder(session, stall))
    path = f"/sellers/{stall.seller_id}/revenue-book"
    assert caller.get(path).json["total"]["revenue"] == 0
    assert "Cả năm" in _words(caller.get(f"{path}.pdf").data)
    assert caller.get(f"{path}.xlsx").status_code == 200


def test_what_is_asked_wrongly_is_said(as_: Sign, bac_ha: Place) -> None:
    caller = as_(bac_ha.stallholder)
    for query, field in (({"year": "2025"}, "year"), ({"year": "26"}, "year"), ({"form": "S3"}, "form")):
        for ending in ("", ".xlsx", ".pdf"):
            answer = caller.get(f"/sellers/{bac_ha.seller.id}/revenue-book{ending}", query_string=query)
            assert (answer.status_code, list(answer.json["errors"])) == (422, [field]), query


def test_another_stalls_holder_learns_nothing(
    as_: Sign, bac_ha: Place, sa_pa: Place, session: Session
) -> None:
    for ending in ("", ".xlsx", ".pdf"):
        path = f"/sellers/{bac_ha.seller.id}/revenue-book{ending}"
        for user in (bac_ha.stallholder, bac_ha.clerk, bac_ha.manager, builders.make_administrator(session)):
            assert as_(user).get(path).status_code == 200
        for user in (sa_pa.stallholder, sa_pa.clerk, sa_pa.manager):
            assert as_(user).get(path).status_code == 404
        assert as_(builders.make_officer(session)).get(path).status_code == 403
