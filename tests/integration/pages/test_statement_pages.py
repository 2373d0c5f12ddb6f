"""The manager's statements: uploading one, following it, and reading what came of it."""

import io

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.receipt_codes import ReceiptKind, receipt_code
from models import Statement, StatementStatus
from services.statements import csv_file, importing
from tests import builders
from tests.integration.pages.conftest import Enter
from tests.integration.pages.world import make_world
from tests.integration.services.statement_files import read_to_the_end, row, statement_file, upload


def test_manager_uploads_a_statement_and_reads_its_result(session: Session, enter: Enter) -> None:
    world = make_world(session)
    request = builders.make_payment_request(session, world.stall)
    browser = enter(world.people["manager"])
    path = f"/markets/{world.market.id}/statements"
    rows = [row(request.reference), row("mua rau"), ("31-02-2026", "FT1", "+1", "x")]
    about = f"account:{world.stall.payout_account_id}"
    sent = browser.post(path, {"about": about, "file": (io.BytesIO(statement_file(rows)), "thang 11.csv")})
    statement = session.scalars(select(Statement).where(Statement.file_name == "thang 11.csv")).one()
    assert (sent.status, sent.location) == (303, f"/statements/{statement.id}")
    assert 'hx-trigger="every 2s"' in browser.get(sent.location).html
    read_to_the_end(session, statement)
    shown = browser.get(sent.location)
    counts = {name: shown.text(f"statement-{name}") for name in ("matched", "review", "lines", "rejected")}
    assert counts == {"matched": "1", "review": "1", "lines": "2", "rejected": "1"}
    assert request.reference in shown.text("lines")
    assert "31-02-2026" in shown.text("broken")
    assert "hx-trigger" not in shown.html
    assert "mua rau" not in browser.get(f"{sent.location}?outcome=matched").html
    assert "thang 11.csv" in browser.get(path).text("statements")


def test_page_that_waits_says_how_far_the_file_has_been_read(
    session: Session, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 300)
    monkeypatch.setattr(csv_file, "PIECE", 1024)
    world = make_world(session)
    content = statement_file(row("mua rau " * 20) for _ in range(1_000))
    statement = upload(session, world.stall, content)
    browser, path = enter(world.people["manager"]), f"/statements/{statement.id}"
    assert not browser.get(path).has("percent-read")
    begun = importing.begin_import(session, statement.id)
    assert begun
    reading = importing.open_reading(*begun)
    seen = []
    while rows := importing.next_rows(reading):
        importing.take_rows(session, reading, rows)
        session.commit()
        reading.taken += len(rows)
        seen.append(int(browser.get(f"{path}/state").text("percent-read").split()[2].removesuffix("%")))
    assert [share for share in seen if 25 <= share <= 45], seen
    assert [share for share in seen if 55 <= share <= 75], seen
    assert seen == sorted(seen)
    importing.finish_import(session, reading)
    session.commit()
    assert statement.percent_read == 100
    assert not browser.get(path).has("percent-read")


def test_bad_upload_is_told_beside_its_field(session: Session, enter: Enter) -> None:
    world = make_world(session)
    browser = enter(world.people["manager"])
    path = f"/markets/{world.market.id}/statements"
    about = f"account:{world.stall.payout_account_id}"
    for file in ((io.BytesIO(b""), "x.csv"), (io.BytesIO(b"xin chao"), "x.txt")):
        shown = browser.post(path, {"about": about, "file": file})
        assert shown.status == 422
        assert shown.error("file")
        assert shown.typed("about") == about
    assert browser.post(path, {"about": about}).error("file")
    assert browser.post(path, {"about": "account:x"}).error("about")


def test_file_of_which_nothing_was_read_leads_to_another(session: Session, enter: Enter) -> None:
    world = make_world(session)
    statement = upload(session, world.stall, statement_file([row("mua rau")]))
    browser, path = enter(world.people["manager"]), f"/statements/{statement.id}"
    assert browser.get(path).has("statement-lines")
    statement.status, statement.problem = StatementStatus.FAILED, "Sao kê của tài khoản khác"
    session.commit()
    page = browser.get(path)
    assert "Tải tệp khác" in page.words
    assert not page.has("statement-lines"), "noughts say nothing"


def test_market_leads_to_its_statements(session: Session, enter: Enter) -> None:
    world = make_world(session)
    assert enter(world.people["manager"]).get(f"/markets/{world.market.id}").has("statements")


UNKNOWN = b"NGAN HANG LA;;;\nPosting day;Movement;Story;Key\n11/25/2026;50.000;mua rau;FT1\n"


def test_unknown_layout_is_described_on_its_page(session: Session, enter: Enter) -> None:
    world = make_world(session)
    browser = enter(world.people["manager"])
    about = f"account:{world.stall.payout_account_id}"
    file = (io.BytesIO(UNKNOWN), "la thang 11.csv")
    sent = browser.post(f"/markets/{world.market.id}/statements", {"about": about, "file": file})
    statement = session.scalars(select(Statement).where(Statement.file_name == "la thang 11.csv")).one()
    path = f"/statements/{statement.id}/mapping"
    assert (sent.status, sent.location) == (303, path)
    page = browser.follow(sent)
    assert "Posting day" in page.text("head")
    assert page.typed("header_row") == "2"
    assert browser.get(f"/statements/{statement.id}").has("map")

    said = {"header_row": 2, "date_at": 0, "memo_at": 2, "amount_at": 1, "date_format": "month_first"}
    said |= {"decimal": ",", "name": "La", "reference_at": 3}
    query = "&".join(f"{name}={value}" for name, value in said.items())
    tried = browser.get(f"{path}?{query}")
    assert "FT1" in tried.text("read")
    assert "50.000" in tried.text("read")
    swapped = browser.get(f"{path}?{query}".replace("month_first", "day_first"))
    assert swapped.has("not-read")
    assert swapped.error("date_at")
    assert swapped.status == 200, "htmx shows no answer that failed"
    assert swapped.typed("date_format") == "day_first"
    assert session.get(Statement, statement.id).status == "unmapped"  # type: ignore[union-attr]

    refused = browser.post(path, said | {"memo_at": 1})
    assert refused.status == 422
    assert refused.error("amount_at")
    assert refused.typed("name") == "La"
    assert not refused.has("read")

    saved = browser.post(path, said)
    assert (saved.status, saved.location) == (303, f"/statements/{statement.id}")
    session.expire_all()
    read_to_the_end(session, statement)
    assert browser.get(saved.location).text("statement-lines") == "1"
    assert browser.get(path).location == f"/statements/{statement.id}"
    assert "La" in browser.get(f"/markets/{world.market.id}/statement-mappings").text("mappings")


def test_mapping_is_corrected_and_deleted_on_its_page(session: Session, enter: Enter) -> None:
    world = make_world(session)
    browser = enter(world.people["manager"])
    path, listed = (
        f"/statement-mappings/{world.mapping.id}",
        f"/markets/{world.market.id}/statement-mappings",
    )
    shown = browser.get(path)
    assert (shown.typed("name"), shown.typed("memo_at"), shown.typed("balance_at")) == ("La", "2", None)
    assert "không giữ lại" in shown.text("no-trial"), "there is no file to try it on"
    said = {
        "name": "Moi",
        "date_at": 0,
        "memo_at": 2,
        "amount_at": 1,
        "date_format": "year_first",
        "decimal": ",",
    }
    assert browser.post(path, said | {"memo_at": 1}).error("amount_at")
    assert browser.post(path, said).location == listed
    assert "Moi" in browser.get(listed).text("mappings")
    assert browser.post(f"{path}/delete").location == listed
    assert not browser.get(listed).has("mappings")


def test_file_that_is_not_wanted_is_let_go(session: Session, enter: Enter) -> None:
    world = make_world(session)
    browser = enter(world.people["manager"])
    page = f"/statements/{world.unmapped.id}"
    assert browser.post(f"{page}/discard").location == page
    assert browser.get(page).has("statement-problem")


def test_tolerance_is_set_and_said_where_a_request_counts_as_paid(session: Session, enter: Enter) -> None:
    world = make_world(session)
    browser = enter(world.people["manager"])
    path = f"/markets/{world.market.id}/settings"
    assert browser.get(f"/markets/{world.market.id}").has("settings")
    refused = browser.post(path, {"tolerance": "5.001"})
    assert refused.error("tolerance")
    assert refused.typed("tolerance") == "5.001"
    assert browser.post(path, {"tolerance": "1.000"}).status == 303
    session.expire_all()
    request = builders.make_payment_request(session, world.stall)
    payment = builders.make_payment(session, request, amount=49_400)
    shown = browser.get(f"/stalls/{world.stall.id}/payment-requests/{request.id}")
    assert "600" in shown.text("tolerated")
    receipt = browser.get(f"/r/{receipt_code(ReceiptKind.PAYMENT, payment.id)}")
    assert "50.000" in receipt.text("receipt-asked")
