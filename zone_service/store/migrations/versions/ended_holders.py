"""When the legal person of an organisation ended."""

import sqlalchemy as sa
from alembic import op

revision: str = "0042"
down_revision: str | None = "0041"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    at = sa.DateTime(timezone=True)
    op.add_column("organisation", sa.Column("ended_at", at, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("organisation") as organisations:
        organisations.drop_column("ended_at")
