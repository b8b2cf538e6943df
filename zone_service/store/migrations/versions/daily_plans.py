"""Daily plans under standing flights."""

import sqlalchemy as sa
from alembic import op

revision: str = "0024"
down_revision: str | None = "0023"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "daily_plan",
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("body", sa.String(200_000), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filed_by", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["number"], ["permit.number"], name=op.f("fk_daily_plan_number_permit")
        ),
        sa.PrimaryKeyConstraint("number", "day", name=op.f("pk_daily_plan")),
    )


def downgrade() -> None:
    op.drop_table("daily_plan")
