"""The API: `/api/v1`, described by the OpenAPI document that it generates from its own code."""

from flask import Flask

from web.api import (
    cash_notes,
    channels,
    closes,
    dated_prices,
    docs,
    events,
    fee_invoices,
    fee_tariffs,
    households,
    listings,
    lots,
    markets,
    national_ids,
    orders,
    payment_requests,
    payments,
    photos,
    products,
    qr_checks,
    reconciliation,
    reports,
    resolutions,
    revenue_books,
    sellers,
    stalls,
    statement_mappings,
    statements,
    tokens,
    units,
    virtual_accounts,
)
from web.api.smorest import Api
from web.schemas import Dong
from web.security import csrf

PARTS = (
    tokens,
    units,
    households,
    national_ids,
    sellers,
    markets,
    stalls,
    statements,
    statement_mappings,
    channels,
    virtual_accounts,
    payment_requests,
    payments,
    events,
    reconciliation,
    resolutions,
    products,
    photos,
    lots,
    listings,
    dated_prices,
    orders,
    reports,
    fee_tariffs,
    fee_invoices,
    closes,
    cash_notes,
    revenue_books,
    qr_checks,
)


def init_app(app: Flask) -> None:
    """Register every part of the API. It takes bearer tokens, so no form tokens."""
    api = Api(
        app,
        spec_kwargs={
            "title": "Chợ Phiên",
            "version": "v1",
            "openapi_version": "3.1.0",
            "info": {"description": docs.INTRODUCTION},
            "security": [{"bearer": []}],
        },
    )
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    api.register_field(Dong, "integer", "int64")
    app.json.ensure_ascii = False
    for part in PARTS:
        csrf.exempt(part.blueprint)
        api.register_blueprint(part.blueprint)
    app.extensions["openapi"] = api.spec
    app.register_blueprint(docs.blueprint)
