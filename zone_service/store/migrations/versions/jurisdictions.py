"""A permit is of a jurisdiction, and what is judged by is noted with the rules of each; before: of one."""

import sqlalchemy as sa
from alembic import op

revision: str = "0036"
down_revision: str | None = "0035"
branch_labels: str | None = None
depends_on: str | None = None

PERMITS = ("permit", "permit_history")


def upgrade() -> None:
    for name in PERMITS:
        with op.batch_alter_table(name) as permit:
            permit.add_column(
                sa.Column("jurisdiction", sa.String(64), nullable=False, server_default="")
            )
        with op.batch_alter_table(name) as permit:
            permit.alter_column("jurisdiction", server_default=None)
    with op.batch_alter_table("judged_by") as judged_by:
        judged_by.add_column(
            sa.Column("beside", sa.String(20_000), nullable=False, server_default="[]")
        )
    with op.batch_alter_table("judged_by") as judged_by:
        judged_by.alter_column("beside", server_default=None)


def downgrade() -> None:
    for name in PERMITS:
        with op.batch_alter_table(name) as permit:
            permit.drop_column("jurisdiction")
    with op.batch_alter_table("judged_by") as judged_by:
        judged_by.drop_column("beside")
