"""Until when the papers of a plate let it be valid: no renewal goes beyond that."""

import sqlalchemy as sa
from alembic import op

revision: str = "0033"
down_revision: str | None = "0032"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.add_column("plate", sa.Column("papers_to", sa.DateTime(timezone=True), nullable=True))
    op.add_column("plate", sa.Column("papers_end_by", sa.String(16), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("plate") as batch:
        batch.drop_column("papers_end_by")
        batch.drop_column("papers_to")
