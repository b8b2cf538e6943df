"""Which gateway serves which aircraft is known over a restart, and since when fences are not looked at."""

import sqlalchemy as sa
from alembic import op

revision: str = "0060"
down_revision: str | None = "0059"
branch_labels: str | None = None
depends_on: str | None = None

GATEWAYS, LOOK = "fence_gateway", "fence_look"
_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        GATEWAYS,
        sa.Column("device_id", sa.String(64), nullable=False),
        sa.Column("gateway_id", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.device_id"], name=op.f(f"fk_{GATEWAYS}_device_id_device")
        ),
        sa.ForeignKeyConstraint(
            ["gateway_id"], ["device.device_id"], name=op.f(f"fk_{GATEWAYS}_gateway_id_device")
        ),
        sa.PrimaryKeyConstraint("device_id", name=op.f(f"pk_{GATEWAYS}")),
    )
    op.create_table(
        LOOK,
        sa.Column("one", _BIG, autoincrement=False, nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("one = 1", name=op.f(f"ck_{LOOK}_one_row")),
        sa.PrimaryKeyConstraint("one", name=op.f(f"pk_{LOOK}")),
    )


def downgrade() -> None:
    op.drop_table(LOOK)
    op.drop_table(GATEWAYS)
