"""Applications: what is handed in for a permit beside its terms."""

import sqlalchemy as sa
from alembic import op

revision: str = "0022"
down_revision: str | None = "0021"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "application",
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("body", sa.String(500_000), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["number"], ["permit.number"], name=op.f("fk_application_number_permit")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_application")),
    )


def downgrade() -> None:
    op.drop_table("application")
