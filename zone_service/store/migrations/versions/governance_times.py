"""What is said with a step of a file of governance, and until when something of it is owed."""

import sqlalchemy as sa
from alembic import op

revision: str = "0035"
down_revision: str | None = "0034"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    at = sa.DateTime(timezone=True)
    op.add_column("governance_file", sa.Column("due_at", at, nullable=True))
    op.create_index(op.f("ix_governance_file_due_at"), "governance_file", ["due_at"])
    op.add_column("governance_event", sa.Column("said", sa.String(40_000), nullable=True))
    op.add_column("governance_event", sa.Column("due_at", at, nullable=True))


def downgrade() -> None:
    op.drop_index(op.f("ix_governance_file_due_at"), "governance_file")
    with op.batch_alter_table("governance_file") as files:
        files.drop_column("due_at")
    with op.batch_alter_table("governance_event") as events:
        events.drop_column("said")
        events.drop_column("due_at")
