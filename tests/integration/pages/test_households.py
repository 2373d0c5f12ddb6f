"""Registering households on the page, and looking after them."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.ids import new_id
from models import AuditEntry, Consent, ConsentPurpose, Household, HouseholdStatus
from services.people import CONSENT_WORDING
from tests import builders
from tests.integration.pages.conftest import Enter, Shown

NEW = "/households/new"


def _form(**facts: Any) -> dict[str, Any]:
    return {
        "id": str(new_id()),
        "head_name": "Vàng Thị Sua",
        "national_id": "010185000777",
        "phone": "0912 345 678",
        "commune_code": builders.BAC_HA,
        "hamlet": "Na Hối",
        "address": "",
        "products": "mận tam hoa, mật ong\nmận tam hoa",
        "wording_version": CONSENT_WORDING,
        "consent_registration": "yes",
        "consent_publication": "yes",
        "consent_data_sharing": "no",
        "consent_messages": "no",
    } | facts


def _count(session: Session) -> int:
    session.expire_all()
    return session.scalar(select(func.count()).select_from(Household)) or 0


def test_a_clerk_registers_a_household(session: Session, enter: Enter) -> None:
    clerk = builders.make_clerk(session)
    browser = enter(clerk)
    page = browser.follow(browser.post(NEW, _form(), page=NEW))
    household = session.scalars(select(Household)).one()
    assert (household.head_name, household.phone) == ("Vàng Thị Sua", "+84912345678")
    assert household.products == ["mận tam hoa", "mật ong"]
    assert household.status is HouseholdStatus.REGISTERED
    given = {consent.purpose: consent.granted for consent in household.consents}
    assert given == {
        ConsentPurpose.REGISTRATION: True,
        ConsentPurpose.PUBLICATION: True,
        ConsentPurpose.DATA_SHARING: False,
        ConsentPurpose.MESSAGES: False,
    }
    assert {consent.recorded_by for consent in household.consents} == {clerk.id}
    assert page.has("done")
    assert page.text("household-code") == household.code
    assert page.text("national-id") == "•••••••••777"
    assert "010185000777" not in page.html


def test_sending_the_same_form_twice_stores_one_household(session: Session, enter: Enter) -> None:
    browser = enter(builders.make_clerk(session))
    form = _form()
    first, second = browser.post(NEW, form, page=NEW), browser.post(NEW, form, page=NEW)
    assert first.location == second.location
    assert _count(session) == 1


def test_the_empty_form_asks_for_everything_and_agrees_to_nothing(session: Session, enter: Enter) -> None:
    browser = enter(builders.make_clerk(session))
    shown = browser.get(NEW)
    assert not [field for field in shown.tree.iter("input") if "checked" in field.attrib]
    empty = browser.post(NEW, {"wording_version": CONSENT_WORDING}, page=NEW)
    assert empty.status == 422
    for field in ("head_name", "national_id", "phone", "commune_code"):
        assert empty.error(field) == "Cần điền ô này", field
    for purpose in ConsentPurpose:
        assert empty.error(f"consent_{purpose}") == "Hãy hỏi và chọn đồng ý hay không"
    assert _count(session) == 0


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("head_name", "   ", "Cần điền ô này"),
        ("head_name", "x" * 121, "Nhiều nhất 120 ký tự"),
        ("national_id", "01018500077", "Số căn cước gồm 12 chữ số"),
        ("national_id", "01018500077x", "Số căn cước gồm 12 chữ số"),
        ("phone", "12345", "Số điện thoại chưa đúng, ví dụ: 0912 345 678"),
        ("phone", "+1 202 555 0100", "Số điện thoại chưa đúng, ví dụ: 0912 345 678"),
        ("commune_code", "99999", "Không có xã này trong danh mục hiện hành"),
        ("commune_code", "15", "Không có xã này trong danh mục hiện hành"),
        ("address", "x" * 251, "Nhiều nhất 250 ký tự"),
        ("products", ",".join(f"rau {n}" for n in range(21)), "Nhiều nhất 20 mục"),
        ("products", "x" * 61, "Mỗi tên nhiều nhất 60 ký tự"),
        ("consent_registration", "no", "Hộ chưa đồng ý thì không được lưu hồ sơ"),
        ("consent_messages", "maybe", "Cần chọn có hoặc không"),
    ],
)
def test_a_bad_field_is_told_beside_it_and_nothing_is_lost_or_stored(
    session: Session, enter: Enter, field: str, value: str, said: str
) -> None:
    browser = enter(builders.make_clerk(session))
    form = _form(**{field: value})
    shown = browser.post(NEW, form, page=NEW)
    assert shown.status == 422
    assert shown.error(field) == said
    assert shown.has("problems")
    assert _count(session) == 0
    for name in ("head_name", "national_id", "phone", "hamlet", "products", "consent_data_sharing", "id"):
        assert shown.typed(name) == form[name], name


def test_an_old_wording_is_not_taken_for_consent(session: Session, enter: Enter) -> None:
    browser = enter(builders.make_clerk(session))
    shown = browser.post(NEW, _form(wording_version="2019-01"), page=NEW)
    assert shown.status == 422
    assert "hãy tải lại trang và hỏi lại" in shown.text("problems")
    assert _count(session) == 0


def test_a_commune_that_the_clerk_does_not_serve_is_refused_on_the_page(
    session: Session, enter: Enter
) -> None:
    browser = enter(builders.make_clerk(session))
    shown = browser.post(NEW, _form(commune_code=builders.SA_PA), page=NEW)
    assert shown.status == 403
    assert shown.text("problems") == "Bạn không có quyền làm việc này"
    assert shown.typed("head_name") == "Vàng Thị Sua"
    assert _count(session) == 0


def test_an_administrator_finds_a_commune_by_its_old_name(session: Session, enter: Enter) -> None:
    browser = enter(builders.make_administrator(session))
    part = browser.get("/communes?commune_query=sa+pa&name=commune_code")
    codes = [field.get("value") for field in part.tree.iter("input")]
    assert builders.SA_PA in codes
    assert "Tên cũ:" in browser.get("/communes?commune_query=na+hoi").words
    assert browser.get("/communes?commune_query=xyzxyz").has("no-commune")


def test_without_script_the_form_offers_what_was_searched_for(session: Session, enter: Enter) -> None:
    browser = enter(builders.make_administrator(session))
    form = {name: value for name, value in _form().items() if name != "commune_code"}
    shown = browser.post(NEW, form | {"commune_query": "bac ha"}, page=NEW)
    assert shown.status == 422
    found = shown.tree.findall(".//input[@name='commune_code']")
    assert builders.BAC_HA in [field.get("value") for field in found]
    again = browser.post(NEW, form | {"commune_query": "bac ha", "commune_code": builders.BAC_HA}, page=NEW)
    assert again.status == 303


def test_possible_duplicates_are_shown(session: Session, enter: Enter) -> None:
    first = builders.make_household(session, national_id="010185000777")
    browser = enter(builders.make_clerk(session))
    page = browser.follow(browser.post(NEW, _form(), page=NEW))
    assert first.code in page.text("duplicates")


def test_verifying_and_what_stands_against_it(session: Session, enter: Enter) -> None:
    browser = enter(builders.make_clerk(session))
    household = builders.make_household(session)
    page = browser.follow(browser.post(f"/households/{household.id}/verify", page="/"))
    assert page.has("done")
    assert not page.has("verify")
    draft = builders.make_household(session, consents=[])
    page = browser.follow(browser.post(f"/households/{draft.id}/verify", page="/"))
    assert page.text("refused") == "Hộ chưa đồng ý đăng ký hoặc đã được gộp"
    session.expire_all()
    assert session.get_one(Household, draft.id).status is HouseholdStatus.DRAFT


def test_the_full_number_is_shown_for_a_reason_which_is_kept(session: Session, enter: Enter) -> None:
    household = builders.make_household(session, national_id="010185000777")
    clerk = builders.make_clerk(session)
    browser = enter(clerk)
    path = f"/households/{household.id}/reveal"
    for reason in ("", "abc", "x" * 201):
        shown = browser.post(path, {"reason": reason}, page=path)
        assert shown.status == 422
        assert shown.error("reason")
        assert "010185000777" not in shown.html
    shown = browser.post(path, {"reason": "so với thẻ gốc"}, page=path)
    assert shown.text("national-id") == "010185000777"
    assert shown.answer.headers["Cache-Control"] == "no-store"
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "national_id.revealed")).one()
    assert (entry.user_id, entry.subject_id, entry.reason) == (clerk.id, household.id, "so với thẻ gốc")


def test_answers_are_added_never_replaced(session: Session, enter: Enter) -> None:
    household = builders.make_household(session)
    browser = enter(builders.make_clerk(session))
    path = f"/households/{household.id}/consents"
    form = {"wording_version": CONSENT_WORDING, "consent_publication": "no"}
    page = browser.follow(browser.post(path, form, page=path))
    (state,) = page.tree.findall(".//*[@data-consent='publication']")
    assert "".join(state.itertext()) == "không đồng ý"
    rows = session.scalars(select(Consent.granted).where(_of(household.id, "publication")))
    assert sorted(rows) == [False, True]


def _of(household_id: UUID, purpose: str) -> Any:
    return (Consent.household_id == household_id) & (Consent.purpose == purpose)


def test_households_are_found_by_name_number_and_state(session: Session, enter: Enter) -> None:
    mai = builders.make_household(session, head_name="Lù Thị Mai", national_id="010185000123")
    other = builders.make_household(session, head_name="Giàng Seo Páo")
    browser = enter(builders.make_clerk(session))

    def codes(shown: Shown) -> set[str]:
        return {household.code for household in (mai, other) if household.code in shown.words}

    assert codes(browser.get("/households")) == {mai.code, other.code}
    assert codes(browser.get("/households?q=lu+thi")) == {mai.code}
    assert codes(browser.get("/households?q=010185000123")) == {mai.code}
    assert codes(browser.get("/households?status=verified")) == set()
    assert codes(browser.get("/households?status=nonsense")) == {mai.code, other.code}
    assert browser.get("/households?q=khongco").has("empty")


def test_long_lists_go_on(session: Session, enter: Enter) -> None:
    for _ in range(51):
        builders.make_household(session)
    browser = enter(builders.make_clerk(session))
    first = browser.get("/households")
    (link,) = first.tree.findall(".//a[@rel='next']")
    second = browser.get(link.get("href", ""))
    assert len(first.all("households")[0]) == 50
    assert len(second.all("households")[0]) == 1
    assert browser.get("/households?cursor=nonsense").status == 422
