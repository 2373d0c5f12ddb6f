"""The stall: its QR, its money, what its seller offers on the floors, and what buyers ordered there."""

from flask import Blueprint

from services.publishing import still_sold
from services.reasons import text_of
from web.stall import (
    badges,
    batch_approvals,
    cash,
    dated_prices,
    fees,
    floor_sheets,
    listing_deeds,
    listing_sheets,
    listings,
    lots,
    mending,
    order_deeds,
    orders,
    payment_requests,
    payments,
    photos,
    products,
    revenue_books,
    settlements,
    stalls,
)

blueprint = Blueprint("stall", __name__)
blueprint.add_app_template_global(mending.mend_at)
blueprint.add_app_template_global(badges.standing_word)
blueprint.add_app_template_global(badges.is_calm)
blueprint.add_app_template_filter(text_of)
blueprint.add_app_template_test(still_sold)
blueprint.add_app_template_test(mending.mended_by_seller)
blueprint.add_app_template_test(badges.is_sold_out, "sold_out")
blueprint.add_app_template_global(mending.name_of, "mended_name")
BOTH = ["GET", "POST"]
STALL = "/stalls/<uuid:stall_id>"
REQUEST = f"{STALL}/payment-requests/<uuid:request_id>"
LISTING = "/listings/<uuid:listing_id>"
ORDER = "/orders/<uuid:order_id>"
PHOTOS = "/products/<uuid:product_id>/photos"

blueprint.add_url_rule(STALL, view_func=stalls.stall)
blueprint.add_url_rule(f"{STALL}/today", view_func=payments.today)
blueprint.add_url_rule(f"{STALL}/cash", view_func=cash.cash, methods=BOTH)
blueprint.add_url_rule(
    f"{STALL}/cash/<uuid:cash_note_id>/undo", endpoint="undo_cash", view_func=cash.undo, methods=["POST"]
)
blueprint.add_url_rule("/sellers/<uuid:seller_id>/revenue-book", view_func=revenue_books.revenue_book)
blueprint.add_url_rule(f"{STALL}/fees", view_func=fees.fees)
blueprint.add_url_rule("/tickets", view_func=fees.tickets)
blueprint.add_url_rule(f"{STALL}/payments", view_func=payments.payments)
blueprint.add_url_rule(f"{STALL}/payments/<uuid:payment_id>/receipt", view_func=payments.receipt)
blueprint.add_url_rule(
    f"{STALL}/payment-requests/new", view_func=payment_requests.new_payment_request, methods=BOTH
)
blueprint.add_url_rule(REQUEST, view_func=payment_requests.payment_request)
blueprint.add_url_rule(f"{REQUEST}/state", view_func=payment_requests.state)
blueprint.add_url_rule(f"{REQUEST}/cancel", view_func=payment_requests.cancel, methods=["POST"])

blueprint.add_url_rule("/products/new", view_func=products.new_product, methods=BOTH)
blueprint.add_url_rule("/products/<uuid:product_id>", view_func=products.product, methods=BOTH)
blueprint.add_url_rule(PHOTOS, view_func=photos.photos, methods=BOTH)
blueprint.add_url_rule(f"{PHOTOS}/grid", endpoint="photo_grid", view_func=photos.grid)
blueprint.add_url_rule(f"{PHOTOS}/order", endpoint="order_photos", view_func=photos.order, methods=["POST"])
blueprint.add_url_rule(
    f"{PHOTOS}/<uuid:photo_id>/remove", endpoint="remove_photo", view_func=photos.remove, methods=["POST"]
)
blueprint.add_url_rule(
    f"{PHOTOS}/<uuid:photo_id>/replace", endpoint="replace_photo", view_func=photos.replace, methods=BOTH
)
blueprint.add_url_rule("/products/<uuid:product_id>/lots", view_func=lots.lots, methods=BOTH)
blueprint.add_url_rule("/products/<uuid:product_id>/lots/<uuid:lot_id>", view_func=lots.lot, methods=BOTH)
blueprint.add_url_rule("/listings", view_func=listings.listings)
blueprint.add_url_rule("/listings/waiting", view_func=batch_approvals.waiting)
blueprint.add_url_rule(
    "/listings/waiting/approve",
    endpoint="approve_waiting",
    view_func=batch_approvals.approve,
    methods=["POST"],
)
blueprint.add_url_rule(
    "/listings/sheet", endpoint="listing_sheet", view_func=listing_sheets.sheet, methods=BOTH
)
blueprint.add_url_rule(
    "/listings/sheet.xlsx", endpoint="listing_sheet_file", view_func=listing_sheets.download
)
blueprint.add_url_rule("/floors", endpoint="floor_sheets", view_func=floor_sheets.floors)
blueprint.add_url_rule(
    "/floors/<marketplace>", endpoint="floor_sheet", view_func=floor_sheets.floor, methods=BOTH
)
blueprint.add_url_rule(
    "/floors/<marketplace>/sheet.xlsx", endpoint="floor_sheet_file", view_func=floor_sheets.download
)
blueprint.add_url_rule("/listings/new", view_func=listings.new_listing, methods=BOTH)
blueprint.add_url_rule(LISTING, view_func=listings.listing, methods=BOTH)
blueprint.add_url_rule(f"{LISTING}/publications", view_func=listings.publications)
blueprint.add_url_rule(f"{LISTING}/prices/new", view_func=dated_prices.new_dated_price, methods=BOTH)
blueprint.add_url_rule(
    f"{LISTING}/prices/<uuid:price_id>/end", view_func=dated_prices.end_dated_price, methods=["POST"]
)
blueprint.add_url_rule(f"{LISTING}/approve", view_func=listing_deeds.approve, methods=["POST"])
blueprint.add_url_rule(f"{LISTING}/retry", view_func=listing_deeds.retry, methods=["POST"])
blueprint.add_url_rule(f"{LISTING}/withdraw", view_func=listing_deeds.withdraw, methods=["POST"])
blueprint.add_url_rule(
    f"{LISTING}/publications/<marketplace>/leave", view_func=listing_deeds.leave, methods=["POST"]
)
blueprint.add_url_rule(
    f"{LISTING}/publications/<marketplace>/claim", view_func=listing_deeds.claim, methods=["POST"]
)

blueprint.add_url_rule("/orders", view_func=orders.orders)
blueprint.add_url_rule("/orders/state", view_func=orders.orders_state)
blueprint.add_url_rule("/settlements", view_func=settlements.settlements)
blueprint.add_url_rule(ORDER, view_func=orders.order, methods=BOTH)
blueprint.add_url_rule(f"{ORDER}/state", view_func=orders.order_state)
blueprint.add_url_rule(f"{ORDER}/cancel", view_func=orders.cancel_order, methods=BOTH)
blueprint.add_url_rule(
    f"{ORDER}/confirm", endpoint="confirm_order", view_func=order_deeds.confirm, methods=["POST"]
)
blueprint.add_url_rule(
    f"{ORDER}/labels", endpoint="fetch_labels", view_func=order_deeds.fetch_labels, methods=["POST"]
)
blueprint.add_url_rule(f"{ORDER}/pack", endpoint="pack_order", view_func=order_deeds.pack, methods=["POST"])
blueprint.add_url_rule(
    f"{ORDER}/deliver", endpoint="deliver_order", view_func=order_deeds.deliver, methods=["POST"]
)
