"""The receipt of a fee, read back from its PDF."""

from datetime import date

import pypdfium2
import zxingcpp

from core.receipts import FeeReceipt, fee_receipt

LINK = "https://chophien.example/r/fee/" + "x" * 32

RECEIPT = FeeReceipt(
    market_name="Chợ Bắc Hà",
    reference="F1234567X",
    seller_name="Sùng Thị Mỷ và tổ hợp tác sản xuất chè Shan tuyết cổ thụ Bản Phố",
    stall_number="A12",
    period="2026-11",
    basis=[("Theo diện tích: 8 m² × 12.000 ₫", 96_000), ("Theo quầy", 50_000)],
    amount=146_000,
    paid=[(date(2026, 11, 5), "tiền mặt", 46_000), (date(2026, 11, 9), "chuyển khoản", 100_000)],
)


def test_receipt_says_who_paid_what_and_how():
    with pypdfium2.PdfDocument(fee_receipt(RECEIPT, LINK)) as pdf:
        assert len(pdf) == 1
        words = " ".join(pdf[0].get_textpage().get_text_bounded().split())
    for said in ("Chợ Bắc Hà", "F1234567X", "A12", "11/2026", "Bản Phố", "96.000 ₫", "Phải nộp", "tiền mặt"):
        assert said in words
    assert words.count("146.000 ₫") == 2


def test_receipt_carries_the_way_to_check_it():
    with pypdfium2.PdfDocument(fee_receipt(RECEIPT, LINK)) as pdf:
        (found,) = zxingcpp.read_barcodes(pdf[0].render(scale=3).to_pil())
    assert found.text == LINK
