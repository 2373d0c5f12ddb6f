"""The channels through which money comes; their credentials are never shown."""

from flask import render_template, request

from models import CollectionChannel, Market, Role, Seller
from services.queries.lists import list_channels
from web.auth import actor, allow
from web.database import session


@allow(Role.ADMINISTRATOR)
def channels() -> str:
    page = list_channels(session(), actor(), cursor=request.args.get("cursor"))
    owners = {channel.id: _owner(channel) for channel in page.items}
    return render_template("admin/channels.html", page=page, owners=owners)


def _owner(channel: CollectionChannel) -> str:
    """The market or the seller whose account it is."""
    owner = Market if channel.market_id else Seller
    found: Market | Seller = session().get_one(owner, channel.market_id or channel.seller_id)
    return found.name
