"""The manager's statements: uploading one, following it, and reading what came of it."""

import io

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Statement
from tests import builders
from tests.integration.pages.conftest import Enter
from tests.integration.pages.world import make_world
from tests.integration.services.statement_files import read_to_the_end, row, statement_file


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


def test_market_leads_to_its_statements(session: Session, enter: Enter) -> None:
    world = make_world(session)
    assert enter(world.people["manager"]).get(f"/markets/{world.market.id}").has("statements")
