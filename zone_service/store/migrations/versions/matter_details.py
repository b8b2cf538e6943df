"""What is said with a step in a matter, such as who is liable for an accident."""

import sqlalchemy as sa
from alembic import op

revision: str = "0029"
down_revision: str | None = "0028"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.add_column("matter_event", sa.Column("details", sa.String(4000), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("matter_event") as events:
        events.drop_column("details")
