"""Mutual recognition: the trust list, the bundles that were recognised, and their vehicles."""

import sqlalchemy as sa
from alembic import op

revision: str = "0030"
down_revision: str | None = "0029"
branch_labels: str | None = None
depends_on: str | None = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "trust_list",
        sa.Column("number", BIG, nullable=False),
        sa.Column("body", sa.String(200_000), nullable=False),
        sa.Column("published_at", MOMENT, nullable=False),
        sa.Column("published_by", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(2000), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_trust_list")),
    )
    op.create_table(
        "recognition",
        sa.Column("recognition_id", BIG, nullable=False, autoincrement=True),
        sa.Column("bundle_id", sa.String(64), nullable=False),
        sa.Column("issuer", sa.String(32), nullable=False),
        sa.Column("key_id", sa.String(64), nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("valid_to", MOMENT, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("body", sa.String(8_000_000), nullable=False),
        sa.Column("trust_list", BIG, nullable=False),
        sa.Column("imported_at", MOMENT, nullable=False),
        sa.Column("imported_by", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["trust_list"], ["trust_list.number"], name=op.f("fk_recognition_trust_list_trust_list")
        ),
        sa.PrimaryKeyConstraint("recognition_id", name=op.f("pk_recognition")),
        sa.UniqueConstraint("sha256", name=op.f("uq_recognition_sha256")),
    )
    op.create_table(
        "recognised_vehicle",
        sa.Column("recognition_id", BIG, nullable=False),
        sa.Column("vin", sa.String(17), nullable=False),
        sa.Column("issuer", sa.String(32), nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["recognition_id"],
            ["recognition.recognition_id"],
            name=op.f("fk_recognised_vehicle_recognition_id_recognition"),
        ),
        sa.PrimaryKeyConstraint("recognition_id", "vin", name=op.f("pk_recognised_vehicle")),
    )
    op.create_index(
        op.f("ix_recognised_vehicle_vin_issuer_issued_at"),
        "recognised_vehicle",
        ["vin", "issuer", "issued_at"],
        unique=True,
    )
    op.execute("INSERT INTO revision (name, value) VALUES ('recognition', 0)")


def downgrade() -> None:
    op.execute("DELETE FROM revision WHERE name = 'recognition'")
    for name in ("recognised_vehicle", "recognition", "trust_list"):
        op.drop_table(name)
