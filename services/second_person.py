"""When a decision takes effect only once a second person has agreed to it."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.clock import business_day, now, start_of_day
from models import Market, ReconciliationException, Resolution, ResolutionAction, ResolutionStatus, User
from services.access import Actor
from services.resolution_plans import Case, Plan

LETS_GO = frozenset({ResolutionAction.REFUND, ResolutionAction.WRITE_OFF})
"""The market has the money no more."""


def needs_second_person(session: Session, actor: Actor, case: Case, planned: Plan) -> bool:
    """Where the money would go to an account that this person typed; where all that was decided about the payment is
    above the market's limit, in parts or as one; or all that this person lets go today."""
    market = session.get_one(Market, case.exception.market_id)
    if planned.typed or case.decided + planned.amount > market.second_person_limit:
        return True
    if planned.action not in LETS_GO:
        return False
    _decide_in_turn(session, actor)
    return let_go_alone(session, actor, market.id) + planned.amount > market.second_person_limit


def let_go_alone(session: Session, actor: Actor, market_id: UUID) -> int:
    """The đồng that this person gave back or wrote off today at the market, and nobody else agreed to."""
    query = (
        select(func.coalesce(func.sum(Resolution.amount), 0))
        .join(ReconciliationException, ReconciliationException.id == Resolution.exception_id)
        .where(
            ReconciliationException.market_id == market_id,
            Resolution.decided_by == actor.user_id,
            Resolution.action.in_(LETS_GO),
            Resolution.status == ResolutionStatus.DONE,
            ~Resolution.needs_approval,
            Resolution.created_at >= start_of_day(business_day(now())),
        )
    )
    return int(session.execute(query).scalar_one())


def _decide_in_turn(session: Session, actor: Actor) -> None:
    """Two decisions of one person at once are both counted."""
    session.execute(select(User.id).where(User.id == actor.user_id).with_for_update(key_share=True))
