"""A figure keeps the device of its vehicle: one from before has that which the vehicle has now.

Of a vehicle that is out of service by now nobody knows it any more.
"""

import sqlalchemy as sa
from alembic import op

revision: str = "0047"
down_revision: str | None = "0046"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.add_column("driven_figure", sa.Column("device_id", sa.String(64), nullable=True))
    op.execute(
        "UPDATE driven_figure SET device_id = (SELECT entry.device_id FROM register_entry AS entry"
        " WHERE entry.entry_id = driven_figure.entry_id)"
    )


def downgrade() -> None:
    with op.batch_alter_table("driven_figure") as figures:
        figures.drop_column("device_id")
