"""A day of a device says how good its data was; of those from before nobody knows."""

import sqlalchemy as sa
from alembic import op

revision: str = "0056"
down_revision: str | None = "0055"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    with op.batch_alter_table("device_day") as device_day:
        device_day.add_column(sa.Column("quality", sa.String(2000), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("device_day") as device_day:
        device_day.drop_column("quality")
