"""A zone keeps what is said of how well its edge is known; of those from before nothing was kept."""

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    with op.batch_alter_table("zone") as zone:
        zone.add_column(sa.Column("accuracy", sa.String(200), nullable=False, server_default=""))
    with op.batch_alter_table("zone") as zone:
        zone.alter_column("accuracy", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("zone") as zone:
        zone.drop_column("accuracy")
