"""Code plates have no VIN, and so many may be valid without one."""

import sqlalchemy as sa
from alembic import op

revision: str = "0038"
down_revision: str | None = "0037"
branch_labels: str | None = None
depends_on: str | None = None

BEFORE, SINCE = "state = 'valid'", "state = 'valid' AND vin <> ''"


def _replace(condition: str) -> None:
    where = sa.text(condition)
    op.drop_index("uq_plate_vin", table_name="plate")
    op.create_index(
        "uq_plate_vin", "plate", ["vin"], unique=True, sqlite_where=where, postgresql_where=where
    )


def upgrade() -> None:
    _replace(SINCE)


def downgrade() -> None:
    _replace(BEFORE)
