"""What a lot's label leads to. It is not kept like the other pages: each view counts."""

from flask import Response, current_app, render_template, request

from core.clock import business_day, now
from core.errors import text
from services.queries.traces import get_trace
from web.auth import public
from web.database import session
from web.languages import translate
from web.shop.heads import Head
from web.shop.scans import by_a_person


@public
def trace(gtin: str, lot_code: str) -> Response:
    """Where a lot comes from. Source of its address: GS1 Digital Link Standard, URI Syntax."""
    found = get_trace(session(), gtin, lot_code)
    if by_a_person(request) and request.method == "GET":
        current_app.extensions["scans"].add(found.lot.id)
    product = found.product
    head = Head(
        title=translate(text("Nguồn gốc: %(product)s", product=product.name)),
        description=f"{product.name}, {found.commune}, {found.province}",
        path=request.path,
        photo_id=found.photo_ids[0] if found.photo_ids else None,
        indexed=False,
    )
    shown = {"trace": found, "lot": found.lot, "product": product, "today": business_day(now())}
    answer = Response(render_template("shop/trace.html", head=head, **shown))
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
