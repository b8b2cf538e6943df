"""A plate may wait beside the one that its vehicle bears, of the permit whose place its own takes."""

import sqlalchemy as sa
from alembic import op

revision: str = "0053"
down_revision: str | None = "0052"
branch_labels: str | None = None
depends_on: str | None = None

_VALID = "state = 'valid' AND vin <> ''"


def _only_one(name: str, condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, "plate", ["vin"], unique=True, sqlite_where=where, postgresql_where=where)


def upgrade() -> None:
    op.add_column(
        "plate", sa.Column("waits", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    with op.batch_alter_table("plate") as plates:
        plates.alter_column("waits", server_default=None)
    op.drop_index("uq_plate_vin", table_name="plate")
    _only_one("uq_plate_vin", f"{_VALID} AND NOT waits")
    _only_one("uq_plate_vin_waiting", f"{_VALID} AND waits")


def downgrade() -> None:
    op.drop_index("uq_plate_vin_waiting", table_name="plate")
    op.drop_index("uq_plate_vin", table_name="plate")
    # Of two of one vehicle the program of before knows the one that is borne: the other is to be given anew.
    op.execute("UPDATE plate SET state = 'to recall' WHERE waits AND state = 'valid'")
    with op.batch_alter_table("plate") as plates:
        plates.drop_column("waits")
    _only_one("uq_plate_vin", _VALID)
