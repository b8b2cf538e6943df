"""Whoever resolves a violation may find that it was none; of those from before nobody did."""

import sqlalchemy as sa
from alembic import op

revision: str = "0041"
down_revision: str | None = "0040"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    column: sa.Column[bool] = sa.Column(
        "unfounded", sa.Boolean(), nullable=False, server_default=sa.false()
    )
    with op.batch_alter_table("violation") as violation:
        violation.add_column(column)
    with op.batch_alter_table("violation") as violation:
        violation.alter_column("unfounded", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("violation") as violation:
        violation.drop_column("unfounded")
