"""The register: vehicles, aircraft, vessels, people and consortia that permits are about."""

import sqlalchemy as sa
from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "register_entry",
        sa.Column("entry_id", sa.String(64), nullable=False),
        sa.Column("organisation_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("identity", sa.String(300), nullable=False),
        sa.Column("particulars", sa.String(20_000), nullable=False),
        sa.Column("device_id", sa.String(64), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.organisation_id"],
            name=op.f("fk_register_entry_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.device_id"], name=op.f("fk_register_entry_device_id_device")
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_register_entry")),
        sa.UniqueConstraint("device_id", name=op.f("uq_register_entry_device_id")),
    )
    op.create_index(
        op.f("ix_register_entry_organisation_id_entry_id"),
        "register_entry",
        ["organisation_id", "entry_id"],
    )
    # Something that is out of service may be registered again, by another organisation too.
    op.create_index(
        "uq_register_entry_identity",
        "register_entry",
        ["identity"],
        unique=True,
        sqlite_where=sa.text("active"),
        postgresql_where=sa.text("active"),
    )


def downgrade() -> None:
    op.drop_table("register_entry")
