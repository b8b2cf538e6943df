"""A zone may go on holding who is just outside it; those from before have no such margin."""

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | None = None
depends_on: str | None = None

CHECK = "ck_zone_exit_margin_m_finite"


def upgrade() -> None:
    with op.batch_alter_table("zone") as zone:
        zone.add_column(sa.Column("exit_margin_m", sa.Double(), nullable=False, server_default="0"))
        zone.create_check_constraint(op.f(CHECK), "exit_margin_m BETWEEN -1e300 AND 1e300")
    with op.batch_alter_table("zone") as zone:
        zone.alter_column("exit_margin_m", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("zone") as zone:
        zone.drop_constraint(op.f(CHECK), type_="check")
        zone.drop_column("exit_margin_m")
