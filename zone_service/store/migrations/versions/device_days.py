"""What was heard of each device on each day; of the time before nothing is known."""

import sqlalchemy as sa
from alembic import op

revision: str = "0040"
down_revision: str | None = "0039"
branch_labels: str | None = None
depends_on: str | None = None

SUMS = ("online_s", "automated_s", "automated_m", "by_hand_s", "by_hand_m")
SAID = ("passed", "remote_id_status", "ais_on", "link_percent", "fence_version")


def _whole(name: str, *, nullable: bool = False) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "device_day",
        sa.Column("device_id", sa.String(64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("first_heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_heard_at", sa.DateTime(timezone=True), nullable=False),
        _whole("reports"),
        _whole("late"),
        *(sa.Column(name, sa.Double(), nullable=False) for name in SUMS),
        _whole("takeovers"),
        sa.Column("lacks", sa.String(200), nullable=True),
        *(_whole(name, nullable=True) for name in SAID),
        *(
            sa.CheckConstraint(
                f"{name} BETWEEN -1e300 AND 1e300", name=op.f(f"ck_device_day_{name}_finite")
            )
            for name in SUMS
        ),
        sa.PrimaryKeyConstraint("device_id", "day", name=op.f("pk_device_day")),
    )
    op.create_index(op.f("ix_device_day_day"), "device_day", ["day"])


def downgrade() -> None:
    op.drop_index(op.f("ix_device_day_day"), "device_day")
    op.drop_table("device_day")
