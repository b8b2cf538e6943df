"""A late finding tells when it was not judged by the law of its time; of those from before none does."""

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    with op.batch_alter_table("violation") as violation:
        violation.add_column(sa.Column("law_of", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("violation") as violation:
        violation.drop_column("law_of")
