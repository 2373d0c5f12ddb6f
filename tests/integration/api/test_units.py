"""Today's communes, also by their old names."""

from sqlalchemy.orm import Session

from tests import builders
from tests.integration.api.conftest import Caller, Sign


def test_found_by_name_old_name_and_without_accents(as_: Sign, session: Session) -> None:
    caller = as_(builders.make_officer(session))
    bac_ha = caller.get("/admin-units?q=Bắc Hà&province=15").json["items"][0]
    assert bac_ha == {
        "code": "02839",
        "name": "Xã Bắc Hà",
        "kind": "Xã",
        "province_code": "15",
        "province": "Tỉnh Lào Cai",
        "matched": "Xã Bắc Hà",
        "how": "current",
    }
    (old,) = caller.get("/admin-units?q=xa na hoi").json["items"]
    assert (old["code"], old["how"]) == ("02839", "whole")
    assert old["matched"].startswith("Xã Na Hối")
    assert {"hoà bình", "hòa bình", "HOA BINH"} == {
        q for q in ("hoà bình", "hòa bình", "HOA BINH") if _codes(caller, q) == _codes(caller, "Hòa Bình")
    }


def _codes(caller: Caller, q: str) -> list[str]:
    return [unit["code"] for unit in caller.get("/admin-units", query_string={"q": q}).json["items"]]


def test_limit_and_emptiness(as_: Sign, session: Session) -> None:
    caller = as_(builders.make_officer(session))
    assert len(caller.get("/admin-units?q=tân&limit=3").json["items"]) == 3
    assert caller.get("/admin-units").json == {"items": [], "next_cursor": None}
    assert caller.get("/admin-units?q=%25").json["items"] == []
    for limit in ("0", "201", "many", "1.5"):
        answer = caller.get(f"/admin-units?q=a&limit={limit}")
        assert (answer.status_code, list(answer.json["errors"])) == (422, ["limit"]), limit


def test_whoever_is_signed_in_may_search(as_: Sign, session: Session, nobody: Caller) -> None:
    assert as_(builders.make_officer(session)).get("/admin-units?q=sa pa").status_code == 200
    assert nobody.get("/admin-units?q=sa pa").status_code == 401
