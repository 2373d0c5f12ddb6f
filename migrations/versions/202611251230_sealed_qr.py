"""Seal the QR of payment requests: a direct one's names the seller's own account."""

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from core.crypto import seal, unseal

revision = "202611251230"
down_revision = "202611221300"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _change(sa.LargeBinary(), seal)


def downgrade() -> None:
    _change(sa.Text(), unseal)


def _change(kind: sa.types.TypeEngine, turn: Callable) -> None:
    """Only those are kept that somebody may still pay; the others are shown to nobody."""
    op.alter_column("payment_requests", "qr_payload", new_column_name="former_qr_payload")
    op.add_column("payment_requests", sa.Column("qr_payload", kind, nullable=True))
    requests = sa.table("payment_requests", sa.column("id"), sa.column("qr_payload", kind), sa.column("former_qr_payload"))
    former = sa.text(
        "SELECT id, former_qr_payload FROM payment_requests "
        "WHERE former_qr_payload IS NOT NULL AND status IN ('created', 'awaiting_payment', 'partly_paid')"
    )
    connection = op.get_bind()
    for id, payload in connection.execute(former).all():
        connection.execute(sa.update(requests).where(requests.c.id == id).values(qr_payload=turn(payload)))
    op.drop_column("payment_requests", "former_qr_payload")
