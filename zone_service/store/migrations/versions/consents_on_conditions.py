"""On what a department consents to what is applied for under a permit."""

import sqlalchemy as sa
from alembic import op

revision: str = "0043"
down_revision: str | None = "0042"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.add_column("matter_event", sa.Column("conditions", sa.String(400_000), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("matter_event") as events:
        events.drop_column("conditions")
