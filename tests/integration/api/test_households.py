"""Farm households: registered, corrected, verified, merged; their ID numbers sealed."""

from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models import AuditEntry, Consent, Household, HouseholdStatus, OutboxEvent
from tests import builders
from tests.integration.api.conftest import Place, Sign, assert_refused


def _household(**facts: object) -> dict[str, object]:
    return {
        "head_name": "Giàng Seo Páo",
        "national_id": builders.new_national_id(),
        "phone": "0912 345 678",
        "commune_code": builders.BAC_HA,
        "consents": [{"purpose": "registration", "granted": True, "wording_version": "2026-01"}],
    } | facts


@pytest.fixture
def clerk(as_: Sign, session: Session):
    return as_(builders.make_clerk(session))


def test_registered_household_is_answered_masked_and_sealed_in_the_database(clerk, session: Session) -> None:
    body = _household(hamlet="Na Hối", address="Thôn Na Hối", products=["mận tam hoa", "ngô"])
    answer = clerk.post("/households", body)
    assert answer.status_code == 201
    assert answer.json["status"] == "registered"
    assert answer.json["code"].startswith("HO-")
    assert answer.json["phone"] == "+84912345678"
    assert answer.json["national_id"] == "•" * 9 + body["national_id"][-3:]
    assert answer.json["possible_duplicates"] == []
    assert answer.json["products"] == ["mận tam hoa", "ngô"]
    raw = session.execute(text("SELECT national_id FROM households")).scalar_one()
    assert body["national_id"].encode() not in bytes(raw)
    assert session.scalars(select(OutboxEvent.type)).all() == ["household.registered.v1"]


def test_single_call_and_list_give_the_same_object(clerk) -> None:
    made = clerk.post("/households", _household()).json
    one = clerk.get(f"/households/{made['id']}").json
    assert clerk.get("/households").json["items"] == [one]
    assert {name: value for name, value in made.items() if name != "possible_duplicates"} == one


def test_without_consent_it_is_a_draft_until_it_is_given(clerk) -> None:
    consent = {"purpose": "registration", "granted": False, "wording_version": "2026-01"}
    made = clerk.post("/households", _household(consents=[consent])).json
    assert made["status"] == "draft"
    assert clerk.post(f"/households/{made['id']}/verify").status_code == 409
    changed = clerk.patch(f"/households/{made['id']}", {"consents": [consent | {"granted": True}]})
    assert changed.json["status"] == "registered"
    assert [answer["granted"] for answer in changed.json["consents"]] == [False, True]


def test_possible_duplicates_by_number_phone_and_name(clerk, session: Session) -> None:
    number = builders.new_national_id()
    first = builders.make_household(session, national_id=number)
    second = builders.make_household(session, phone="+84912345678")
    third = builders.make_household(session, head_name="GIANG SEO PAO")
    builders.make_household(session)
    builders.make_household(session, head_name="Giàng Seo Páo", commune_code=builders.SA_PA)
    answer = clerk.post("/households", _household(national_id=number))
    found = {duplicate["id"] for duplicate in answer.json["possible_duplicates"]}
    assert found == {str(first.id), str(second.id), str(third.id)}
    assert "national_id" not in answer.json["possible_duplicates"][0]


def test_sent_again_with_its_id_it_is_stored_once(clerk, session: Session) -> None:
    body = _household(id=str(uuid4()))
    first, second = clerk.post("/households", body), clerk.post("/households", body)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json == second.json
    assert len(session.scalars(select(Household)).all()) == 1


def test_bad_field_is_named_and_nothing_is_stored(clerk, session: Session) -> None:
    consent = {"purpose": "messages", "granted": True, "wording_version": "1"}
    cases = [
        ("head_name", ""),
        ("head_name", "x" * 121),
        ("head_name", 5),
        ("head_name", "a\u0000b"),
        ("national_id", "12345"),
        ("national_id", "000185000001"),
        ("national_id", None),
        ("phone", "0123"),
        ("phone", "+1 202 555 0100"),
        ("phone", ["0912345678"]),
        ("commune_code", "99999"),
        ("commune_code", "15"),
        ("hamlet", "x" * 121),
        ("address", "x" * 301),
        ("products", "mận"),
        ("products", ["x"] * 51),
        ("products.0", [" "]),
        ("consents", [{"purpose": "registration", "granted": True, "wording_version": "1"}] * 2),
        ("consents.0.purpose", [{"purpose": "everything", "granted": True, "wording_version": "1"}]),
        ("consents.0.granted", [{"purpose": "messages", "granted": "yes", "wording_version": "1"}]),
        ("consents.0.wording_version", [{"purpose": "messages", "granted": True}]),
        ("consents.0.recorded_by", [consent | {"recorded_by": "x"}]),
        ("id", "not-a-uuid"),
        ("status", "verified"),
        ("created_by", str(uuid4())),
        ("code", "HO-AAAAAA"),
        ("merged_into_id", str(uuid4())),
        ("national_id_tail", "001"),
    ]
    assert_refused(lambda body: clerk.post("/households", body), _household(), cases)
    assert session.scalars(select(Household)).all() == []


def test_clerk_registers_in_own_communes_only(clerk) -> None:
    assert clerk.post("/households", _household(commune_code=builders.SA_PA)).status_code == 403


def test_change_keeps_what_is_left_out_and_null_takes_away(clerk, session: Session) -> None:
    made = clerk.post("/households", _household(hamlet="Na Hối", address="Thôn Na Hối")).json
    changed = clerk.patch(f"/households/{made['id']}", {"hamlet": None, "head_name": "Giàng Seo Sì"}).json
    assert (changed["hamlet"], changed["address"], changed["head_name"]) == (
        None,
        "Thôn Na Hối",
        "Giàng Seo Sì",
    )
    assert clerk.get("/households?q=giang seo si").json["items"][0]["id"] == made["id"]
    assert "household.changed" in session.scalars(select(AuditEntry.action)).all()


def test_bad_change_is_refused(clerk, session: Session) -> None:
    household = builders.make_household(session)
    cases = [
        ("head_name", None),
        ("national_id", "1"),
        ("status", "verified"),
        ("id", str(uuid4())),
        ("code", "X"),
    ]
    assert_refused(lambda body: clerk.patch(f"/households/{household.id}", body), {}, cases)


def test_household_may_not_be_moved_out_of_ones_communes(clerk, session: Session) -> None:
    household = builders.make_household(session)
    answer = clerk.patch(f"/households/{household.id}", {"commune_code": builders.SA_PA})
    assert answer.status_code == 403


def test_full_number_needs_a_reason_and_every_look_is_written_down(clerk, session: Session) -> None:
    household = builders.make_household(session)
    path = f"/households/{household.id}"
    assert clerk.get(path).json["national_id"].startswith("•")
    assert clerk.get(path, headers={"X-Reveal-Reason": "  "}).json["national_id"].startswith("•")
    assert session.scalars(select(AuditEntry)).all() == []
    reason = "Đối chiếu giấy tờ".encode().decode("latin-1")
    seen = clerk.get(path, headers={"X-Reveal-Reason": reason})
    assert seen.json["national_id"] == household.national_id
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.subject_id, entry.reason) == (
        "national_id.revealed",
        household.id,
        "Đối chiếu giấy tờ",
    )


def test_reason_of_another_commune_reveals_nothing(as_: Sign, bac_ha: Place, sa_pa: Place, session) -> None:
    answer = as_(sa_pa.clerk).get(
        f"/households/{bac_ha.household.id}", headers={"X-Reveal-Reason": "curious"}
    )
    assert answer.status_code == 404
    assert "national_id.revealed" not in session.scalars(select(AuditEntry.action)).all()


def test_verified_after_the_papers_were_seen(clerk, session: Session) -> None:
    household = builders.make_household(session)
    assert clerk.post(f"/households/{household.id}/verify").json["status"] == "verified"


def test_merged_into_the_one_that_stays(clerk, session: Session) -> None:
    stays, goes = builders.make_household(session), builders.make_household(session)
    answer = clerk.post(f"/households/{goes.id}/merge", {"into": str(stays.id)})
    assert answer.json["id"] == str(stays.id)
    merged = clerk.get(f"/households/{goes.id}").json
    assert (merged["status"], merged["merged_into_id"]) == ("merged", str(stays.id))
    again = clerk.post(f"/households/{goes.id}/merge", {"into": str(stays.id)})
    assert again.status_code == 422


def test_not_merged_into_itself_nor_into_what_one_may_not_know(clerk, session: Session, sa_pa: Place) -> None:
    household = builders.make_household(session)
    path = f"/households/{household.id}/merge"
    assert clerk.post(path, {"into": str(household.id)}).status_code == 422
    assert clerk.post(path, {"into": str(sa_pa.household.id)}).status_code == 404
    assert clerk.post(path, {}).json["errors"].keys() == {"into"}


def test_found_by_name_code_phone_and_number(clerk, session: Session) -> None:
    household = builders.make_household(session, head_name="Ly Thị Dở", phone="+84912888777")
    builders.make_household(session)
    for q in ("ly thi", household.code.lower(), "0912 888 777", household.national_id):
        items = clerk.get("/households", query_string={"q": q}).json["items"]
        assert [item["id"] for item in items] == [str(household.id)], q
    assert clerk.get("/households?q=100%25").json["items"] == []


def test_filtered_by_commune_status_and_day(as_: Sign, session: Session) -> None:
    here = builders.make_household(session)
    there = builders.make_household(session, commune_code=builders.SA_PA, consents=[])
    administrator = as_(builders.make_administrator(session))

    def found(query: str) -> set[str]:
        return {item["id"] for item in administrator.get(f"/households?{query}").json["items"]}

    assert found("") == {str(here.id), str(there.id)}
    assert found(f"commune={builders.SA_PA}") == {str(there.id)}
    assert found("status=draft") == {str(there.id)}
    assert found("from=2000-01-01&to=2000-12-31") == set()
    assert found("from=2000-01-01&to=2100-12-31&status=") == {str(here.id), str(there.id)}


def test_consents_are_only_ever_added(clerk, session: Session) -> None:
    made = clerk.post("/households", _household()).json
    refusal = {"purpose": "registration", "granted": False, "wording_version": "2026-01"}
    clerk.patch(f"/households/{made['id']}", {"consents": [refusal]})
    assert session.scalars(select(Consent.granted).order_by(Consent.given_at)).all() == [True, False]
    assert session.scalars(select(Household.status)).one() is HouseholdStatus.REGISTERED
