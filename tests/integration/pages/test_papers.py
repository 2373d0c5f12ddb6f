"""Certificates in rows of fields: added, crossed out, each wrong field told beside itself."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from core.clock import business_day, now
from models import Product
from tests import builders
from tests.integration.pages.conftest import Enter


def _papers(*rows: tuple[str, str, str], **facts: str) -> dict[str, str]:
    columns = ("name", "number", "expires_on")
    return (
        {"name": "Mận", "unit": "kg"}
        | facts
        | {
            f"papers-{place}-{column}": typed
            for place, row in enumerate(rows)
            for column, typed in zip(columns, row, strict=True)
        }
    )


def _kept(session: Session, product: Product) -> list[tuple[str, str]]:
    session.rollback()
    session.expire_all()
    return [(paper.name, paper.number) for paper in session.get_one(Product, product.id).papers]


def test_rows_of_papers_are_added_crossed_out_and_left_blank(session: Session, enter: Enter) -> None:
    product = builders.make_product(session)
    browser = enter(builders.make_clerk(session))
    path = f"/products/{product.id}"
    rows = [("Hữu cơ", "7", "31122027"), ("", " ", ""), ("VietGAP", "12/2026", "31-12-2027")]
    browser.follow(browser.post(path, _papers(*rows), page=path))
    assert _kept(session, product) == [("Hữu cơ", "7"), ("VietGAP", "12/2026")]
    shown = browser.get(path)
    assert shown.typed("papers-1-expires_on") == "31/12/2027"
    assert [len(shown.tree.findall(f".//*[@name='papers-{n}-drop']")) for n in range(4)] == [1, 1, 0, 0]
    rows = [("Hữu cơ", "7", "31/12/2027"), ("VietGAP", "12/2026", "31/12/2027")]
    crossed = _papers(*rows, **{"papers-0-drop": "yes"})
    wrong = browser.post(path, crossed | {"unit": ""}, page=path)
    assert (wrong.status, wrong.typed("papers-0-drop")) == (422, "yes"), "it stays crossed out"
    browser.follow(browser.post(path, crossed, page=path))
    assert _kept(session, product) == [("VietGAP", "12/2026")]
    browser.follow(browser.post(path, _papers(), page=path))
    assert _kept(session, product) == []


def test_what_is_wrong_with_papers_is_told_in_their_rows(session: Session, enter: Enter) -> None:
    product = builders.make_product(session)
    browser = enter(builders.make_clerk(session))
    path = f"/products/{product.id}"
    rows = [("VietGAP", "1", "31/12/2027"), ("x" * 121, "", "31/02/2027"), ("", "9", "")]
    shown = browser.post(path, _papers(*rows), page=path)
    wrong = {
        f"papers-{place}-{column}"
        for place in range(5)
        for column in ("name", "number", "expires_on")
        if shown.error(f"papers-{place}-{column}")
    }
    assert wrong == {
        "papers-1-name", "papers-1-number", "papers-1-expires_on", "papers-2-name", "papers-2-expires_on",
    }  # fmt: skip
    assert (shown.typed("papers-2-number"), shown.typed("papers-3-number")) == ("9", "")
    assert _kept(session, product) == []


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("VietGAP", "1", "31/12/2027"), ("VietGAP", "1", "31/12/2028")], "VietGAP số 1 được ghi hai lần"),
        ([("VietGAP", str(n), "31/12/2027") for n in range(21)], "Nhiều nhất 20 mục"),
    ],
)
def test_what_is_wrong_with_all_papers_is_told_above_them(
    session: Session, enter: Enter, rows: list[tuple[str, str, str]], said: str
) -> None:
    product = builders.make_product(session)
    browser = enter(builders.make_clerk(session))
    path = f"/products/{product.id}"
    shown = browser.post(path, _papers(*rows), page=path)
    assert said in (shown.error("papers") or "")
    assert _kept(session, product) == []


def test_papers_that_run_out_are_warned_about_thirty_days_before(session: Session, enter: Enter) -> None:
    today = business_day(now())
    papers = [
        {"name": name, "number": "1", "expires_on": today + timedelta(days=days)}
        for name, days in {"Mới": 31, "Sắp": 30, "Hôm nay": 0, "Cũ": -1}.items()
    ]
    product = builders.make_product(session, papers=papers)
    listing = builders.make_listing(session, product)
    browser = enter(builders.make_clerk(session))
    for path in (f"/products/{product.id}", f"/listings/{listing.id}"):
        said = browser.get(path).text("papers-notice")
        assert f"Sắp số 1 còn hạn đến {today + timedelta(days=30):%d/%m/%Y}" in said
        assert "Hôm nay số 1 còn hạn" in said
        assert "Cũ số 1 đã hết hạn" in said
        assert "Mới" not in said
    quiet = builders.make_product(session, papers=papers[:1])
    assert not browser.get(f"/products/{quiet.id}").has("papers-notice")
