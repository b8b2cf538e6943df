"""What is not resolved yet is found without reading all that ever happened."""

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | None = None
depends_on: str | None = None

UNRESOLVED = sa.text("handling <> 'resolved'")


def upgrade() -> None:
    op.create_index(
        "ix_violation_unresolved",
        "violation",
        ["opened_seq"],
        sqlite_where=UNRESOLVED,
        postgresql_where=UNRESOLVED,
    )


def downgrade() -> None:
    op.drop_index("ix_violation_unresolved", "violation")
