"""Who enters as a seller on a phone of their own, with a market stall or without: the clerk who serves the seller
opens the way, and closes it."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import InvalidInput, NotFound, text
from models import Role, RoleGrant, User
from services import accounts, audit
from services.access import Actor, require, require_commune
from services.people import get_seller

SELLING = frozenset({Role.SELLER, Role.STALLHOLDER})


def open_access(
    session: Session, actor: Actor, seller_id: UUID, *, name: str, phone: str, password: str
) -> tuple[User, bool]:
    """Let this phone in as the seller; False where it has an account already, whose name and password stay. Raises
    InvalidInput for the phone of somebody who has other work here."""
    _require_served(session, actor, seller_id)
    known = session.scalar(select(User).where(User.phone == phone))
    if known and not (known.active and {grant.role for grant in known.grants} <= SELLING):
        raise InvalidInput.of(
            "phone", text("Số này đã khóa hoặc dùng cho việc khác; hãy dùng số của người bán")
        )
    user = known or accounts.create_user(session, phone=phone, name=name, password=password)
    accounts.grant_role(session, user, Role.SELLER, str(seller_id))
    audit.note(session, actor, "seller_access.opened", seller_id, user_id=str(user.id))
    return user, known is None


def renew_password(session: Session, actor: Actor, seller_id: UUID, user_id: UUID, *, password: str) -> User:
    """One to start with anew, for who has forgotten the former. Raises Forbidden where it opens more than this
    seller: that is an administrator's business."""
    user = get_holder(session, actor, seller_id, user_id)
    require(actor.is_administrator or user.grants == [_grant(user, seller_id)])
    accounts.change_password(session, user, password)
    audit.note(session, actor, "seller_access.renewed", seller_id, user_id=str(user_id))
    return user


def close_access(session: Session, actor: Actor, seller_id: UUID, user_id: UUID) -> None:
    """This person is no longer the seller's, at once; the account stays."""
    user = get_holder(session, actor, seller_id, user_id)
    user.grants.remove(_grant(user, seller_id))
    audit.note(session, actor, "seller_access.closed", seller_id, user_id=str(user_id))


def get_holder(session: Session, actor: Actor, seller_id: UUID, user_id: UUID) -> User:
    """One who enters as the seller. Raises NotFound."""
    _require_served(session, actor, seller_id)
    user = session.get(User, user_id)
    if user is None:
        raise NotFound()
    _grant(user, seller_id)
    return user


def _grant(user: User, seller_id: UUID) -> RoleGrant:
    for grant in user.grants:
        if grant.role is Role.SELLER and grant.place_key == str(seller_id):
            return grant
    raise NotFound()


def _require_served(session: Session, actor: Actor, seller_id: UUID) -> None:
    require_commune(actor, get_seller(session, actor, seller_id).commune_code)
