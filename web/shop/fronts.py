"""Shop fronts: everything on sale, a market's, a commune's, one seller's."""

from urllib.parse import urlencode

from flask import Response, request
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as AnyResponse

from core.errors import text
from services.queries import shop as queries
from services.queries.shop import Scope
from web.auth import public
from web.database import session
from web.languages import translate
from web.shop.addresses import shop_path
from web.shop.heads import Head, page, shorten
from web.shop.structured import list_facts, path_facts, store_facts

LONGEST_SEARCH = 80


def _asked() -> tuple[str, int]:
    """What was typed, and the page's number."""
    q = request.args.get("q", "").strip()[:LONGEST_SEARCH]
    return q, request.args.get("page", 1, type=int)


def _path(q: str, number: int) -> str:
    """This page's own address, without what does not belong to it."""
    asked = {name: value for name, value in (("q", q), ("page", number if number > 1 else "")) if value}
    return request.path + (f"?{urlencode(asked)}" if asked else "")


@public
def everything() -> Response:
    """All that is on sale, and the ways into it."""
    q, number = _asked()
    scope = Scope(q=q)
    goods, more = queries.list_goods(session(), scope, number)
    head = Head(
        title=translate(text("Chợ trên mạng")),
        description=translate(
            text("Nông sản và hàng thủ công, mua thẳng của hộ gia đình, tiểu thương và hợp tác xã")
        ),
        path=_path(q, number),
        photo_id=next((good.photo_id for good in goods if good.photo_id), None),
        indexed=not q,
        facts=[list_facts(goods)],
    )
    first = number == 1
    return page(
        "shop/front.html",
        head,
        place=None,
        q=q,
        goods=goods,
        number=number,
        more=more,
        shops=queries.list_shops(session(), scope) if first else [],
        markets=queries.list_markets(session()) if first and not q else [],
        communes=queries.list_communes(session()) if first and not q else [],
    )


@public
def market(code: str) -> Response:
    """What those offer who stand in a market."""
    found, commune_name = queries.get_shop_market(session(), code)
    return _place(found.name, commune_name, Scope(market_id=found.id, q=_asked()[0]), found.weekdays)


@public
def commune(code: str) -> Response:
    """What the sellers of a commune offer."""
    found, province = queries.get_shop_commune(session(), code)
    return _place(found.name, province, Scope(commune_code=found.code, q=_asked()[0]))


def _place(name: str, lies_in: str, scope: Scope, held_on: list[int] | None = None) -> Response:
    q, number = _asked()
    goods, more = queries.list_goods(session(), scope, number)
    head = Head(
        title=name,
        description=translate(text("Hàng đang bán ở %(place)s, %(within)s", place=name, within=lies_in)),
        path=_path(q, number),
        photo_id=next((good.photo_id for good in goods if good.photo_id), None),
        indexed=not q and bool(goods),
        facts=[list_facts(goods), path_facts((name, request.path))],
    )
    return page(
        "shop/front.html",
        head,
        place=name,
        lies_in=lies_in,
        held_on=held_on or [],
        q=q,
        goods=goods,
        number=number,
        more=more,
        shops=queries.list_shops(session(), scope) if number == 1 else [],
        markets=[],
        communes=[],
    )


@public
def shop(code: str) -> AnyResponse:
    """One seller's: who, where, what; how to call and pay."""
    if code != code.upper():
        return redirect(shop_path(code.upper()), 301)
    found = queries.get_shop(session(), code)
    q, number = _asked()
    goods, more = queries.list_goods(session(), Scope(seller_id=found.id, q=q), number)
    head = Head(
        title=found.name,
        description=shorten(
            ", ".join([*dict.fromkeys(good.name for good in goods), found.commune, found.province])
        ),
        path=_path(q, number),
        photo_id=next((good.photo_id for good in goods if good.photo_id), None),
        indexed=not q and bool(goods),
        facts=[store_facts(found), list_facts(goods), path_facts((found.name, request.path))],
    )
    return page("shop/shop.html", head, shop=found, q=q, goods=goods, number=number, more=more)
