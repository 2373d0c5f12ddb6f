"""A receipt's code leads to its payment only as it was signed."""

from core.ids import new_id
from core.receipt_codes import payment_of_code, receipt_code


def test_code_leads_back_to_its_payment() -> None:
    payment_id = new_id()
    assert payment_of_code(receipt_code(payment_id)) == payment_id


def test_code_that_was_bent_leads_nowhere() -> None:
    code = receipt_code(new_id())
    for place, letter in enumerate(code):
        other = "A" if letter != "A" else "B"
        assert payment_of_code(code[:place] + other + code[place + 1 :]) is None
    for wrong in ("", "abc", code[:-4], code + "AAAA", "ợ" * 32, "+" * 32, code + "="):
        assert payment_of_code(wrong) is None
