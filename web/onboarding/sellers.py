"""Sellers: households that sell, traders and cooperatives."""

from functools import partial
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from core.errors import text
from core.phones import display
from models import Household, Role, SellerKind
from services import people
from services.access import serves
from services.queries.accounts import list_holders
from services.queries.lists import list_products, list_sellers
from services.queries.offered import newest_listings
from services.queries.places import unit_names
from services.queries.revenue_books import may_read_book
from services.queries.sellers import list_stalls_of_seller
from services.queries.shop import has_shop
from services.queries.thresholds import count_standings
from services.queries.told_accounts import own_channel
from web.auth import actor, allow
from web.database import session
from web.forms import Form, FormSchema, Page, label, uuid_asked
from web.languages import translate
from web.onboarding.communes import commune_choice
from web.schemas import Line, Phone
from web.words import options_of


class SellerForm(FormSchema):
    kind = fields.Enum(SellerKind, by_value=True, required=True, metadata=label(text("Bán với tư cách")))
    name = Line(
        required=True,
        metadata=label(
            text("Tên người bán"), text("Tên người, tên hộ hoặc tên hợp tác xã như khách vẫn gọi")
        ),
    )
    phone = Phone(required=True, metadata=label(text("Số điện thoại")))
    household_id = fields.UUID()
    commune_code = fields.String(metadata=label(text("Xã, phường")))


@allow(Role.CLERK, Role.MANAGER)
def sellers() -> str:
    q = request.args.get("q", "").strip()
    page = list_sellers(session(), actor(), q=q or None, cursor=request.args.get("cursor"))
    names = unit_names(session(), {seller.commune_code for seller in page.items})
    return render_template(
        "onboarding/sellers.html",
        page=page,
        q=q,
        communes=names,
        near=count_standings(session(), actor()),
    )


@allow(Role.CLERK, Role.MANAGER)
def new_seller() -> Page | Response:
    """Make a seller, of a household or of its own."""
    household = _household()
    form = Form(SellerForm(), _known(household))
    stored = form.submit(partial(people.register_seller, session(), actor()))
    if stored is None:
        kinds = options_of([SellerKind.TRADER, SellerKind.COOPERATIVE])
        return form.page(
            "onboarding/seller_new.html", household=household, kinds=kinds, choice=commune_choice(form)
        )
    flash(translate("Đã thêm người bán."))
    return redirect(url_for("onboarding.seller", seller_id=stored[0].id), 303)


def _household() -> Household | None:
    asked = uuid_asked("household_id")
    return people.get_household(session(), actor(), asked) if asked else None


def _known(household: Household | None) -> dict[str, object]:
    if household is None:
        return {}
    return {
        "kind": SellerKind.HOUSEHOLD,
        "name": household.head_name,
        "phone": display(household.phone),
        "household_id": household.id,
    }


@allow(Role.CLERK, Role.MANAGER)
def seller(seller_id: UUID) -> str:
    """One seller: stalls, products, and what comes next."""
    found = people.get_seller(session(), actor(), seller_id)
    products = list_products(session(), actor(), seller_id=seller_id).items
    return render_template(
        "onboarding/seller.html",
        seller=found,
        commune=unit_names(session(), {found.commune_code})[found.commune_code],
        stalls=list_stalls_of_seller(session(), actor(), seller_id),
        products=products,
        offered=newest_listings(session(), [product.id for product in products]),
        notices=own_channel(session(), actor(), seller_id),
        has_book=may_read_book(session(), actor(), seller_id),
        has_shop=has_shop(session(), seller_id),
        holders=list_holders(session(), seller_id) if serves(actor(), found.commune_code) else None,
    )
