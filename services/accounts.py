"""People who sign in: passwords (argon2id), bearer tokens, roles in places."""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import BusinessError, InvalidInput, text
from models import AdminUnit, ApiToken, Market, Place, PlaceKind, Role, RoleGrant, Seller, Stall, User
from models.access import ROLE_PLACES
from services import audit
from services.access import Actor, require
from services.storing import store

TOKEN_LIFE = timedelta(days=7)
SHORTEST_PASSWORD = 8

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""OWASP's first choice for argon2id: 19 MiB, two passes, one lane."""
_NOBODY = _hasher.hash(secrets.token_urlsafe())
"""Checked where there is no such person, so that the answer takes as long."""


class SignInFailed(BusinessError):
    """One text for an unknown phone and a wrong password: neither is told apart."""

    status = 401
    title = text("Số điện thoại hoặc mật khẩu chưa đúng")


def sign_in(session: Session, phone: str | None, password: str) -> User:
    """The active person with this phone (E.164) and password. Raises SignInFailed."""
    user = session.scalar(select(User).where(User.phone == phone)) if phone else None
    try:
        _hasher.verify(user.password_hash if user else _NOBODY, password)
    except VerifyMismatchError:
        raise SignInFailed() from None
    if user is None or not user.active:
        raise SignInFailed()
    if _hasher.check_needs_rehash(user.password_hash):
        user.password_hash = _hasher.hash(password)
    return user


def create_user(session: Session, *, phone: str, name: str, password: str) -> User:
    """Raises InvalidInput for a short password or a phone that has an account."""
    user = User(phone=phone, name=name, password_hash=_hash_new(password))
    store(session, user)
    return user


def change_password(session: Session, user: User, password: str) -> None:
    """Ends what was begun with the former one. Raises InvalidInput for a short one."""
    user.password_hash = _hash_new(password)
    user.password_version += 1
    session.execute(delete(ApiToken).where(ApiToken.user_id == user.id))


def _hash_new(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        raise InvalidInput.of("password", text("Mật khẩu cần ít nhất %(n)s ký tự", n=SHORTEST_PASSWORD))
    return _hasher.hash(password)


def add_person(
    session: Session, actor: Actor, *, phone: str, name: str, password: str, role: Role, place_key: str
) -> User:
    """An administrator takes a person on, in one role at one place."""
    require(actor.is_administrator)
    user = create_user(session, phone=phone, name=name, password=password)
    grant_role(session, user, role, place_key)
    audit.note(session, actor, "person.added", user.id, role=role, place=place_key)
    return user


def grant_role(session: Session, user: User, role: Role, place_key: str) -> None:
    """Let `user` act as `role` in the place that goes with it. Raises InvalidInput for an unknown place."""
    place = Place(ROLE_PLACES[role], place_key)
    if not _exists(session, place):
        raise InvalidInput.of("place_key", text("Không có nơi này"))
    user.grants.append(RoleGrant(role=role, place_kind=place.kind, place_key=place.key))
    store(session)


def _exists(session: Session, place: Place) -> bool:
    if place.kind is PlaceKind.COUNTRY:
        return place.key == "VN"
    if place.kind in {PlaceKind.PROVINCE, PlaceKind.COMMUNE}:
        unit = session.get(AdminUnit, place.key)
        return unit is not None and unit.level.value == place.kind.value
    table = {PlaceKind.MARKET: Market, PlaceKind.STALL: Stall, PlaceKind.SELLER: Seller}[place.kind]
    try:
        return session.get(table, UUID(place.key)) is not None
    except ValueError:
        return False


def issue_token(session: Session, user: User) -> tuple[str, datetime]:
    """A new bearer token and when it ends; only its hash is stored."""
    token = secrets.token_urlsafe(32)
    expires_at = now() + TOKEN_LIFE
    session.add(ApiToken(user_id=user.id, token_hash=_hash(token), expires_at=expires_at))
    return token, expires_at


def user_of_token(session: Session, token: str) -> User | None:
    return session.scalar(
        select(User)
        .join(ApiToken)
        .where(ApiToken.token_hash == _hash(token), ApiToken.expires_at > now(), User.active)
    )


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
