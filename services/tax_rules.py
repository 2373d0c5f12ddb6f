"""The state's rules for household businesses, reloaded by an administrator."""

from sqlalchemy.orm import Session

from services import audit
from services.access import Actor, require
from services.reference_data import import_tax_rules


def reload_tax_rules(session: Session, actor: Actor) -> int:
    """Take over what `data/tax_rules.csv` says now; how many rules it has. Raises Forbidden."""
    require(actor.is_administrator)
    count = import_tax_rules(session)
    audit.note(session, actor, "tax_rules.reloaded", count=count)
    return count
