"""The zones that began with a revision are found without a look at all the others."""

from alembic import op

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_index("ix_zone_from_revision", "zone", ["from_revision"])


def downgrade() -> None:
    op.drop_index("ix_zone_from_revision", "zone")
