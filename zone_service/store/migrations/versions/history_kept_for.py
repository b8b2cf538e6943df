"""Files of the history are removed when their time is over, unless a legal hold is on it."""

import sqlalchemy as sa
from alembic import op

revision: str = "0054"
down_revision: str | None = "0053"
branch_labels: str | None = None
depends_on: str | None = None


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    with op.batch_alter_table("history_file") as file:
        file.add_column(_moment("removed_at", nullable=True))
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "history_hold",
        sa.Column("hold_id", sa.String(32), nullable=False),
        sa.Column("from_ms", big, nullable=False),
        sa.Column("until_ms", big, nullable=False),
        sa.Column("held_by", sa.String(64), nullable=False),
        _moment("held_at"),
        sa.Column("held_for", sa.String(2000), nullable=False),
        _moment("released_at", nullable=True),
        sa.PrimaryKeyConstraint("hold_id", name=op.f("pk_history_hold")),
    )


def downgrade() -> None:
    op.drop_table("history_hold")
    with op.batch_alter_table("history_file") as file:
        file.drop_column("removed_at")
