"""What is issued: numbers by series, temporary plates, certificates, and the keys that sign them."""

import sqlalchemy as sa
from alembic import op

revision: str = "0025"
down_revision: str | None = "0024"
branch_labels: str | None = None
depends_on: str | None = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
STATES = "'valid', 'to recall', 'recalled', 'announced void', 'expired', 'replaced'"


def upgrade() -> None:
    op.create_table(
        "number_series",
        sa.Column("series", sa.String(100), nullable=False),
        sa.Column("value", BIG, nullable=False),
        sa.PrimaryKeyConstraint("series", name=op.f("pk_number_series")),
    )
    op.create_table(
        "permit_number",
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("series", sa.String(100), nullable=False),
        sa.Column("serial", BIG, nullable=False),
        sa.Column("confirmation", sa.String(100), nullable=False),
        sa.Column("machine", sa.String(100), nullable=False),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.Column("declared_to", MOMENT, nullable=True),
        sa.Column("cut_to", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["number"], ["permit.number"], name=op.f("fk_permit_number_number_permit")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_permit_number")),
        sa.UniqueConstraint("series", "serial", name=op.f("uq_permit_number_series_serial")),
        sa.UniqueConstraint("machine", name=op.f("uq_permit_number_machine")),
    )
    op.create_table(
        "plate",
        sa.Column("plate_id", BIG, nullable=False, autoincrement=True),
        sa.Column("plate", sa.String(16), nullable=False),
        sa.Column("vin", sa.String(17), nullable=False),
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("device_id", sa.String(64), nullable=False),
        sa.Column("valid_from", MOMENT, nullable=False),
        sa.Column("valid_to", MOMENT, nullable=False),
        sa.Column("cut_by", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("issued_by", sa.String(64), nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("notice", sa.String(2000), nullable=True),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_plate_state_known")),
        sa.ForeignKeyConstraint(["number"], ["permit.number"], name=op.f("fk_plate_number_permit")),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.device_id"], name=op.f("fk_plate_device_id_device")
        ),
        sa.PrimaryKeyConstraint("plate_id", name=op.f("pk_plate")),
    )
    for column in ("number", "device_id"):
        op.create_index(op.f(f"ix_plate_{column}"), "plate", [column])
    _only_one("uq_plate_in_use", "plate", "state IN ('valid', 'to recall')")
    _only_one("uq_plate_vin", "vin", "state = 'valid'")
    op.create_table(
        "certificate",
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("edition", BIG, nullable=False),
        sa.Column("machine", sa.String(100), nullable=False),
        sa.Column("content", sa.String(4_000_000), nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("key_id", sa.String(32), nullable=True),
        sa.Column("token", sa.String(8192), nullable=True),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.Column("pdf", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["number"], ["permit.number"], name=op.f("fk_certificate_number_permit")
        ),
        sa.PrimaryKeyConstraint("number", "edition", name=op.f("pk_certificate")),
    )
    op.create_index(op.f("ix_certificate_machine"), "certificate", ["machine"])
    op.create_table(
        "issuer_key",
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("public", sa.String(100), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_issuer_key")),
    )
    op.execute("INSERT INTO revision (name, value) VALUES ('plates', 0)")


def downgrade() -> None:
    op.execute("DELETE FROM revision WHERE name = 'plates'")
    for name in ("issuer_key", "certificate", "plate", "permit_number", "number_series"):
        op.drop_table(name)


def _only_one(name: str, column: str, condition: str) -> None:
    where = sa.text(condition)
    op.create_index(
        name, "plate", [column], unique=True, sqlite_where=where, postgresql_where=where
    )
