"""The channels through which money comes; their credentials are never shown."""

from flask import render_template, request

from models import Role
from services.queries.collector_channels import get_owner
from services.queries.lists import list_channels
from web.auth import actor, allow
from web.database import session


@allow(Role.ADMINISTRATOR)
def channels() -> str:
    page = list_channels(session(), actor(), cursor=request.args.get("cursor"))
    owners = {channel.id: get_owner(session(), channel).name for channel in page.items}
    return render_template("admin/channels.html", page=page, owners=owners)
