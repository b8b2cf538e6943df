"""Matters under permits, with what was done in each; a step of a permit keeps the terms it leads to."""

import sqlalchemy as sa
from alembic import op

revision: str = "0028"
down_revision: str | None = "0027"
branch_labels: str | None = None
depends_on: str | None = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("permit_event", sa.Column("terms", sa.String(2_000_000), nullable=True))
    op.create_table(
        "matter",
        sa.Column("matter_id", sa.String(64), nullable=False),
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("holder_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("only_one", sa.Boolean(), nullable=False),
        sa.Column("about", sa.String(2_000_000), nullable=False),
        sa.Column("revision", BIG, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("due_under", sa.String(200), nullable=True),
        sa.Column("raised_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["number"], ["permit.number"], name=op.f("fk_matter_number_permit")
        ),
        sa.ForeignKeyConstraint(
            ["holder_id"],
            ["organisation.organisation_id"],
            name=op.f("fk_matter_holder_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("matter_id", name=op.f("pk_matter")),
    )
    op.create_index(op.f("ix_matter_holder_id_matter_id"), "matter", ["holder_id", "matter_id"])
    op.create_index(op.f("ix_matter_number_matter_id"), "matter", ["number", "matter_id"])
    op.create_index(op.f("ix_matter_due_at"), "matter", ["due_at"])
    where = sa.text("is_open AND only_one")
    op.create_index(
        "uq_matter_open",
        "matter",
        ["number", "kind"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )
    op.create_table(
        "matter_event",
        sa.Column("event_id", BIG, nullable=False, autoincrement=True),
        sa.Column("matter_id", sa.String(64), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("before", sa.String(32), nullable=False),
        sa.Column("after", sa.String(32), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(2000), nullable=False),
        sa.Column("rules", sa.String(400), nullable=False),
        sa.Column("authority", sa.String(64), nullable=False),
        sa.Column("department", sa.String(64), nullable=False),
        sa.Column("papers", sa.String(20_000), nullable=False),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.matter_id"], name=op.f("fk_matter_event_matter_id_matter")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_matter_event")),
    )
    op.create_index(op.f("ix_matter_event_matter_id"), "matter_event", ["matter_id"])
    op.execute("INSERT INTO revision (name, value) VALUES ('matters', 0)")


def downgrade() -> None:
    op.execute("DELETE FROM revision WHERE name = 'matters'")
    op.drop_table("matter_event")
    op.drop_table("matter")
    with op.batch_alter_table("permit_event") as events:
        events.drop_column("terms")
