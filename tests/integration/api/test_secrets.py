"""Sealed numbers, passwords and tokens stay where they are: in no answer, no log, no problem."""

import logging

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests import builders
from tests.integration.api.conftest import Place, Sign
from tests.integration.api.test_roles import CALLS, call, ids_of


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("sqlalchemy").setLevel(logging.WARNING)
    return caplog


def test_no_answer_holds_a_full_number(as_: Sign, bac_ha: Place, session: Session) -> None:
    """But for the QR itself, which is there to tell the account that it pays."""
    account = bac_ha.stall.payout_account.account_number
    caller = as_(builders.make_administrator(session))
    for method, template in CALLS:
        if "qr.svg" in template or "/events" in template:
            continue
        words = call(caller, method, template.format(**ids_of(bac_ha))).data.decode(errors="replace")
        assert bac_ha.household.national_id not in words, template
        for payload in (builders.payload_of(bac_ha.stall), bac_ha.request.qr_payload):
            words = words.replace(payload, "")
        assert account not in words, template


def test_no_log_line_holds_a_persons_data(
    as_: Sign, bac_ha: Place, session: Session, logged: pytest.LogCaptureFixture, nobody
) -> None:
    caller = as_(bac_ha.clerk)
    household = {
        "head_name": "Giàng Seo Kín",
        "national_id": builders.new_national_id(),
        "phone": "0912345678",
        "commune_code": builders.BAC_HA,
    }
    caller.post("/households", household)
    caller.post("/households", {**household, "commune_code": "15"})
    caller.post(
        "/sellers",
        {
            "kind": "household",
            "name": "Giàng Seo Kín",
            "phone": "0912345678",
            "household_id": str(bac_ha.household.id),
        },
    )
    caller.get("/households", query_string={"q": household["national_id"]})
    caller.get(f"/households/{bac_ha.household.id}", headers={"X-Reveal-Reason": "to compare"})
    caller.post(
        "/stalls",
        {
            "market_id": str(bac_ha.market.id),
            "number": bac_ha.stall.number,
            "seller_id": str(bac_ha.seller.id),
            "payout_account": builders.payout_account(account_number="7770001112223"),
        },
    )
    nobody.post("/tokens", {"phone": "0912345678", "password": "a secret word"})
    nobody.post("/tokens", {"phone": bac_ha.clerk.phone, "password": builders.PASSWORD})
    lines = [record.getMessage() for record in logged.records]
    assert len([line for line in lines if "'event': 'request'" in line]) >= 7
    secrets = [
        household["national_id"],
        bac_ha.household.national_id,
        "0912345678",
        "+84912345678",
        bac_ha.clerk.phone,
        "Giàng Seo Kín",
        "7770001112223",
        "a secret word",
        builders.PASSWORD,
        caller.token,
    ]
    for secret in secrets:
        assert not [line for line in lines if secret in line], secret


def test_defect_is_logged_without_values_and_told_as_a_number(
    app: Flask, as_: Sign, bac_ha: Place, session: Session, logged: pytest.LogCaptureFixture
) -> None:
    """A database that refuses what nobody foresaw."""
    session.execute(text("ALTER TABLE sellers ADD CONSTRAINT unforeseen EXCLUDE (phone WITH =)"))
    session.commit()
    try:
        body = {"kind": "trader", "name": "Giàng Seo Kín", "phone": "0912345678"}
        answers = [as_(bac_ha.clerk).post("/sellers", body) for _ in range(2)]
    finally:
        session.execute(text("ALTER TABLE sellers DROP CONSTRAINT unforeseen"))
        session.commit()
    assert [answer.status_code for answer in answers] == [201, 500]
    defect = answers[1]
    assert defect.content_type == "application/problem+json"
    assert defect.json["detail"].startswith("Mã sự cố: ")
    number = defect.json["detail"].removeprefix("Mã sự cố: ")
    (line,) = [record.getMessage() for record in logged.records if "request_failed" in record.getMessage()]
    assert number in line
    assert "Giàng Seo Kín" not in line
    assert "912345678" not in line
    assert "sellers" not in defect.text
