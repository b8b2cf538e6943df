"""A zone may follow a device; those from before stand where they are."""

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    with op.batch_alter_table("zone") as zone:
        zone.add_column(sa.Column("around", sa.String(20_000), nullable=True))


def downgrade() -> None:
    # Without its device nothing is left of such a zone: the program of before would find no volume.
    op.execute("DELETE FROM zone WHERE around IS NOT NULL")
    with op.batch_alter_table("zone") as zone:
        zone.drop_column("around")
