"""A violation tells why it began and why it was over; of those from before nobody knows."""

import sqlalchemy as sa
from alembic import op

revision: str = "0051"
down_revision: str | None = "0050"
branch_labels: str | None = None
depends_on: str | None = None

NAMES = ("opening_cause", "closing_cause")


def upgrade() -> None:
    with op.batch_alter_table("violation") as violation:
        for name in NAMES:
            violation.add_column(sa.Column(name, sa.String(32), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("violation") as violation:
        for name in reversed(NAMES):
            violation.drop_column(name)
