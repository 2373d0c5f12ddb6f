"""Registering households and the sellers that they, traders and cooperatives become."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.crypto import blind_index
from core.errors import Conflict, InvalidInput, NotFound, text
from core.ids import new_id
from core.text import fold
from models import (
    Consent,
    ConsentPurpose,
    Household,
    HouseholdStatus,
    Market,
    Role,
    Seller,
    SellerKind,
)
from services import audit
from services.access import (
    Actor,
    require,
    require_commune,
    visible_households,
    visible_markets,
    visible_sellers,
)
from services.events import HouseholdRegistered, SellerRegistered, record
from services.queries.places import require_known_commune
from services.storing import find_stored, store

CONSENT_WORDING = "2026-01"
"""The version of the wording that our own pages show (`templates/onboarding/consents.html`)."""


def agrees(session: Session, household_id: UUID | None, purpose: ConsentPurpose) -> bool:
    """What the household said last about this; silence is no consent (Law 91/2025/QH15)."""
    answer = session.scalar(
        select(Consent.granted)
        .where(Consent.household_id == household_id, Consent.purpose == purpose)
        .order_by(Consent.given_at.desc(), Consent.id.desc())
        .limit(1)
    )
    return bool(answer)


def register_household(
    session: Session,
    actor: Actor,
    *,
    id: UUID | None = None,
    head_name: str,
    national_id: str,
    phone: str,
    commune_code: str,
    hamlet: str | None = None,
    address: str | None = None,
    products: Sequence[str] = (),
    consents: Sequence[Mapping[str, object]] = (),
) -> tuple[Household, bool]:
    """Store a household; False where this `id` is stored already (a repeated offline form).

    Raises InvalidInput for an unknown commune, Forbidden for one that the clerk does not serve.
    """
    if stored := find_stored(session, Household, id):
        return get_household(session, actor, stored.id), False
    require_known_commune(session, commune_code)
    require_commune(actor, commune_code)
    household = Household(
        id=id or new_id(),
        head_name=head_name,
        folded_name=fold(head_name),
        national_id=national_id,
        national_id_index=blind_index("national_id", national_id),
        national_id_tail=national_id[-3:],
        phone=phone,
        commune_code=commune_code,
        hamlet=hamlet,
        address=address,
        products=list(products),
        status=HouseholdStatus.REGISTERED if _agreed(consents) else HouseholdStatus.DRAFT,
        created_by=actor.user_id,
        consents=[Consent(recorded_by=actor.user_id, **consent) for consent in consents],
    )
    store(session, household)
    record(session, HouseholdRegistered(household.id, commune_code))
    return household, True


def _agreed(consents: Sequence[Mapping[str, object]]) -> bool:
    return any(c["purpose"] is ConsentPurpose.REGISTRATION and c["granted"] for c in consents)


def change_household(session: Session, actor: Actor, household_id: UUID, **changes: object) -> Household:
    """Correct what was written down; new `consents` are added to the old, never in their place."""
    household = get_household(session, actor, household_id)
    require_commune(actor, household.commune_code)
    if (commune := changes.get("commune_code")) is not None:
        require_known_commune(session, str(commune))
        require_commune(actor, str(commune))
    consents = changes.pop("consents", ())
    for name, value in changes.items():
        setattr(household, name, value)
    household.folded_name = fold(household.head_name)
    household.national_id_index = blind_index("national_id", household.national_id)
    household.national_id_tail = household.national_id[-3:]
    _add_consents(household, actor, consents)  # type: ignore[arg-type]
    audit.note(session, actor, "household.changed", household.id, fields=", ".join(sorted(changes)))
    store(session)
    return household


def _add_consents(household: Household, actor: Actor, consents: Sequence[Mapping[str, object]]) -> None:
    household.consents.extend(Consent(recorded_by=actor.user_id, **consent) for consent in consents)
    if household.status is HouseholdStatus.DRAFT and _agreed(consents):
        household.status = HouseholdStatus.REGISTERED


def verify_household(session: Session, actor: Actor, household_id: UUID) -> Household:
    """The clerk has seen the papers. Raises Conflict for a draft or a merged household."""
    household = get_household(session, actor, household_id)
    require_commune(actor, household.commune_code)
    if household.status in {HouseholdStatus.DRAFT, HouseholdStatus.MERGED}:
        raise Conflict(text("Hộ chưa đồng ý đăng ký hoặc đã được gộp"))
    household.status = HouseholdStatus.VERIFIED
    audit.note(session, actor, "household.verified", household.id)
    return household


def merge_household(session: Session, actor: Actor, household_id: UUID, into: UUID) -> Household:
    """`household_id` turns out to be the same as `into`, which stays."""
    household = get_household(session, actor, household_id)
    target = get_household(session, actor, into)
    require_commune(actor, household.commune_code)
    if household.id == target.id or HouseholdStatus.MERGED in {household.status, target.status}:
        raise InvalidInput.of("into", text("Không gộp được vào hộ này"))
    if session.scalar(select(Seller.id).where(Seller.household_id == household.id)):
        raise Conflict(text("Hộ này đang bán hàng; hãy gộp theo chiều ngược lại"))
    household.status = HouseholdStatus.MERGED
    household.merged_into_id = target.id
    audit.note(session, actor, "household.merged", household.id, into=str(target.id))
    store(session)
    return target


def reveal_national_id(session: Session, actor: Actor, household_id: UUID, reason: str) -> str:
    """The full ID number; the look at it is written down with its reason."""
    household = get_household(session, actor, household_id)
    require_commune(actor, household.commune_code)
    audit.note(session, actor, "national_id.revealed", household.id, reason=reason)
    return household.national_id


def find_possible_duplicates(session: Session, actor: Actor, household: Household) -> list[Household]:
    """Households within the person's sight with the same ID number, phone, or name in the same commune."""
    same = or_(
        Household.national_id_index == household.national_id_index,
        Household.phone == household.phone,
        (Household.folded_name == household.folded_name) & (Household.commune_code == household.commune_code),
    )
    query = select(Household).where(
        same,
        Household.id != household.id,
        Household.status != HouseholdStatus.MERGED,
        visible_households(actor),
    )
    return list(session.scalars(query.order_by(Household.created_at).limit(5)))


def get_household(session: Session, actor: Actor, household_id: UUID) -> Household:
    """A household within sight. Raises NotFound."""
    household = session.scalar(
        select(Household).where(Household.id == household_id, visible_households(actor))
    )
    if household is None:
        raise NotFound()
    return household


def register_seller(
    session: Session,
    actor: Actor,
    *,
    id: UUID | None = None,
    kind: SellerKind,
    name: str,
    phone: str,
    household_id: UUID | None = None,
    commune_code: str | None = None,
) -> tuple[Seller, bool]:
    """Store a seller; False where this `id` is stored already. A household sells in its own commune."""
    if stored := find_stored(session, Seller, id):
        return get_seller(session, actor, stored.id), False
    if household_id:
        household = session.scalar(
            select(Household).where(Household.id == household_id, visible_households(actor))
        )
        if household is None:
            raise InvalidInput.of("household_id", text("Không có hộ này"))
        commune_code = household.commune_code
    elif commune_code:
        _require_registrar(session, actor, commune_code)
    seller = Seller(
        id=id or new_id(),
        kind=kind,
        name=name,
        folded_name=fold(name),
        phone=phone,
        household_id=household_id,
        commune_code=commune_code or _home_commune(session, actor),
        created_by=actor.user_id,
    )
    store(session, seller)
    record(session, SellerRegistered(seller.id))
    return seller, True


def _require_registrar(session: Session, actor: Actor, commune_code: str) -> None:
    """A clerk registers sellers of the communes served; a manager's may come from anywhere."""
    require_known_commune(session, commune_code)
    require(actor.has(Role.MANAGER, Role.ADMINISTRATOR) or commune_code in actor.communes)


def _home_commune(session: Session, actor: Actor) -> str:
    """Where a seller belongs whose commune nobody named: the registrar's own commune or market."""
    if actor.communes:
        return min(actor.communes)
    commune = session.scalar(
        select(Market.commune_code).where(visible_markets(actor)).order_by(Market.created_at).limit(1)
    )
    if commune is None:
        raise InvalidInput.of("commune_code", text("Hãy chọn xã"))
    return commune


def get_seller(session: Session, actor: Actor, seller_id: UUID) -> Seller:
    """A seller within sight. A manager may open any by its id, to give it a stall."""
    query = select(Seller).where(Seller.id == seller_id)
    if not actor.has(Role.MANAGER):
        query = query.where(visible_sellers(actor))
    seller = session.scalar(query)
    if seller is None:
        raise NotFound()
    require(not actor.has(Role.OFFICER) or len(actor.roles) > 1)
    return seller
