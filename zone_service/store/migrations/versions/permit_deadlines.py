"""What is due of a permit is found by its moment; a step keeps what was said with it and from when it counts."""

import sqlalchemy as sa
from alembic import op

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: str | None = None
depends_on: str | None = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("permit") as permit:
        permit.add_column(sa.Column("due_at", MOMENT, nullable=True))
        permit.add_column(sa.Column("law_at", MOMENT, nullable=True))
        permit.add_column(sa.Column("due_under", sa.String(200), nullable=True))
        permit.create_index(op.f("ix_permit_due_at"), ["due_at"])
        permit.create_index(op.f("ix_permit_law_at"), ["law_at"])
    with op.batch_alter_table("permit_event") as event:
        event.add_column(sa.Column("effective_at", MOMENT, nullable=True))
        event.add_column(sa.Column("details", sa.String(4000), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("permit_event") as event:
        event.drop_column("details")
        event.drop_column("effective_at")
    with op.batch_alter_table("permit") as permit:
        permit.drop_index(op.f("ix_permit_law_at"))
        permit.drop_index(op.f("ix_permit_due_at"))
        permit.drop_column("due_under")
        permit.drop_column("law_at")
        permit.drop_column("due_at")
