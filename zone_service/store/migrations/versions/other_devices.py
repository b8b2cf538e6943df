"""A violation may be of two devices; those from before are of one."""

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    with op.batch_alter_table("violation") as violation:
        violation.add_column(sa.Column("other_device_id", sa.String(128), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("violation") as violation:
        violation.drop_column("other_device_id")
