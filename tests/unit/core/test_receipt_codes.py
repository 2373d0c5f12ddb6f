"""A receipt's code leads to what it is about only as it was signed."""

from core.ids import new_id
from core.receipt_codes import ReceiptKind, id_of_code, receipt_code

PAYMENT, FEE = ReceiptKind


def test_code_leads_back_to_what_it_is_of() -> None:
    id = new_id()
    assert id_of_code(PAYMENT, receipt_code(PAYMENT, id)) == id
    assert id_of_code(FEE, receipt_code(FEE, id)) == id


def test_code_of_one_kind_leads_nowhere_as_the_other() -> None:
    assert id_of_code(FEE, receipt_code(PAYMENT, new_id())) is None


def test_code_that_was_bent_leads_nowhere() -> None:
    code = receipt_code(PAYMENT, new_id())
    for place, letter in enumerate(code):
        other = "A" if letter != "A" else "B"
        assert id_of_code(PAYMENT, code[:place] + other + code[place + 1 :]) is None
    for wrong in ("", "abc", code[:-4], code + "AAAA", "ợ" * 32, "+" * 32, code + "="):
        assert id_of_code(PAYMENT, wrong) is None
