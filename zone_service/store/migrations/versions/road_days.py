"""What devices drove on roads is kept by days, matched to their lines."""

import sqlalchemy as sa
from alembic import op

revision: str = "0059"
down_revision: str | None = "0058"
branch_labels: str | None = None
depends_on: str | None = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "road_day",
        sa.Column("device_id", sa.String(64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("edition", _BIG, autoincrement=False, nullable=False),
        sa.Column("matched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("roads", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("device_id", "day", "edition", name=op.f("pk_road_day")),
    )
    op.create_index(op.f("ix_road_day_day"), "road_day", ["day"])
    op.create_table(
        "road_due",
        sa.Column("device_id", sa.String(64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("device_id", "day", name=op.f("pk_road_due")),
    )


def downgrade() -> None:
    op.drop_table("road_due")
    op.drop_table("road_day")
