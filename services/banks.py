"""The banks and wallets that VietQR can pay: which may be chosen, and reading their list again."""

from sqlalchemy.orm import Session

from core.errors import InvalidInput, text
from models import Bank
from services import audit
from services.access import Actor, require
from services.reference_data import import_banks


def require_bank(session: Session, bin: str, field: str, *, kept: bool = False) -> None:
    """Raises InvalidInput (on `field`) for one that there is not, and for one that has closed unless the account is
    `kept` as it was."""
    bank = session.get(Bank, bin)
    if bank is None:
        raise InvalidInput.of(field, text("Không có ngân hàng này"))
    if bank.closed_at and not kept:
        raise InvalidInput.of(field, text("Ngân hàng này không còn trong danh mục"))


def reload_banks(session: Session, actor: Actor) -> int:
    """Take over what `data/banks.csv` says now; how many banks it has. Raises Forbidden."""
    require(actor.is_administrator)
    count = import_banks(session)
    audit.note(session, actor, "banks.reloaded", count=count)
    return count
