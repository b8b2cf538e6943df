"""Files of the sandbox and of what follows breaches."""

import sqlalchemy as sa
from alembic import op

revision: str = "0032"
down_revision: str | None = "0031"
branch_labels: str | None = None
depends_on: str | None = None

_WHOLE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "governance_file",
        sa.Column("file_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("organisation_id", sa.String(64), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("about", sa.String(100_000), nullable=False),
        sa.Column("code", sa.String(64), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends", sa.Date(), nullable=True),
        sa.Column("revision", _WHOLE, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('SANDBOX', 'BREACH')", name=op.f("ck_governance_file_kind_known")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.organisation_id"],
            name=op.f("fk_governance_file_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_governance_file")),
    )
    for columns in (("organisation_id", "file_id"), ("code",), ("ends",)):
        op.create_index(
            op.f(f"ix_governance_file_{'_'.join(columns)}"), "governance_file", list(columns)
        )
    op.create_table(
        "governance_event",
        sa.Column("event_id", _WHOLE, autoincrement=True, nullable=False),
        sa.Column("file_id", sa.String(64), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("before", sa.String(32), nullable=False),
        sa.Column("after", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(20_000), nullable=False),
        sa.Column("department", sa.String(64), nullable=False),
        sa.Column("opinion", sa.String(16), nullable=True),
        sa.Column("rules", sa.String(400), nullable=False),
        sa.CheckConstraint(
            "opinion IN ('APPROVE', 'REJECT')", name=op.f("ck_governance_event_opinion_known")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["governance_file.file_id"],
            name=op.f("fk_governance_event_file_id_governance_file"),
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_governance_event")),
    )
    op.create_index(op.f("ix_governance_event_file_id"), "governance_event", ["file_id"])


def downgrade() -> None:
    op.drop_table("governance_event")
    op.drop_table("governance_file")
