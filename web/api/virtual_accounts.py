"""The virtual accounts of sellers' own accounts, each of one stall."""

from typing import Any
from uuid import UUID

from marshmallow import fields

from core.crypto import mask
from models import Role, VirtualAccount
from services import virtual_accounts
from services.notice_setup import get_told_channel
from services.queries import told_accounts
from web.api.fields import View, Word, computed
from web.api.smorest import Blueprint
from web.auth import actor, allow
from web.database import session
from web.schemas import Input

LONGEST_NUMBER = 19

blueprint = Blueprint("virtual-accounts", __name__, "Virtual accounts of stalls")
ITS = "/channels/<uuid:channel_id>/virtual-accounts"


class VirtualAccountInput(Input):
    number = Word(LONGEST_NUMBER, required=True, metadata={"description": "letters and digits"})


class VirtualAccountView(View):
    """`number` is masked. What moved after `ended_at` is not the stall's."""

    stall_id = fields.UUID()
    number = computed(lambda account: mask(account.number))
    created_at = fields.AwareDateTime()
    ended_at = fields.AwareDateTime(allow_none=True)


@blueprint.get(ITS)
@allow(Role.MANAGER)
@blueprint.response(200, VirtualAccountView(many=True))
def list_virtual_accounts(channel_id: UUID) -> list[VirtualAccount]:
    """Of a direct channel: those in force, then those that are over, the last first."""
    channel, _ = get_told_channel(session(), actor(), channel_id)
    return [known.account for known in told_accounts.list_virtual_accounts(session(), channel.id)]


@blueprint.put(f"{ITS}/<uuid:stall_id>")
@allow(Role.MANAGER)
@blueprint.arguments(VirtualAccountInput)
@blueprint.response(200, VirtualAccountView)
def note_virtual_account(data: dict[str, Any], channel_id: UUID, stall_id: UUID) -> VirtualAccount:
    """What comes to this number is the stall's from now on, and its static QR pays into it; 409 for a channel that is
    no seller's direct one, 403 for who does not look after its accounts."""
    return virtual_accounts.note_virtual_account(session(), actor(), channel_id, stall_id=stall_id, **data)


@blueprint.delete(f"{ITS}/<uuid:stall_id>")
@allow(Role.MANAGER)
@blueprint.response(204)
def end_virtual_account(channel_id: UUID, stall_id: UUID) -> None:
    """The stall has none any more; what came stays."""
    virtual_accounts.end_virtual_account(session(), actor(), channel_id, stall_id)
