"""Closing a stall and opening it again, and what then is answered about it."""

import pypdfium2
from sqlalchemy.orm import Session

from core.clock import business_day, now
from tests import builders
from tests.integration.api.conftest import BASE, Place, Sign, assert_refused

TODAY = business_day(now()).isoformat()


def test_closed_it_is_what_it_was_with_its_last_day(as_: Sign, bac_ha: Place) -> None:
    caller, path = as_(bac_ha.manager), f"/stalls/{bac_ha.stall.id}"
    open_one = caller.get(path).json
    assert open_one["closed_on"] is None
    for body in (None, {}, {"closed_on": TODAY}):
        answer = caller.post(f"{path}/close", body)
        assert (answer.status_code, answer.json) == (200, open_one | {"closed_on": TODAY})
    for _ in range(2):
        answer = caller.post(f"{path}/reopen")
        assert (answer.status_code, answer.json) == (200, open_one)


def test_wrong_days_are_refused_beside_their_field(as_: Sign, bac_ha: Place) -> None:
    caller = as_(bac_ha.manager)
    cases = [("closed_on", wrong) for wrong in ("2099-01-01", "2020-01-01", "hôm qua", 5, None)]
    assert_refused(lambda body: caller.post(f"/stalls/{bac_ha.stall.id}/close", body), {}, cases)


def test_who_may(as_: Sign, bac_ha: Place, sa_pa: Place, session: Session) -> None:
    expected = {
        bac_ha.clerk: 403,
        bac_ha.stallholder: 403,
        bac_ha.seller_account: 403,
        sa_pa.manager: 404,
        builders.make_officer(session): 403,
        bac_ha.manager: 200,
        builders.make_administrator(session): 200,
    }
    for user, status in expected.items():
        for act in ("close", "reopen"):
            answer = as_(user).post(f"/stalls/{bac_ha.stall.id}/{act}")
            assert answer.status_code == status, (user.name, act)


def test_its_number_goes_to_the_next_and_it_stays_closed(as_: Sign, bac_ha: Place, session: Session) -> None:
    caller, path = as_(bac_ha.manager), f"/stalls/{bac_ha.stall.id}"
    caller.post(f"{path}/close")
    following = builders.make_stall(session, bac_ha.market, number=bac_ha.stall.number)
    refused = caller.post(f"{path}/reopen")
    assert (refused.status_code, refused.content_type) == (409, "application/problem+json")
    assert refused.json["detail"] == "Số quầy này đã giao cho người khác, không mở lại được"

    def shown(**query: str) -> set[str]:
        return {one["id"] for one in caller.get("/stalls", query_string=query).json["items"]}

    assert shown() == shown(status="open") == {str(following.id)}
    assert shown(status="closed") == {str(bac_ha.stall.id)}
    assert shown(status="all", q=bac_ha.stall.number) == {str(following.id), str(bac_ha.stall.id)}
    assert caller.get("/stalls", query_string={"status": "gone"}).status_code == 422


def test_nothing_new_is_asked_for_and_no_qr_shown(as_: Sign, bac_ha: Place, session: Session) -> None:
    holder, path = as_(bac_ha.stallholder), f"/stalls/{bac_ha.stall.id}"
    payload = builders.payload_of(bac_ha.stall)
    as_(bac_ha.manager).post(f"{path}/close")
    said = f"Quầy {bac_ha.stall.number} đã đóng ngày {business_day(now()):%d/%m/%Y}"
    refusals = [
        holder.post("/payment-requests", {"stall_id": str(bac_ha.stall.id), "amount": 5_000}),
        holder.post(f"{path}/cash-notes", {"amount": 5_000}),
        as_(bac_ha.manager).patch(path, {"channel_id": None}),
        holder.get(f"{path}/card.pdf"),
        *(holder.get(f"{path}/qr.{form}") for form in ("txt", "png", "svg")),
    ]
    assert [(answer.status_code, answer.json["detail"]) for answer in refusals] == [(409, said)] * 7
    builders.make_stall(session, bac_ha.market)
    cards = as_(bac_ha.manager).get(f"/markets/{bac_ha.market.id}/cards.pdf").data
    text = pypdfium2.PdfDocument(cards)[0].get_textpage().get_text_bounded()
    assert bac_ha.stall.reference not in text
    found = as_(bac_ha.manager).post("/qr-checks", {"text": payload}).json
    assert (found["verdict"], found["stall"]["closed_on"]) == ("closed", TODAY)


def test_last_stalls_holder_keeps_everything_else(as_: Sign, bac_ha: Place) -> None:
    as_(bac_ha.manager).post(f"/stalls/{bac_ha.stall.id}/close")
    holder = as_(bac_ha.stallholder)
    for path in (
        f"/stalls/{bac_ha.stall.id}",
        f"/listings/{bac_ha.listing.id}",
        f"/payment-requests/{bac_ha.request.id}",
        f"/sellers/{bac_ha.seller.id}/revenue-book?year={now().year}&form=S1a",
    ):
        assert holder.get(path).status_code == 200, path
    for path in ("/listings", "/payments", "/products"):
        if (answer := holder.get(path)).status_code != 404:
            assert answer.json["items"], path
    seen = holder.get(f"{BASE}/payments", query_string={"market_id": str(bac_ha.market.id)}).json["items"]
    assert [payment["id"] for payment in seen] == [str(bac_ha.payment.id)]
