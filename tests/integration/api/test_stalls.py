"""Stalls, their QRs and cards."""

from uuid import uuid4

import pypdfium2
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.vietqr import decode
from models import PayoutAccount, Stall
from tests import builders
from tests.integration.api.conftest import BASE, Place, Sign, assert_refused
from tests.qr_readers import as_image, drawn, read_by_both

ACCOUNT = {"bin": builders.BANK, "account_number": "0123456789", "holder_name": "SUNG THI MAY"}


def _stall(place: Place, **facts: object) -> dict[str, object]:
    return {
        "market_id": str(place.market.id),
        "number": "B12",
        "seller_id": str(place.seller.id),
        "payout_account": ACCOUNT,
    } | facts


def test_opened_stall_has_its_qr_at_once(as_: Sign, bac_ha: Place, session: Session) -> None:
    caller = as_(bac_ha.manager)
    made = caller.post("/stalls", _stall(bac_ha, row="B", area_m2=6.5))
    assert made.status_code == 201
    stall = made.json
    assert (stall["number"], stall["row"], stall["area_m2"]) == ("B12", "B", 6.5)
    assert stall["channel"]["kind"] == "direct"
    assert stall["payout_account"]["account_number"] == "•••••••789"
    qr = decode(stall["qr"]["payload"])
    assert (qr.bin, qr.account_number, qr.amount, qr.note) == (
        builders.BANK,
        "0123456789",
        None,
        stall["reference"],
    )
    assert caller.get(f"/stalls/{stall['id']}").json == stall
    assert stall in caller.get("/stalls").json["items"]
    raw = session.execute(text("SELECT account_number FROM payout_accounts")).scalars()
    assert all(b"0123456789" not in bytes(value) for value in raw)


def test_stall_through_the_markets_channel(as_: Sign, bac_ha: Place) -> None:
    made = as_(bac_ha.clerk).post("/stalls", _stall(bac_ha, channel_id=str(bac_ha.channel.id)))
    assert made.json["channel"] == {"id": str(bac_ha.channel.id), "kind": "payos"}


def test_sent_again_with_its_id_it_is_stored_once(as_: Sign, bac_ha: Place, session: Session) -> None:
    body = _stall(bac_ha, id=str(uuid4()))
    caller = as_(bac_ha.manager)
    first, second = caller.post("/stalls", body), caller.post("/stalls", body)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json == second.json
    assert len(session.scalars(select(Stall).where(Stall.number == "B12")).all()) == 1


def test_bad_field_is_named(as_: Sign, bac_ha: Place, session: Session) -> None:
    cases = [
        ("market_id", "x"),
        ("market_id", str(uuid4())),
        ("number", ""),
        ("number", 12),
        ("number", "x" * 21),
        ("seller_id", str(uuid4())),
        ("area_m2", 0),
        ("area_m2", -1),
        ("area_m2", 1e9),
        ("area_m2", float("nan")),
        ("area_m2", 10**400),
        ("area_m2", "big"),
        ("channel_id", str(uuid4())),
        ("payout_account", None),
        ("payout_account", "0123"),
        ("payout_account.bin", {**ACCOUNT, "bin": "000000"}),
        ("payout_account.bin", {**ACCOUNT, "bin": "97043"}),
        ("payout_account.account_number", {**ACCOUNT, "account_number": "0123-456"}),
        ("payout_account.account_number", {**ACCOUNT, "account_number": "1" * 20}),
        ("payout_account.holder_name", {**ACCOUNT, "holder_name": " "}),
        ("payout_account.id", {**ACCOUNT, "id": str(uuid4())}),
        ("reference", "S12345678"),
        ("code", "QU-AAAAAA"),
        ("payout_account_id", str(uuid4())),
    ]
    caller = as_(bac_ha.manager)
    assert_refused(lambda body: caller.post("/stalls", body), _stall(bac_ha), cases)
    assert len(session.scalars(select(Stall)).all()) == 1


def test_number_is_taken_once_in_a_market(as_: Sign, bac_ha: Place, sa_pa: Place, session: Session) -> None:
    answer = as_(bac_ha.manager).post("/stalls", _stall(bac_ha, number=bac_ha.stall.number))
    assert list(answer.json["errors"]) == ["number"]
    assert len(session.scalars(select(PayoutAccount)).all()) == 2
    same = as_(sa_pa.manager).post("/stalls", _stall(sa_pa, number=bac_ha.stall.number))
    assert same.status_code == 201


def test_nothing_of_another_market_can_be_used(as_: Sign, bac_ha: Place, sa_pa: Place) -> None:
    for user in (bac_ha.manager, bac_ha.clerk):
        caller = as_(user)
        foreign = {"market_id": str(sa_pa.market.id), "channel_id": str(sa_pa.channel.id)}
        for field, value in foreign.items():
            answer = caller.post("/stalls", _stall(bac_ha, **{field: value}))
            assert list(answer.json["errors"]) == [field]
    clerk = as_(bac_ha.clerk).post("/stalls", _stall(bac_ha, seller_id=str(sa_pa.seller.id)))
    assert list(clerk.json["errors"]) == ["seller_id"]


def test_stallholder_opens_no_stall(as_: Sign, bac_ha: Place) -> None:
    assert as_(bac_ha.stallholder).post("/stalls", _stall(bac_ha)).status_code == 403


def test_qr_as_text_and_pictures_says_the_same(as_: Sign, bac_ha: Place) -> None:
    caller = as_(bac_ha.stallholder)
    path = f"/stalls/{bac_ha.stall.id}/qr"
    words = caller.get(f"{path}.txt")
    assert words.content_type == "text/plain; charset=utf-8"
    static = caller.get(f"/stalls/{bac_ha.stall.id}").json["qr"]
    assert words.text == static["payload"]
    png = caller.get(static["png"])
    assert png.content_type == "image/png"
    assert read_by_both(as_image(png.data)) == [words.text]
    svg = caller.get(static["svg"])
    assert svg.content_type.startswith("image/svg+xml")
    assert read_by_both(drawn(svg.text)) == [words.text]
    assert static["svg"].startswith(BASE)


def test_qr_with_an_amount_and_a_note(as_: Sign, bac_ha: Place) -> None:
    answer = as_(bac_ha.stallholder).get(
        f"/stalls/{bac_ha.stall.id}/qr.txt", query_string={"amount": "45000", "note": "Hai cân mận, chín"}
    )
    qr = decode(answer.text)
    assert (qr.amount, qr.note) == (45_000, f"{bac_ha.stall.reference} HAI CAN MAN CHI"[:25].rstrip())


def test_qr_for_no_amount_that_can_be_paid(as_: Sign, bac_ha: Place) -> None:
    caller = as_(bac_ha.stallholder)
    for amount in ["0", "-5", "1.000", "1e3", "abc", "10000000000000", "٣"]:
        answer = caller.get(f"/stalls/{bac_ha.stall.id}/qr.png", query_string={"amount": amount})
        assert (answer.status_code, list(answer.json["errors"])) == (422, ["amount"]), amount


def test_qr_in_no_other_form(as_: Sign, bac_ha: Place) -> None:
    assert as_(bac_ha.stallholder).get(f"/stalls/{bac_ha.stall.id}/qr.gif").status_code == 404


def test_card_is_one_page_without_the_full_account(as_: Sign, bac_ha: Place) -> None:
    answer = as_(bac_ha.stallholder).get(f"/stalls/{bac_ha.stall.id}/card.pdf")
    assert answer.content_type == "application/pdf"
    (page,) = pypdfium2.PdfDocument(answer.data)
    words = page.get_textpage().get_text_range()
    assert bac_ha.stall.reference in words
    assert bac_ha.seller.name in words
    assert bac_ha.stall.payout_account.account_number not in words


def test_filtered_by_market_and_words(as_: Sign, bac_ha: Place, sa_pa: Place, session: Session) -> None:
    administrator = as_(builders.make_administrator(session))

    def found(**query: str) -> list[str]:
        return [item["id"] for item in administrator.get("/stalls", query_string=query).json["items"]]

    assert found() == [str(sa_pa.stall.id), str(bac_ha.stall.id)]
    here = [str(bac_ha.stall.id)]
    assert found(market_id=str(bac_ha.market.id)) == here
    assert found(commune=builders.BAC_HA) == here
    for q in (bac_ha.stall.number, bac_ha.stall.code, bac_ha.stall.reference.lower(), bac_ha.seller.name):
        assert found(q=q) == here, q
    assert found(q="%") == []
