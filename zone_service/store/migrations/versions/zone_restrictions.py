"""A zone says how far it keeps out; those from before keep out everybody, as they did."""

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | None = None
depends_on: str | None = None

CHECK = "ck_zone_restriction_known"
WORDS = "'PROHIBITED', 'REQ_AUTHORIZATION', 'CONDITIONAL', 'NO_RESTRICTION'"


def upgrade() -> None:
    column = sa.Column("restriction", sa.String(32), nullable=False, server_default="PROHIBITED")
    with op.batch_alter_table("zone") as zone:
        zone.add_column(column)
        zone.create_check_constraint(op.f(CHECK), f"restriction IN ({WORDS})")
    with op.batch_alter_table("zone") as zone:
        zone.alter_column("restriction", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("zone") as zone:
        zone.drop_constraint(op.f(CHECK), type_="check")
        zone.drop_column("restriction")
