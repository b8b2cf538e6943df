"""A late finding tells of which live violation it is the beginning; of those from before none does."""

import sqlalchemy as sa
from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    with op.batch_alter_table("violation") as violation:
        violation.add_column(sa.Column("joins", sa.String(64), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("violation") as violation:
        violation.drop_column("joins")
