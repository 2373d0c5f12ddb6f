"""A seller enters without a market stall."""

from alembic import op

revision = "202611292007"
down_revision = "202611292002"
branch_labels = None
depends_on = None

CHECKS = {
    "ck_role_grants_role_known": "role IN ('clerk', 'stallholder', 'seller', 'manager', 'officer', 'administrator')",
    "ck_role_grants_place_fits_role": "(role = 'clerk' AND place_kind = 'commune')"
    " OR (role = 'stallholder' AND place_kind = 'stall') OR (role = 'seller' AND place_kind = 'seller')"
    " OR (role = 'manager' AND place_kind = 'market') OR (role = 'officer' AND place_kind = 'province')"
    " OR (role = 'administrator' AND place_kind = 'country')",
}
FORMER_CHECKS = {
    "ck_role_grants_role_known": "role IN ('clerk', 'stallholder', 'manager', 'officer', 'administrator')",
    "ck_role_grants_place_fits_role": "(role = 'clerk' AND place_kind = 'commune')"
    " OR (role = 'stallholder' AND place_kind = 'stall') OR (role = 'manager' AND place_kind = 'market')"
    " OR (role = 'officer' AND place_kind = 'province') OR (role = 'administrator' AND place_kind = 'country')",
}


def upgrade() -> None:
    _replace(CHECKS)


def downgrade() -> None:
    op.execute("DELETE FROM role_grants WHERE role = 'seller'")
    _replace(FORMER_CHECKS)


def _replace(checks: dict[str, str]) -> None:
    for name, rule in checks.items():
        op.drop_constraint(op.f(name), "role_grants")
        op.create_check_constraint(op.f(name), "role_grants", rule)
