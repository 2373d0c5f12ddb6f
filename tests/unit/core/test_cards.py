"""Cards as a printer would show them: rendered by PDFium, read by a QR reader."""

from dataclasses import replace

import pypdfium2
from PIL import Image

from core.cards import StallCard, stall_card, stall_cards
from core.vietqr import encode
from tests.qr_readers import read_by_both

CARD = StallCard(
    market_name="Chợ phiên Bắc Hà",
    stall_number="A12",
    seller_name="Giàng Thị Mẩy",
    qr_payload=encode("970436", "0071001234567", note="SAC8JSQ3T QUAY A12"),
    reference="SAC8JSQ3T",
    bank_name="Vietcombank",
    account_masked="••••••••••567",
    holder_name="GIANG THI MAY",
)


def pages(document: bytes) -> list[tuple[Image.Image, str]]:
    """Each page as a grey picture of 110 dots an inch, and its text."""
    with pypdfium2.PdfDocument(document) as pdf:
        return [
            (page.render(scale=110 / 72).to_pil().convert("L"), page.get_textpage().get_text_bounded())
            for page in pdf
        ]


def ink_at_the_edges(picture: Image.Image, top: int, bottom: int) -> bool:
    """Whether anything dark touches the left or right rim between two heights (percent)."""
    height = picture.height
    rim = picture.crop((0, height * top // 100, 6, height * bottom // 100))
    return rim.getextrema()[0] < 200


def test_card_reads_and_says_everything() -> None:
    [(picture, words)] = pages(stall_card(CARD))
    assert read_by_both(picture) == [CARD.qr_payload]
    for said in (
        "Chợ phiên Bắc Hà",
        "Quầy A12",
        "Giàng Thị Mẩy",
        "Quét mã để trả tiền",
        "Vietcombank ••••••••••567",
        "Người nhận: GIANG THI MAY",
        "Mã quầy SAC8JSQ3T",
    ):
        assert said in words


def test_page_is_a5_and_the_full_account_number_is_not_printed() -> None:
    with pypdfium2.PdfDocument(stall_card(CARD)) as pdf:
        assert [round(side / 72 * 25.4) for side in pdf[0].get_size()] == [148, 210]
        assert "0071001234567" not in pdf[0].get_textpage().get_text_bounded()


def test_letters_of_every_vietnamese_word_are_in_the_embedded_font() -> None:
    letters = "ăâđêôơư áàảãạ ắằẳẵặ ấầẩẫậ éèẻẽẹ"
    more = "ếềểễệ íìỉĩị óòỏõọ ốồổỗộ ớờởỡợ úùủũụ ứừửữự ýỳỷỹỵ"
    document = stall_card(replace(CARD, market_name=letters.upper(), seller_name=letters, holder_name=more))
    [(_, words)] = pages(document)
    assert all(said in words for said in (letters, letters.upper(), more))
    assert b"/FontFile2" in document


def test_longest_names_stay_inside_the_card() -> None:
    long = "Hợp tác xã nông nghiệp và dịch vụ tổng hợp Tả Van Chư, thôn Na Lo, xã Bắc Hà, tỉnh Lào Cai"
    [(picture, words)] = pages(
        stall_card(replace(CARD, market_name=long, stall_number=long, seller_name=long, holder_name=long))
    )
    assert not ink_at_the_edges(picture, 12, 90)
    assert "Hợp tác xã nông nghiệp" in words
    assert read_by_both(picture) == [CARD.qr_payload]


def test_whole_market_comes_four_to_a_sheet_and_every_code_reads() -> None:
    cards = [
        replace(
            CARD, stall_number=str(n), qr_payload=encode("970436", f"00710012345{n:02}", note="SAC8JSQ3T")
        )
        for n in range(9)
    ]
    sheets = pages(stall_cards(cards))
    read = [set(read_by_both(picture)) for picture, _ in sheets]
    assert [len(codes) for codes in read] == [4, 4, 1]
    assert set().union(*read) == {card.qr_payload for card in cards}
