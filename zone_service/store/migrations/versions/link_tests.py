"""Tests of data links are on record, with what was counted in them."""

import sqlalchemy as sa
from alembic import op

revision: str = "0057"
down_revision: str | None = "0056"
branch_labels: str | None = None
depends_on: str | None = None

TABLE = "link_test"
_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("test_id", _BIG, autoincrement=True, nullable=False),
        sa.Column("device_id", sa.String(64), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result", sa.String(16), nullable=False),
        sa.Column("faults", sa.String(200), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("figures", sa.String(8000), nullable=False),
        sa.Column("rule_set", sa.String(100), nullable=False),
        sa.Column("made_by", sa.String(64), nullable=False),
        sa.Column("organisation_id", sa.String(64), nullable=False),
        sa.CheckConstraint(
            "result IN ('met', 'not met', 'unknown')", name=op.f(f"ck_{TABLE}_result_known")
        ),
        sa.CheckConstraint("score BETWEEN -1e300 AND 1e300", name=op.f(f"ck_{TABLE}_score_finite")),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.device_id"], name=op.f(f"fk_{TABLE}_device_id_device")
        ),
        sa.PrimaryKeyConstraint("test_id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(op.f(f"ix_{TABLE}_device_id_test_id"), TABLE, ["device_id", "test_id"])


def downgrade() -> None:
    op.drop_table(TABLE)
