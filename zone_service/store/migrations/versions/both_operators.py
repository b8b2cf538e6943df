"""A violation of two devices is both operators'; of those from before, whose the devices are now.

The lines of the feed stay as they were told: their second operator sees them in the list alone.
"""

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | None = None
depends_on: str | None = None

WHOSE = """
UPDATE violation SET other_organisation_id =
    (SELECT organisation_id FROM device WHERE device_id = violation.other_device_id)
WHERE other_device_id IS NOT NULL
"""


def upgrade() -> None:
    for table, order in (("violation", "opened_seq"), ("violation_event", "seq")):
        with op.batch_alter_table(table) as changed:
            changed.add_column(sa.Column("other_organisation_id", sa.String(64), nullable=True))
        op.create_index(
            op.f(f"ix_{table}_other_organisation_id_{order}"),
            table,
            ["other_organisation_id", order],
        )
    op.execute(WHOSE)


def downgrade() -> None:
    for table, order in (("violation", "opened_seq"), ("violation_event", "seq")):
        op.drop_index(op.f(f"ix_{table}_other_organisation_id_{order}"), table)
        with op.batch_alter_table(table) as changed:
            changed.drop_column("other_organisation_id")
