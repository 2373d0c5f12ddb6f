"""What the cards say that hang at the stalls."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from core.cards import StallCard
from core.crypto import mask
from models import Bank, Stall
from services.access import Actor, visible_stalls
from services.open_stalls import require_open
from services.queries.markets import get_market, get_stall, stall_payload


def get_card(session: Session, actor: Actor, stall_id: UUID) -> StallCard:
    """The card of one stall. Raises StallNotOpen, NotFound outside the person's sight."""
    stall = get_stall(session, actor, stall_id)
    require_open(stall)
    return _card(stall, session.get_one(Bank, stall.payout_account.bin).short_name)


def list_cards(session: Session, actor: Actor, market_id: UUID, row: str | None = None) -> list[StallCard]:
    """The cards of a market's open stalls, or of one row of them, by number. Raises NotFound."""
    get_market(session, actor, market_id)
    query = (
        select(Stall)
        .where(Stall.market_id == market_id, Stall.closed_on.is_(None), visible_stalls(actor))
        .order_by(Stall.number)
        .options(
            joinedload(Stall.market),
            joinedload(Stall.seller),
            joinedload(Stall.payout_account),
            joinedload(Stall.virtual_account),
        )
    )
    if row:
        query = query.where(Stall.row == row)
    banks = {bank.bin: bank.short_name for bank in session.scalars(select(Bank))}
    return [_card(stall, banks[stall.payout_account.bin]) for stall in session.scalars(query)]


def _card(stall: Stall, bank_name: str) -> StallCard:
    account = stall.payout_account
    return StallCard(
        market_name=stall.market.name,
        stall_number=stall.number,
        seller_name=stall.seller.name,
        qr_payload=stall_payload(stall),
        reference=stall.reference,
        bank_name=bank_name,
        account_masked=mask(stall.qr_number),
        holder_name=account.holder_name,
    )
